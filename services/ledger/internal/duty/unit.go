package duty

import (
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/wire"
)

// Unit is what an adjustment becomes in the books: the decisions about it and the
// transaction that rests on them. today is the UTC day.
func Unit(a adjustment.Adjustment, today leaf.Day) (book.Unit, error) {
	var decisions []book.Decision
	for _, d := range a.Decisions() {
		decisions = append(decisions, book.Decision{
			Reference: d.Reference, Kind: d.Kind, Resource: d.Resource, Person: d.Person, Day: d.Day, Commitment: d.Commitment,
		})
	}
	draft, known := drafts[a.Kind]
	if !known {
		return book.Unit{}, fmt.Errorf("adjustment %s: unknown kind", a.ID)
	}
	booked, err := wire.Drafts(rule.Ledger, []*ledgerv1.TransactionDraft{draft(posting.ByPeople{
		Adjustment: a.ID, On: a.OccurredOn.String(), Debit: a.Debit, Credit: a.Credit, Amount: a.Amount,
	})})
	if err != nil {
		return book.Unit{}, fmt.Errorf("adjustment %s: %w", a.ID, err)
	}
	return book.NewUnit(decisions, booked, today)
}

// drafts are the transactions that adjustments become.
var drafts = map[adjustment.Kind]func(posting.ByPeople) *ledgerv1.TransactionDraft{
	adjustment.OpeningBalance: posting.OpeningBalance, adjustment.Transfer: posting.Transfer,
	adjustment.RunningCost: posting.RunningCost, adjustment.SuspenseCleared: posting.SuspenseCleared,
}
