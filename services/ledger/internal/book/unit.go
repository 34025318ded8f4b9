// Package book holds the rules of the books: what a transaction or a decision
// must be like, and what it does to balances held in memory. It knows no
// database; whoever holds the lock on a ledger loads what a batch touches, has
// the batch applied here, and writes down what comes out.
package book

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

const (
	// MaxUnit bounds the transactions, and the decisions, of one unit.
	MaxUnit = 500
	// maxSources bounds the ordered sources of a transaction.
	maxSources = 20
	// maxSourceAccounts bounds the accounts of one ordered source.
	maxSourceAccounts = 10
)

// Entry is a line of a draft.
type Entry struct {
	// Account is a path of the ledger's grammar.
	Account string
	// Side says whether the account is debited or credited.
	Side leaf.Side
	// Amount is greater than zero.
	Amount money.Amount
}

// Sources is an amount that is debited from accounts in order: from each limited
// one up to its balance, the last takes the rest.
type Sources struct {
	// Accounts are paths, each once; only the last may be without a limit.
	Accounts []string
	// Amount is greater than zero.
	Amount money.Amount
}

// Draft is a transaction to be booked.
type Draft struct {
	// Reference names the fact; unique among all leaves of a ledger.
	Reference string
	// Kind says what happened.
	Kind leaf.Kind
	// Source is the name of the resource that caused the transaction.
	Source string
	// OccurredOn is the UTC day of the fact.
	OccurredOn leaf.Day
	// Entries are the lines, balanced per currency together with Sources.
	Entries []Entry
	// Sources are debits whose accounts are chosen when the draft is booked.
	Sources []Sources
	// Reverses is the reference of what a REVERSAL undoes; a reversal has neither
	// entries nor sources of its own.
	Reverses string
	// By is the service that brings the draft: a REVERSAL undoes only what its
	// service may bring, one by nobody anything. It is no part of what a repeat is
	// compared by.
	By rule.Service
	// Rate is set where money is changed.
	Rate *leaf.Rate

	digest [32]byte
}

// Decision is a decision to be recorded.
type Decision struct {
	// Reference names the decision; unique among all leaves of a ledger.
	Reference string
	// Kind says what was decided.
	Kind leaf.DecisionKind
	// Resource says about what; empty for decisions about families.
	Resource string
	// Person is the pseudonym of who decided, empty for the system itself.
	Person string
	// Day is the UTC day of the decision.
	Day leaf.Day
	// Commitment is a digest of what was decided.
	Commitment [32]byte
	// Content is what the kind says beside it. How many persons a plan needs is left
	// out: the books say it.
	Content leaf.Content
}

// Unit is what one call asks for: decisions, then transactions, all or none, or
// the close of a period. Its parts are checked; it is made by NewUnit or NewClose
// only and does not change afterwards.
type Unit struct {
	decisions    []Decision
	transactions []Draft
	closing      *Close
}

// NewUnit checks whatever can be checked without the books: grammar, balance per
// currency, limits of number and size. today is the UTC day; nothing may have
// happened later than the day after it, since clocks differ.
func NewUnit(decisions []Decision, transactions []Draft, today leaf.Day) (Unit, error) {
	decisions, transactions = slices.Clone(decisions), slices.Clone(transactions) // what the caller has stays its own
	u := Unit{decisions: decisions, transactions: transactions}
	if len(decisions) > MaxUnit {
		return Unit{}, fault.Field("decisions", fault.FieldTooMany, "must be at most 500")
	}
	if len(transactions) > MaxUnit {
		return Unit{}, fault.Field("transactions", fault.FieldTooMany, "must be at most 500")
	}
	seen := make(map[string]bool, len(decisions)+len(transactions))
	once := func(at place, reference string) error {
		if seen[reference] {
			return fault.Field(at.field("reference"), fault.FieldGivenTwice, "occurs twice in the call")
		}
		seen[reference] = true
		return nil
	}
	for i := range decisions {
		at := place{list: "decisions", index: i}
		if err := decisions[i].check(at, today); err != nil {
			return Unit{}, err
		}
		if err := once(at, decisions[i].Reference); err != nil {
			return Unit{}, err
		}
	}
	for i := range transactions {
		at := place{list: "transactions", index: i}
		if err := transactions[i].check(at, today); err != nil {
			return Unit{}, err
		}
		if err := once(at, transactions[i].Reference); err != nil {
			return Unit{}, err
		}
		transactions[i].digest = digest(&transactions[i])
	}
	return u, nil
}

// Len returns the number of leaves that the unit becomes at most.
func (u Unit) Len() int {
	n := len(u.decisions) + len(u.transactions)
	if u.closing != nil {
		n += 2 // the decision, and the close
	}
	return n
}

// Weight estimates the work of the unit: leaves and entries.
func (u Unit) Weight() int {
	n := u.Len()
	for i := range u.transactions {
		d := &u.transactions[i]
		n += len(d.Entries)
		for _, s := range d.Sources {
			n += len(s.Accounts)
		}
	}
	return n
}

// References calls add with every reference whose leaf must be known before the
// unit is applied, those of reversed transactions included.
func (u Unit) References(add func(reference string)) {
	if u.closing != nil {
		add(u.closing.decided())
		add(u.closing.Reference())
	}
	for i := range u.decisions {
		add(u.decisions[i].Reference)
	}
	for i := range u.transactions {
		add(u.transactions[i].Reference)
		if u.transactions[i].Reverses != "" {
			add(u.transactions[i].Reverses)
		}
	}
}

// Reversed calls add with the reference of each transaction that the unit wants
// to reverse.
func (u Unit) Reversed(add func(reference string)) {
	for i := range u.transactions {
		if u.transactions[i].Reverses != "" {
			add(u.transactions[i].Reverses)
		}
	}
}

// Accounts calls add with every account whose balance the unit depends on: those
// that its own lines name, and the deficits of funds that it holds money of. Those
// of reversed transactions stand in their leaves.
func (u Unit) Accounts(add func(leaf.Account)) {
	for i := range u.transactions {
		d := &u.transactions[i]
		d.deficits(place{}, func(a leaf.Account, _ string) { add(a) })
		for _, e := range d.Entries {
			add(leaf.Account{Path: e.Account, Currency: e.Amount.Currency})
		}
		for _, s := range d.Sources {
			for _, path := range s.Accounts {
				add(leaf.Account{Path: path, Currency: s.Amount.Currency})
			}
		}
	}
}
