package statement

import (
	"cmp"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// Total is what a kind has moved in a pool of accounts.
type Total struct {
	// Pool is the name that Pool gives.
	Pool string
	// Currency is an ISO 4217 code.
	Currency string
	// Kind is that of the transactions; that of the original for reversals.
	Kind leaf.Kind
	// Before and Within are credits less debits before and in the period, in
	// minor units.
	Before, Within int64
}

// Income is an income statement in one currency, in minor units: opening and
// income and other changes, less expense, is closing.
type Income struct {
	Currency string
	// Opening and Closing are what the funds held before and after the period.
	Opening, Closing int64
	// Lines holds the amounts that are not zero, in the order of rule.Line: what the
	// funds gained for income and other changes, what they lost for the others.
	Lines []Amount
	// Sections are the sums of the lines, by section.
	Sections [rule.SectionOther + 1]int64
	// Positions say where the funds stand at the end: pools by their first part,
	// credits less debits; together they are zero.
	Positions []Position
}

// Amount is a line with its amount.
type Amount struct {
	Line  rule.Line
	Minor int64
}

// Position is what a sort of accounts holds at the end of a period.
type Position struct {
	// Name is "fund", "round", "award", "transit", "deficit", "equity" and
	// "exchange", which are the funds, or what stands against them: "asset",
	// "payout", "refund", "suspense" and "changing".
	Name string
	// Ours says that it is part of the funds.
	Ours bool
	// Minor is credits less debits.
	Minor int64
}

// AddsUp reports whether opening, income and other changes, less expense, is
// closing, and the positions together are zero.
func (s *Income) AddsUp() bool {
	var sum int64
	for _, p := range s.Positions {
		sum += p.Minor
	}
	change := s.Sections[rule.SectionIncome] + s.Sections[rule.SectionOther] - s.Expense()
	return sum == 0 && s.Opening+change == s.Closing
}

// Expense returns what the funds lost by all functions together.
func (s *Income) Expense() int64 {
	var sum int64
	for section := rule.SectionIncome; section <= rule.SectionOther; section++ {
		if section.Expense() {
			sum += s.Sections[section]
		}
	}
	return sum
}

// IncomeOf derives the statements, by currency, from sums of all pools. Closing
// is taken from the accounts that stand against the funds, opening and lines from
// the funds themselves, so that the statement adds up only where the books do.
func IncomeOf(totals []Total) []Income {
	by := map[string]*draft{}
	for _, t := range totals {
		d := by[t.Currency]
		if d == nil {
			d = &draft{lines: map[rule.Line]int64{}, positions: map[string]int64{}}
			by[t.Currency] = d
		}
		d.add(t)
	}
	out := make([]Income, 0, len(by))
	for currency, d := range by {
		out = append(out, d.income(currency))
	}
	slices.SortFunc(out, func(a, b Income) int { return cmp.Compare(a.Currency, b.Currency) })
	return out
}

// draft sums up one currency.
type draft struct {
	opening, against int64
	lines            map[rule.Line]int64
	positions        map[string]int64
}

func (d *draft) add(t Total) {
	d.positions[position(t.Pool)] += t.Before + t.Within
	if !Ours(t.Pool) {
		d.against += t.Before + t.Within
		return
	}
	d.opening += t.Before
	line := rule.Of(t.Kind).LineOn(account.Class(class(t.Pool)))
	if line.Section().Expense() {
		d.lines[line] -= t.Within
	} else {
		d.lines[line] += t.Within
	}
}

func (d *draft) income(currency string) Income {
	s := Income{Currency: currency, Opening: d.opening, Closing: -d.against}
	for line := rule.LineGifts; line <= rule.LineMoves; line++ {
		if minor := d.lines[line]; minor != 0 {
			s.Lines = append(s.Lines, Amount{line, minor})
			s.Sections[line.Section()] += minor
		}
	}
	for _, p := range positions {
		if minor := d.positions[p.Name]; minor != 0 {
			s.Positions = append(s.Positions, Position{p.Name, p.Ours, minor})
		}
	}
	return s
}

// positions are all that there are, in the order of the statement.
var positions = []Position{
	{Name: "fund", Ours: true}, {Name: "round", Ours: true}, {Name: "award", Ours: true}, {Name: "transit", Ours: true},
	{Name: "deficit", Ours: true}, {Name: "equity", Ours: true}, {Name: "exchange", Ours: true},
	{Name: "asset"}, {Name: "payout"}, {Name: "refund"}, {Name: "suspense"}, {Name: "changing"},
}

func position(pool string) string {
	switch pool {
	case account.TransitStripePayout():
		return "payout"
	case account.TransitRefunds():
		return "refund"
	case account.FXGainLoss():
		return "exchange"
	}
	if c := class(pool); c != "fx" {
		return c
	}
	return "changing"
}
