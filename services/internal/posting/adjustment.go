package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// ByPeople is a booking that two people have agreed on. Its reference is its source,
// so that it is booked once.
type ByPeople struct {
	// Adjustment is its id, On the day of the fact.
	Adjustment, On string
	// Debit and Credit are paths of accounts.
	Debit, Credit string
	// Amount is what moves.
	Amount money.Amount
}

// OpeningBalance books what was there when the books were opened.
func OpeningBalance(p ByPeople) *ledgerv1.TransactionDraft {
	return p.move(ledgerv1.TransactionKind_TRANSACTION_KIND_OPENING_BALANCE)
}

// Transfer books that money moved between funds.
func Transfer(p ByPeople) *ledgerv1.TransactionDraft {
	return p.move(ledgerv1.TransactionKind_TRANSACTION_KIND_TRANSFER)
}

// SuspenseCleared books what a line was that nobody could explain.
func SuspenseCleared(p ByPeople) *ledgerv1.TransactionDraft {
	return p.move(ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE_CLEARED)
}

// RunningCost books a cost that was paid from Credit; Debit is not looked at.
func RunningCost(p ByPeople) *ledgerv1.TransactionDraft {
	name := reference.Adjustment(p.Adjustment)
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_RUNNING_COST, name, name, p.On)
	credit(d, p.Credit, p.Amount.MinorUnits, p.Amount.Currency)
	draw(d, account.ChargeSources(), p.Amount.MinorUnits, p.Amount.Currency)
	return d
}

func (p ByPeople) move(k kind) *ledgerv1.TransactionDraft {
	name := reference.Adjustment(p.Adjustment)
	return move(k, name, name, p.On, p.Debit, p.Credit, p.Amount.MinorUnits, p.Amount.Currency)
}

// Reversal takes back what was booked under a reference, once: a payout that
// failed, a refund that Stripe gave up. source is the resource that caused it.
func Reversal(reversed, source, on string) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_REVERSAL, reference.Reversal(reversed), source, on)
	d.Reverses = reversed
	return d
}
