package seal

import "github.com/solidarity-fund/solidarity/services/internal/resource"

// Kind says what a subject is: whose data its key seals.
type Kind string

// The kinds of subjects.
const (
	// OfFamily, OfPrisoner: one household, one person on a list.
	OfFamily   Kind = "family"
	OfPrisoner Kind = "prisoner"
	// OfImport is one file of a source list, OfList the list that it belongs to.
	OfImport Kind = "import"
	OfList   Kind = "list"
	// OfFile is one payment file.
	OfFile Kind = "file"
	// OfDonor is whoever has made one pledge.
	OfDonor Kind = "donor"
	// OfWeek is a week of raw events of the payment service.
	OfWeek Kind = "week"
	// OfPartner is a partner: the secrets that sign what it is told.
	OfPartner Kind = "partner"
)

// Subject is whose key it is. Its functions below are the only way to make one, so
// that two places never call the same key by two names.
type Subject struct {
	kind Kind
	name string
}

// String returns the name under which the key store keeps the subject's key.
func (s Subject) String() string { return s.name }

// Family is a household, by its id.
func Family(id string) Subject { return Subject{OfFamily, resource.Family.Of(id)} }

// Prisoner is a person of the register, by their id.
func Prisoner(id string) Subject { return Subject{OfPrisoner, resource.Prisoner.Of(id)} }

// Import is a file of a source list, by the import's id. Its key is destroyed when
// the file is merged or given up.
func Import(id string) Subject { return Subject{OfImport, resource.PrisonerImport.Of(id)} }

// HeldBack is what a merge has held back of an import: it outlives the import's key.
func HeldBack(importID string) Subject {
	return Subject{OfImport, resource.PrisonerImport.Of(importID) + "/heldBack"}
}

// List is a source list, by its name. Nothing is sealed under its key: it keys the
// digests by which rows are compared.
func List(name string) Subject { return Subject{OfList, resource.SourceList.Of(name)} }

// File is a payment file, by its id.
func File(id string) Subject { return Subject{OfFile, resource.SealedFile.Of(id)} }

// Donor is whoever has made a pledge, by the pledge's id: two pledges of one person have
// nothing in common.
func Donor(pledgeID string) Subject { return Subject{OfDonor, resource.Pledge.Of(pledgeID)} }

// Week is a week of raw events, "2026-W48".
func Week(week string) Subject { return Subject{OfWeek, resource.StripeWeek.Of(week)} }

// Partner is an organisation whose website sends donors, by its id.
func Partner(id string) Subject { return Subject{OfPartner, resource.Partner.Of(id)} }
