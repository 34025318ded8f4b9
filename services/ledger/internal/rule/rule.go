// Package rule is the one table of what a kind of transaction or decision may do in
// the books: who brings it, which accounts it moves, which decisions stand behind
// it, and where reports count it. The books, the verifier, the server and the
// statements read it, and the tables of the documents are written from it.
package rule

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Service says who brings something into the books: the name in a service's
// certificate.
type Service string

// The services that bring something. Ledger is none that can call: it stands for
// what people propose and approve in the ledger itself, and for its own key.
const (
	Access        Service = "access"
	Disbursements Service = "disbursements"
	Donations     Service = "donations"
	Families      Service = "families"
	Ledger        Service = "the ledger itself"
)

// Deficit says what a kind of transaction has to do with the deficits of funds.
type Deficit uint8

const (
	// Apart is the rule for most kinds: their ordered sources have no deficit.
	Apart Deficit = iota
	// Deepens lets ordered sources end in deficit:{fund}: the fact has happened
	// outside and is booked whether or not there is money for it.
	Deepens
	// Waits refuses to take money of a fund that carries a deficit above the amount of
	// the policy of rounds.
	Waits
)

// Transaction is what a kind of transaction may do. Whoever reads it does not
// change its lists.
type Transaction struct {
	// Kind is what the row is about.
	Kind leaf.Kind
	// By are those who may bring it, and take it back by a reversal.
	By []Service
	// Debits and Credits are the guarded classes (round and award) that it may
	// debit and credit.
	Debits, Credits []account.Class
	// SetAside says that it moves money between funds, rounds and awards and
	// nowhere else, so that no payment hides behind it.
	SetAside bool
	// Covers says that it moves money of the fund operations to deficits and nowhere
	// else.
	Covers bool
	// Basis says which decisions stand before it.
	Basis Basis
	// Hands says how many persons' decisions about its source stand before it.
	Hands Hands
	// Counted says that it counts among what leaves the ledger within CountedDays.
	Counted bool
	// Deficit says whether it may deepen a fund's deficit.
	Deficit Deficit
	// Advances says that a deficit which it makes is a fee that was advanced, and may
	// be covered.
	Advances bool
	// Line is its line in the income statement; Except are the classes of accounts
	// on which it counts elsewhere.
	Line   Line
	Except []Exception
	// Fund is its line in the statement of a fund, Award what it is there on the
	// fund's awards.
	Fund  FundLine
	Award AwardLine
}

// Exception is a line on which a kind counts for accounts of a class.
type Exception struct {
	Class account.Class
	Line  Line
}

// Of returns what a kind of transaction may do. Nobody brings one that is not known.
func Of(kind leaf.Kind) Transaction {
	t := Transaction{Line: LineMoves}
	if int(kind) < len(transactions) {
		t = transactions[kind]
	}
	t.Kind = kind
	return t
}

// Transactions returns the rows of the table in the order of the kinds.
func Transactions() []Transaction {
	var rows []Transaction
	for kind := range transactions[1:] {
		rows = append(rows, Of(leaf.Kind(kind+1)))
	}
	return rows
}

// BroughtBy reports whether a service may bring transactions of this kind, and
// reverse them.
func (t Transaction) BroughtBy(s Service) bool { return slices.Contains(t.By, s) }

// Moves reports whether a transaction of this kind may have an entry on an account
// of a class. A reversal mirrors what was allowed when it was booked.
func (t Transaction) Moves(class account.Class, side leaf.Side) bool {
	switch {
	case t.Covers:
		return side == leaf.Debit && class == account.ClassFund || side == leaf.Credit && class == account.ClassDeficit
	case t.Kind == leaf.Reversal, class == account.ClassFund:
		return true
	case !Guarded(class):
		return !t.SetAside
	case side == leaf.Debit:
		return slices.Contains(t.Debits, class)
	}
	return slices.Contains(t.Credits, class)
}

// MovesFund reports whether a transaction of this kind may take money of a fund.
func (t Transaction) MovesFund(fund string) bool {
	return !t.Covers || fund == account.OperationsFund
}

// Guarded reports whether only kinds that say so may move money of a class, so that
// nothing gets around the decisions that those kinds need.
func Guarded(class account.Class) bool {
	return class == account.ClassRound || class == account.ClassAward
}

// GivesAward reports whether an award gets its money by this kind.
func (t Transaction) GivesAward() bool {
	return t.SetAside && slices.Contains(t.Credits, account.ClassAward)
}

// LineOn returns the line of the income statement on which the kind counts for
// accounts of a class.
func (t Transaction) LineOn(class account.Class) Line {
	for _, e := range t.Except {
		if e.Class == class {
			return e.Line
		}
	}
	return t.Line
}
