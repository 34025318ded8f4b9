// Package prisonerimport holds the life of one file of a source list: the states
// that it goes through, what makes two of its rows clash, and what a row is
// recognised by. It compares nothing itself: the store does, over digests.
package prisonerimport

import (
	"slices"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// MaxRows bounds a file.
const MaxRows = 200_000

// State is where an import stands.
type State string

// The states; the empty State is invalid.
const (
	Parsing State = "PARSING"
	Staged  State = "STAGED"
	Merging State = "MERGING"
	Merged  State = "MERGED"
	Failed  State = "FAILED"
)

// moves are all legal moves.
var moves = map[State][]State{
	Parsing: {Staged, Failed},
	Staged:  {Merging, Failed},
	Merging: {Merged},
}

// Move checks that an import may go from one state to another.
func Move(from, to State) error { return fault.Move("import", moves, from, to) }

// Before are the states from which an import may go to another.
func Before(to State) []State { return verb.Before(moves, to) }

// Change is how a row differs from what its list said before.
type Change string

// The changes; the empty Change is that of a row not compared yet.
const (
	New       Change = "NEW"
	Changed   Change = "CHANGED"
	Unchanged Change = "UNCHANGED"
)

// ClashKind is why rows are held back.
type ClashKind string

// The kinds of clash; rows of each are held back.
const (
	SameID           ClashKind = "SAME_ID"
	SharedURL        ClashKind = "SHARED_URL"
	SameNameAndBirth ClashKind = "SAME_NAME_AND_BIRTH"
	Anonymous        ClashKind = "ANONYMOUS"
)

// Import is one file on its way into the register.
type Import struct {
	// ID is "i_…".
	ID string
	// SourceList names the list.
	SourceList string
	// State is where it stands.
	State State
	// Counts are rows by what is known of them.
	Counts Counts
	// SHA256 is of the file as it came; nil while it arrives.
	SHA256 []byte
	// Importer and Merger are staff pseudonyms, Merger empty before.
	Importer, Merger string
	// MergedThrough is the last row that the merge has dealt with, as the tables call
	// it; nil before the first.
	MergedThrough []byte
	// Failure says in a fixed sentence what was wrong with the file; empty unless
	// Failed.
	Failure string
	// CreatedAt is when the file began to arrive.
	CreatedAt time.Time
}

// Counts are numbers of rows.
type Counts struct {
	Parsed, New, Changed, Unchanged, Vanished, HeldBack, Merged int
}

// Row is one row of a file.
type Row struct {
	// Number counts from 1 after the header.
	Number int
	// SourceID is the id in the list, empty for a list that has none.
	SourceID string
	// Status is what the row says.
	Status prisoner.Status
	// URL is the person's address, empty where there is none. Never fetched.
	URL string
	// Anonymous is true where the name is withheld ("Citizen K.").
	Anonymous bool
	// Complaints are what is wrong with cells.
	Complaints []Complaint
	// Facts are the cells.
	Facts prisoner.Facts
}

// Complaint names one thing that is wrong with a row, never a value.
type Complaint struct {
	// Column is the header's name, empty for the row as a whole.
	Column string `json:"column,omitempty"`
	// Reason is a stable word such as "BAD_DATE".
	Reason string `json:"reason"`
	// Blocking holds the row back.
	Blocking bool `json:"blocking,omitempty"`
}

// StoredRow is what can be told of a row without opening it.
type StoredRow struct {
	// Number, SourceID, Status and Complaints are those of Row. SourceID and Complaints
	// are forgotten once the row is merged.
	Number     int
	SourceID   string
	Status     prisoner.Status
	Complaints []Complaint
	// Change is empty before the diff.
	Change Change
	// HeldBack rows are not merged.
	HeldBack bool
	// PrisonerID is empty before the merge.
	PrisonerID string
	// ImportID is the import; Key is what the tables call the row, rows are in its order.
	ImportID, Key string
}

// Clash is a group of rows that are held back together.
type Clash struct {
	// ImportID is the import; Number counts the clashes of it from 1.
	ImportID string
	Number   int
	// Kind is why.
	Kind ClashKind
	// Rows are their numbers, 100 at most.
	Rows []int
}

// nameKey is what spellings of one name have in common, whatever the order of its
// words; empty where the name is withheld.
func (r Row) nameKey() string {
	if r.Anonymous {
		return ""
	}
	words := r.Facts.Words()
	slices.Sort(words)
	return strings.ReplaceAll(strings.Join(words, " "), "ё", "е")
}

// PersonKey is what the same name and birth date twice have in common; empty
// where the birth date is not known or the name is withheld.
func (r Row) PersonKey() string {
	if r.Facts.BirthDate == "" || r.Anonymous {
		return ""
	}
	return r.nameKey() + "|" + r.Facts.BirthDate
}

// Likenesses are by what a row may be about somebody whom the list had before under
// another id: the name, and birth and detention where both are known to the day.
// Either is empty where it says nothing.
func (r Row) Likenesses() (name, dates string) {
	if !r.Anonymous && len(r.Facts.BirthDate) == len(time.DateOnly) && len(r.Facts.DetentionDate) == len(time.DateOnly) {
		dates = r.Facts.BirthDate + "|" + r.Facts.DetentionDate
	}
	return r.nameKey(), dates
}

// Identity is by what a row without an id is recognised in the next file of its list:
// cells that stay, which are the name and the birth date, or the detention where the
// birth is not known. It is empty where there are none.
func (r Row) Identity() string {
	if key := r.PersonKey(); key != "" {
		return key
	}
	if r.Anonymous || r.Facts.DetentionDate == "" {
		return ""
	}
	return r.nameKey() + "||" + r.Facts.DetentionDate
}

// NoIdentity is the reason of the complaint about a row that has neither an id nor an
// Identity: the next file's row could not be told from a new person's.
const NoIdentity = "NO_IDENTITY"

// MayBeKnown is the reason of the complaint about a new row that resembles somebody
// whom the list had before and has no more.
const MayBeKnown = "MAY_BE_KNOWN"

// Identified adds the complaint NoIdentity where it is due.
func (r Row) Identified() Row {
	if r.SourceID == "" && r.Identity() == "" && !r.Anonymous {
		r.Complaints = append(r.Complaints, Complaint{Reason: NoIdentity, Blocking: true})
	}
	return r
}

// Blocked reports whether a complaint holds the row back.
func (r Row) Blocked() bool {
	return slices.ContainsFunc(r.Complaints, func(c Complaint) bool { return c.Blocking })
}

// URLKey is what two rows that share an address have in common; empty where the
// row has none.
func (r Row) URLKey() string {
	return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(r.URL)), "/")
}

// Merge is what people do with an import that has been compared.
const Merge = "merge"

// MovedOn is the failure of a file that was compared with what its list says no more.
const MovedOn = "Another file of the list was merged since this one was compared; import it again."

// ListMovedOn is the fault for merging such a file.
func ListMovedOn() error { return fault.New(fault.Precondition, fault.ReasonListMovedOn, MovedOn) }

// Decided reports whether it is merged already, or will be.
func (i Import) Decided() bool { return i.State == Merging || i.State == Merged }

// MayMerge reports, as a fault, that a person may not decide to merge the import now.
func (i Import) MayMerge(person string) error {
	if err := CheckMerger(i.Importer, person); err != nil || i.Decided() {
		return err
	}
	if i.Failure == MovedOn {
		return ListMovedOn()
	}
	return Move(i.State, Merging)
}

// CheckMerger refuses the importer as the second person.
func CheckMerger(importer, merger string) error {
	if importer == merger {
		return fault.SamePerson("merge the file that they imported")
	}
	return nil
}
