// Package prisonerimport holds the life of one file of a source list: the states
// that it goes through, what makes two of its rows clash, and what a row is
// recognised by. It compares nothing itself: the store does, over digests.
package prisonerimport

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// MaxRows bounds a file.
const MaxRows = 200_000

// TooManyRows is the fault about a file with more.
func TooManyRows() error { return fault.Field("file", fault.FieldTooMany, "has more than 200000 rows") }

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
	// Decision is what two people decided that it is; empty where nothing was decided.
	Decision Decision
	// PrisonerID is empty before the merge.
	PrisonerID string
	// ImportID is the import; Key is what the tables call the row, rows are in its order.
	ImportID, Key string
}

// Blocked reports whether a complaint holds the row back.
func (r Row) Blocked() bool {
	return slices.ContainsFunc(r.Complaints, func(c Complaint) bool { return c.Blocking })
}

// What people do with an import that has been compared.
const (
	Merge  = "merge"
	Review = "review"
)

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

// MayReview reports, as a fault, that a person may not read the rows: who brought them
// does not merge them, and they are gone once they are merged.
func (i Import) MayReview(person string) error {
	if err := CheckMerger(i.Importer, person); err != nil {
		return err
	}
	if i.State != Staged {
		return fault.New(fault.Precondition, fault.ReasonIllegalState, "The import is "+string(i.State)+"; rows are reviewed while it is STAGED.")
	}
	return nil
}

// Resource is what an import is called in the record of reads.
func (i Import) Resource() string { return resource.PrisonerImport.Of(i.ID) }

// CheckMerger refuses the importer as the second person.
func CheckMerger(importer, merger string) error {
	if importer == merger {
		return fault.SamePerson("merge the file that they imported")
	}
	return nil
}
