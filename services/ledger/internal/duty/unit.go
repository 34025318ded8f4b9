package duty

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Draft makes the transaction that an adjustment becomes in the books.
type Draft func(a adjustment.Adjustment) (book.Draft, error)

// unit is what an adjustment becomes in the books: the decisions about it and the
// transaction that rests on them. today is the UTC day.
func unit(a adjustment.Adjustment, draft Draft, today leaf.Day) (book.Unit, error) {
	var decisions []book.Decision
	for _, d := range a.Decisions() {
		decisions = append(decisions, book.Decision{
			Reference: d.Reference, Kind: d.Kind, Resource: d.Resource, Person: d.Person, Day: d.Day, Commitment: d.Commitment,
		})
	}
	booked, err := draft(a)
	if err != nil {
		return book.Unit{}, err
	}
	return book.NewUnit(decisions, []book.Draft{booked}, today)
}
