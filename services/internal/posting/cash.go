package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// CouriersCash is cash that changes hands with a courier.
type CouriersCash struct {
	// ID is that of what changed hands, Source the name of the resource that says so.
	ID, Source string
	// Holder is the courier's pseudonym, On the day.
	Holder, On string
	// Amount is what changed hands.
	Amount money.Amount
}

// CashAdvance books that cash was drawn from a bank account for a courier.
func CashAdvance(c CouriersCash, bank string) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_CASH_ADVANCE, reference.CashAdvance(c.ID), c.Source, c.On,
		account.Cash(c.Holder), account.Bank(bank), c.Amount.MinorUnits, c.Amount.Currency)
}

// CashRest books that a courier brought the rest back to a bank account.
func CashRest(c CouriersCash, bank string) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_CASH_REST, reference.CashRest(c.ID), c.Source, c.On,
		account.Bank(bank), account.Cash(c.Holder), c.Amount.MinorUnits, c.Amount.Currency)
}

// CashLost books that a courier's cash was lost or seized.
func CashLost(c CouriersCash) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_CASH_LOST, reference.CashLost(c.ID), c.Source, c.On)
	credit(d, account.Cash(c.Holder), c.Amount.MinorUnits, c.Amount.Currency)
	draw(d, account.LostCashSources(), c.Amount.MinorUnits, c.Amount.Currency)
	return d
}
