package duty

import (
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
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
	return book.NewUnit(decisions, []book.Draft{draft(a)}, today)
}

// draft is the transaction: who pays a running cost is found when it is booked.
func draft(a adjustment.Adjustment) book.Draft {
	d := book.Draft{Reference: a.Name(), Source: a.Name(), Kind: kinds[a.Kind], OccurredOn: a.OccurredOn}
	if a.Kind == adjustment.RunningCost {
		d.Sources = []book.Sources{{Accounts: account.ChargeSources(), Amount: a.Amount}}
	} else {
		d.Entries = []book.Entry{{Account: a.Debit, Side: leaf.Debit, Amount: a.Amount}}
	}
	d.Entries = append(d.Entries, book.Entry{Account: a.Credit, Side: leaf.Credit, Amount: a.Amount})
	return d
}

// kinds are the transactions that adjustments become.
var kinds = map[adjustment.Kind]leaf.Kind{
	adjustment.OpeningBalance: leaf.OpeningBalance, adjustment.Transfer: leaf.Transfer,
	adjustment.RunningCost: leaf.RunningCost, adjustment.SuspenseCleared: leaf.SuspenseCleared,
}
