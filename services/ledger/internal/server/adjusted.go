package server

import (
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// AdjustmentDraft is the transaction that an adjustment becomes in the books.
func AdjustmentDraft(a adjustment.Adjustment) (book.Draft, error) {
	draft, known := adjusted[a.Kind]
	if !known {
		return book.Draft{}, fmt.Errorf("adjustment %s: unknown kind", a.ID)
	}
	drafts, err := Drafts(rule.Ledger, []*ledgerv1.TransactionDraft{draft(posting.ByPeople{
		Adjustment: a.ID, On: a.OccurredOn.String(), Debit: a.Debit, Credit: a.Credit, Amount: a.Amount,
	})})
	if err != nil {
		return book.Draft{}, fmt.Errorf("adjustment %s: %w", a.ID, err)
	}
	return drafts[0], nil
}

// adjusted are the transactions that adjustments become.
var adjusted = map[adjustment.Kind]func(posting.ByPeople) *ledgerv1.TransactionDraft{
	adjustment.OpeningBalance: posting.OpeningBalance, adjustment.Transfer: posting.Transfer,
	adjustment.RunningCost: posting.RunningCost, adjustment.SuspenseCleared: posting.SuspenseCleared,
	adjustment.CashAdvance: posting.CashAdvance, adjustment.CashRest: posting.CashRest, adjustment.CashLost: posting.CashLost,
}
