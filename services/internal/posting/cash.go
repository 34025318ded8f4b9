package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// CashAdvance books that cash was drawn from a bank account for a courier.
func CashAdvance(p ByPeople) *ledgerv1.TransactionDraft {
	return p.move(ledgerv1.TransactionKind_TRANSACTION_KIND_CASH_ADVANCE)
}

// CashRest books that a courier brought cash back to a bank account.
func CashRest(p ByPeople) *ledgerv1.TransactionDraft {
	return p.move(ledgerv1.TransactionKind_TRANSACTION_KIND_CASH_REST)
}

// CashLost books that a courier's cash, Credit, was lost or seized; Debit is not looked at.
func CashLost(p ByPeople) *ledgerv1.TransactionDraft {
	name := reference.Adjustment(p.Adjustment)
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_CASH_LOST, name, name, p.On)
	credit(d, p.Credit, p.Amount.MinorUnits, p.Amount.Currency)
	draw(d, account.LostCashSources(), p.Amount.MinorUnits, p.Amount.Currency)
	return d
}
