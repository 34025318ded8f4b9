package period

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// The reasons of the fault for books that do not agree with the outside, in the
// order in which one stands for all.
const (
	SeriesBroken        = fault.ReasonStatementSeriesBroken
	BankNotReconciled   = fault.ReasonBankNotReconciled
	StripeNotReconciled = fault.ReasonStripeNotReconciled
)

// Facts are what others say at the end of a day.
type Facts struct {
	// Banks are the statements of each bank account.
	Banks []Series
	// Stripe is Stripe's balance in each currency.
	Stripe []money.Amount
}

// Series is the series of statements of one bank account up to a day.
type Series struct {
	leaf.Account
	// Closing is the closing balance, in minor units, of the last statement that
	// ends on or before the day; ClosedOn is its day, zero where there is none.
	Closing  int64
	ClosedOn leaf.Day
	// Statement is that statement, zero where there is none.
	Statement BankStatement
	// Unbroken says that each statement opens with the closing balance of the one
	// before, ReachesDay that one ends on or after the day.
	Unbroken, ReachesDay bool
}

// BankStatement is where a closing balance comes from.
type BankStatement struct {
	// Name is the resource name, "statements/{statement}".
	Name string
	// SHA256 is that of the file that it was read from.
	SHA256 [32]byte
	// Importer is the pseudonym of who imported it.
	Importer string
}

// compareBanks holds bank accounts against their statements. An account agrees where
//   - its statements are an unbroken series that reaches the last day,
//   - it has the closing balance of the last one up to that day,
//   - and nothing was booked on it between that statement and the last day: what the
//     bank did then is in no statement yet.
//
// An account at zero without statements agrees where nothing was booked on it in the
// period, which begins on open.
func compareBanks(last, open leaf.Day, held map[leaf.Account]int64, days []DayTotal, banks []Series, found *complaints) []Comparison {
	series, moved := map[leaf.Account]Series{}, map[leaf.Account]leaf.Day{}
	for _, s := range banks {
		series[s.Account] = s
	}
	for _, d := range days {
		moved[d.Account] = max(moved[d.Account], d.Day)
	}
	var out []Comparison
	for _, a := range accounts(held, moved, series) {
		s, books := series[a], held[a]
		switch {
		case s.ClosedOn == 0 && books == 0 && (moved[a] == 0 || moved[a] < open):
			continue
		case s.ClosedOn == 0:
			found.add(BankNotReconciled, a, "the books say %s, no statement ends on or before %s", amount(books, a), last)
		case !s.Unbroken:
			found.add(SeriesBroken, a, "the books say %s, a statement does not open with the closing balance of the one before it", amount(books, a))
		case !s.ReachesDay:
			found.add(BankNotReconciled, a, "the books say %s, the last statement ends on %s, before %s", amount(books, a), s.ClosedOn, last)
		case books != s.Closing:
			found.add(BankNotReconciled, a, "the books say %s, the statement of %s says %s", amount(books, a), s.ClosedOn, amount(s.Closing, a))
		case moved[a] > s.ClosedOn:
			found.add(BankNotReconciled, a, "the books have entries on %s, the last statement up to %s is of %s", moved[a], last, s.ClosedOn)
		}
		out = append(out, Comparison{Account: a, Books: books, Outside: s.Closing, StatementDay: s.ClosedOn, Statement: s.Statement})
	}
	return out
}

// accounts lists the bank accounts that have a balance, movements or statements.
func accounts(held map[leaf.Account]int64, moved map[leaf.Account]leaf.Day, series map[leaf.Account]Series) []leaf.Account {
	all := map[leaf.Account]bool{}
	add := func(a leaf.Account) {
		if isBank(a) {
			all[a] = true
		}
	}
	for a := range held {
		add(a)
	}
	for a := range moved {
		add(a)
	}
	for a := range series {
		all[a] = true
	}
	return slices.SortedFunc(maps.Keys(all), byAccount)
}

// compareStripe holds the money at Stripe against Stripe's balance, in every
// currency that one of them has.
func compareStripe(held map[leaf.Account]int64, balances []money.Amount, found *complaints) []Comparison {
	outside := map[leaf.Account]int64{}
	for _, b := range balances {
		outside[leaf.Account{Path: account.Stripe(), Currency: b.Currency}] += b.MinorUnits
	}
	all := maps.Clone(outside)
	for a, books := range held {
		if a.Path == account.Stripe() {
			all[a] = books
		}
	}
	var out []Comparison
	for _, a := range slices.SortedFunc(maps.Keys(all), byAccount) {
		c := Comparison{Account: a, Books: held[a], Outside: outside[a]}
		if c.Books != c.Outside {
			found.add(StripeNotReconciled, a, "the books say %s, Stripe says %s", amount(c.Books, a), amount(c.Outside, a))
		}
		out = append(out, c)
	}
	return out
}

// isBank reports whether an account is one at a bank.
func isBank(a leaf.Account) bool { return strings.HasPrefix(a.Path, account.Bank("")) }

func amount(minor int64, a leaf.Account) money.Amount {
	return money.Amount{MinorUnits: minor, Currency: a.Currency}
}

// complaints collects what does not agree, by reason.
type complaints map[fault.Reason][]fault.Violation

func (c *complaints) add(why fault.Reason, a leaf.Account, format string, args ...any) {
	if *c == nil {
		*c = complaints{}
	}
	(*c)[why] = append((*c)[why], fault.Violation{Field: a.Path, Reason: fault.FieldNotReconciled, Description: fmt.Sprintf(format, args...)})
}

// fault is nil where everything agrees, else one fault that names all.
func (c *complaints) fault() error {
	var f *fault.Fault
	for _, why := range []fault.Reason{SeriesBroken, BankNotReconciled, StripeNotReconciled} {
		if len((*c)[why]) == 0 {
			continue
		}
		if f == nil {
			f = fault.New(fault.Precondition, why, "The books do not agree with what banks and Stripe say; nothing was closed.")
		}
		f.Violations = append(f.Violations, (*c)[why]...)
	}
	if f == nil {
		return nil
	}
	return f
}
