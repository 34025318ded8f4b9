package period_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

func day(text string) leaf.Day {
	d, err := leaf.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

// last is the last day of the period in these tests.
var last = day("2026-11-30")

func inEuros(path string) leaf.Account { return leaf.Account{Path: path, Currency: "EUR"} }

// statement is where the closing balance of facts comes from.
var statement = period.BankStatement{Name: "statements/st_1", SHA256: [32]byte{3}, Importer: "staff/s_5"}

// books are such that they agree with facts: 90.00 in the bank, 50.00 at Stripe.
func books() period.Holdings {
	return period.Holdings{
		Size: 9, Open: day("2026-11-01"),
		Totals: []leaf.Total{
			{Account: "asset:bank:main", Currency: "EUR", Balance: -9000},
			{Account: "asset:stripe", Currency: "EUR", Balance: -5000},
			{Account: "fund:general:available", Currency: "EUR", Balance: 14000},
		},
		Days: []period.DayTotal{
			{Account: inEuros("asset:bank:main"), Day: day("2026-11-02"), Net: -10000},
			{Account: inEuros("asset:bank:main"), Day: day("2026-11-27"), Net: 1000},
		},
	}
}

func facts() period.Facts {
	return period.Facts{
		Banks:  []period.Series{{Account: inEuros("asset:bank:main"), Closing: 9000, ClosedOn: day("2026-11-28"), Statement: statement, Unbroken: true, ReachesDay: true}},
		Stripe: []money.Amount{{MinorUnits: 5000, Currency: "EUR"}},
	}
}

func TestBooksThatAgreeAreReviewed(t *testing.T) {
	t.Parallel()
	got, err := period.NewReview(last, books(), facts())
	if err != nil {
		t.Fatal(err)
	}
	figures, accounts, trial := leaf.Trial(books().Totals)
	want := period.Review{
		Figures: figures, Accounts: accounts, TrialBalance: trial,
		Banks:  []period.Comparison{{Account: inEuros("asset:bank:main"), Books: 9000, Outside: 9000, StatementDay: day("2026-11-28"), Statement: statement}},
		Stripe: []period.Comparison{{Account: inEuros("asset:stripe"), Books: 5000, Outside: 5000}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// change is something that makes books and facts differ, or not.
type change func(*period.Holdings, *period.Facts)

func TestBooksThatDoNotAgreeAreRefusedWithWhatBothSay(t *testing.T) {
	t.Parallel()
	bank := func(f func(*period.Series)) change {
		return func(_ *period.Holdings, facts *period.Facts) { f(&facts.Banks[0]) }
	}
	for name, c := range map[string]struct {
		change change
		reason fault.Reason
		says   string // "account: part of the description"
	}{
		"another closing balance": {bank(func(s *period.Series) { s.Closing-- }), period.BankNotReconciled,
			"asset:bank:main: the books say 90.00 EUR, the statement of 2026-11-28 says 89.99 EUR"},
		"the other sign": {bank(func(s *period.Series) { s.Closing = -9000 }), period.BankNotReconciled,
			"asset:bank:main: the books say 90.00 EUR, the statement of 2026-11-28 says -90.00 EUR"},
		"a break": {bank(func(s *period.Series) { s.Unbroken = false }), period.SeriesBroken,
			"asset:bank:main: the books say 90.00 EUR, a statement does not open with the closing balance of the one before it"},
		"statements that end too early": {bank(func(s *period.Series) { s.ReachesDay = false }), period.BankNotReconciled,
			"asset:bank:main: the books say 90.00 EUR, the last statement ends on 2026-11-28, before 2026-11-30"},
		"an entry after the last statement": {func(b *period.Holdings, _ *period.Facts) {
			b.Days = append(b.Days, period.DayTotal{Account: inEuros("asset:bank:main"), Day: day("2026-11-29")})
		}, period.BankNotReconciled,
			"asset:bank:main: the books have entries on 2026-11-29, the last statement up to 2026-11-30 is of 2026-11-28"},
		"no statement": {func(_ *period.Holdings, f *period.Facts) { f.Banks = nil }, period.BankNotReconciled,
			"asset:bank:main: the books say 90.00 EUR, no statement ends on or before 2026-11-30"},
		"a first statement that is later": {bank(func(s *period.Series) { s.Closing, s.ClosedOn = 0, 0 }), period.BankNotReconciled,
			"asset:bank:main: the books say 90.00 EUR, no statement ends on or before 2026-11-30"},
		"statements in another currency": {bank(func(s *period.Series) { s.Currency = "PLN" }), period.BankNotReconciled,
			"asset:bank:main: the books say 90.00 EUR, no statement ends on or before 2026-11-30"},
		"movements in the period that cancel out": {func(b *period.Holdings, _ *period.Facts) {
			b.Days = append(b.Days, period.DayTotal{Account: inEuros("asset:bank:old"), Day: day("2026-11-01")})
		}, period.BankNotReconciled, "asset:bank:old: the books say 0.00 EUR, no statement ends on or before 2026-11-30"},
		"and statements that begin later": {func(b *period.Holdings, f *period.Facts) {
			b.Days = append(b.Days, period.DayTotal{Account: inEuros("asset:bank:old"), Day: last})
			f.Banks = append(f.Banks, period.Series{Account: inEuros("asset:bank:old"), Unbroken: true, ReachesDay: true})
		}, period.BankNotReconciled, "asset:bank:old: the books say 0.00 EUR, no statement ends on or before 2026-11-30"},
		"a bank account that the books lack": {func(_ *period.Holdings, f *period.Facts) {
			f.Banks = append(f.Banks, period.Series{Account: inEuros("asset:bank:other"), Closing: 1, ClosedOn: last, Unbroken: true, ReachesDay: true})
		}, period.BankNotReconciled, "asset:bank:other: the books say 0.00 EUR, the statement of 2026-11-30 says 0.01 EUR"},
		"more at Stripe": {func(_ *period.Holdings, f *period.Facts) { f.Stripe[0].MinorUnits++ }, period.StripeNotReconciled,
			"asset:stripe: the books say 50.00 EUR, Stripe says 50.01 EUR"},
		"nothing at Stripe": {func(_ *period.Holdings, f *period.Facts) { f.Stripe = nil }, period.StripeNotReconciled,
			"asset:stripe: the books say 50.00 EUR, Stripe says 0.00 EUR"},
		"another currency at Stripe": {func(_ *period.Holdings, f *period.Facts) {
			f.Stripe = append(f.Stripe, money.Amount{MinorUnits: 7, Currency: "JPY"})
		}, period.StripeNotReconciled, "asset:stripe: the books say 0 JPY, Stripe says 7 JPY"},
	} {
		b, f := books(), facts()
		c.change(&b, &f)
		_, err := period.NewReview(last, b, f)
		got := fault.As(err)
		if got == nil || got.Kind != fault.Precondition || got.Reason != c.reason || len(got.Violations) == 0 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if said := got.Violations[0].Field + ": " + got.Violations[0].Description; said != c.says {
			t.Errorf("%s: says %q", name, said)
		}
	}
}

func TestWhatNeedsNoStatementAgrees(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]change{
		"a bank account that was never used": func(_ *period.Holdings, f *period.Facts) {
			f.Banks = append(f.Banks, period.Series{Account: inEuros("asset:bank:new"), Unbroken: true})
		},
		"one at zero since before the period": func(b *period.Holdings, _ *period.Facts) {
			b.Days = append(b.Days, period.DayTotal{Account: inEuros("asset:bank:old"), Day: day("2026-10-31")})
		},
		"one at zero with statements": func(b *period.Holdings, f *period.Facts) {
			b.Days = append(b.Days, period.DayTotal{Account: inEuros("asset:bank:old"), Day: day("2026-11-27")})
			f.Banks = append(f.Banks, period.Series{Account: inEuros("asset:bank:old"), ClosedOn: day("2026-11-27"), Unbroken: true, ReachesDay: true})
		},
		"an entry on the statement's day": func(b *period.Holdings, _ *period.Facts) {
			b.Days = append(b.Days, period.DayTotal{Account: inEuros("asset:bank:main"), Day: day("2026-11-28")})
		},
		"nothing at Stripe on both sides": func(b *period.Holdings, f *period.Facts) {
			b.Totals, f.Stripe = slices.Delete(b.Totals, 1, 2), nil
		},
	} {
		b, f := books(), facts()
		c(&b, &f)
		if _, err := period.NewReview(last, b, f); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryAccountThatDoesNotAgreeIsNamedAndTheGravestReasonStandsForAll(t *testing.T) {
	t.Parallel()
	b, f := books(), facts()
	f.Stripe[0].MinorUnits = 1
	f.Banks[0].Closing = 1
	f.Banks = append(f.Banks, period.Series{Account: inEuros("asset:bank:second"), Closing: 5, ClosedOn: last})
	_, err := period.NewReview(last, b, f)
	got := fault.As(err)
	if got == nil || got.Reason != period.SeriesBroken {
		t.Fatal(err)
	}
	var fields []string
	for _, v := range got.Violations {
		fields = append(fields, v.Field)
	}
	if want := "asset:bank:second asset:bank:main asset:stripe"; strings.Join(fields, " ") != want {
		t.Errorf("named %v", fields)
	}
}
