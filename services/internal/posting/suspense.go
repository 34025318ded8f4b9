package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// suspense is the kind of what nobody can explain.
const suspense = ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE

// UnknownLine is a statement line that nobody can explain yet.
type UnknownLine struct {
	// ID is the line's, Bank that of the bank account, On the line's day.
	ID, Bank, On string
	// Amount is what came in, or went out.
	Amount money.Amount
	// In says that it came in.
	In bool
}

// BankSuspense books a statement line that nobody can explain.
func BankSuspense(l UnknownLine) *ledgerv1.TransactionDraft {
	return unexplained(reference.LineSuspense(l.ID), resource.UnmatchedLine.Of(l.ID), l.On,
		account.Bank(l.Bank), account.SuspenseBank(l.Bank), l.Amount, l.In)
}

// Gap is what is missing before a statement, which two people have passed over.
type Gap struct {
	// ID is the gap's, Statement that of the statement, Bank that of the bank account, On
	// the last day that is known before it.
	ID, Statement, Bank, On string
	// Amount is what the account gained or lost meanwhile.
	Amount money.Amount
	// In says that it gained.
	In bool
}

// GapSuspense books what is missing before a statement.
func GapSuspense(g Gap) *ledgerv1.TransactionDraft {
	return unexplained(reference.GapSuspense(g.ID), resource.Statement.Of(g.Statement), g.On,
		account.Bank(g.Bank), account.SuspenseBank(g.Bank), g.Amount, g.In)
}

// GapFilled takes that back once the missing statement is there, whose lines are booked
// by themselves.
func GapFilled(g Gap) *ledgerv1.TransactionDraft {
	return unexplained(reference.GapFilled(g.ID), resource.Statement.Of(g.Statement), g.On,
		account.Bank(g.Bank), account.SuspenseBank(g.Bank), g.Amount, !g.In)
}

// UnknownItem is a fact of Stripe that nobody can explain yet.
type UnknownItem struct {
	// Key is that of its balance transaction.
	Key string
	// ID is that of the item which waits for a person, On its day.
	ID, On string
	// Amount is what came in, or went out.
	Amount money.Amount
	// In says that it came in.
	In bool
}

// StripeSuspense books a fact of Stripe that nobody can explain.
func StripeSuspense(i UnknownItem) *ledgerv1.TransactionDraft {
	return unexplained(reference.StripeSuspense(i.Key), resource.StripeItem.Of(i.ID), i.On,
		account.Stripe(), account.SuspenseStripe(), i.Amount, i.In)
}

func unexplained(name, source, on, asset, waits string, a money.Amount, in bool) *ledgerv1.TransactionDraft {
	debited, credited := asset, waits
	if !in {
		debited, credited = waits, asset
	}
	return move(suspense, name, source, on, debited, credited, a.MinorUnits, a.Currency)
}
