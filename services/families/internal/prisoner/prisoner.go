// Package prisoner holds what the register knows of a prisoner: a pseudonym, the
// list that names the person, and the facts that the list states. Facts are
// attributed and kept as written; nothing is ever filled in.
package prisoner

import (
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Status is what a source list says about a person.
type Status string

// The statuses; the empty Status is invalid.
const (
	Active        Status = "ACTIVE"         // recognised, in prison
	Former        Status = "FORMER"         // recognised, released
	NotRecognised Status = "NOT_RECOGNISED" // convicted, not recognised
	Unknown       Status = "UNKNOWN"        // the list does not say
)

// Prisoner is a person on a source list.
type Prisoner struct {
	// ID is the pseudonym, "p_…".
	ID string
	// SourceList names the list; the person's id within it is among the facts.
	SourceList string
	// Status is the latest merged one.
	Status Status
	// CreatedOn is the UTC day on which the prisoner was first merged.
	CreatedOn time.Time
	// StatedOn is the UTC day on which what is read of the prisoner was merged; zero where
	// nothing was read.
	StatedOn time.Time
}

// Facts are the cells of one row as the list has them. Sealed wherever they are
// stored.
type Facts struct {
	// FullName is name and surname.
	FullName string `json:"fullName"`
	// Repaired is FullName without Latin letters inside Cyrillic words; empty
	// where there are none.
	Repaired string `json:"repaired,omitempty"`
	// BirthDate and DetentionDate may be partial ("1985-03"), or empty.
	BirthDate     string `json:"birthDate,omitempty"`
	DetentionDate string `json:"detentionDate,omitempty"`
	// Charges are articles, one each.
	Charges []string `json:"charges,omitempty"`
	// SentenceMonths is 0 where none is understood.
	SentenceMonths int `json:"sentenceMonths,omitempty"`
	// Facility is the prison, empty where the list names none.
	Facility string `json:"facility,omitempty"`
	// SourceID is the id in the list, or one that is made of the name where it has none.
	SourceID string `json:"sourceId,omitempty"`
	// Cells are all cells of the row, untouched, in the order of the list.
	Cells []Cell `json:"cells,omitempty"`
}

// Cell is one cell of a list, untouched.
type Cell struct {
	// Column is the header's name, Text what stands there.
	Column string `json:"column"`
	Text   string `json:"text"`
}

// CheckList checks the name of a source list; the fault names field.
func CheckList(field, name string) error {
	bad := len(name) < 2 || len(name) > 32 || name[0] < 'a' || name[0] > 'z' ||
		strings.ContainsFunc(name, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
		})
	if bad {
		return fault.Field(field, fault.FieldMalformed, "must be 2 to 32 lower-case letters, digits and hyphens, a letter first")
	}
	return nil
}
