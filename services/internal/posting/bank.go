package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// BankLine is a line of a statement by which the bank itself took or gave.
type BankLine struct {
	// ID is the line's, Statement that of its statement, Bank that of the bank
	// account, On the line's day.
	ID, Statement, Bank, On string
	// Amount is what the bank took or gave.
	Amount money.Amount
}

// BankCharge books what the bank took.
func BankCharge(l BankLine) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_BANK_CHARGE, reference.Charge(l.ID), resource.Statement.Of(l.Statement), l.On)
	credit(d, account.Bank(l.Bank), l.Amount.MinorUnits, l.Amount.Currency)
	draw(d, account.ChargeSources(), l.Amount.MinorUnits, l.Amount.Currency)
	return d
}

// Interest books what the bank gave.
func Interest(l BankLine) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_INTEREST, reference.Interest(l.ID), resource.Statement.Of(l.Statement), l.On,
		account.Bank(l.Bank), account.FundAvailable(account.OperationsFund), l.Amount.MinorUnits, l.Amount.Currency)
}
