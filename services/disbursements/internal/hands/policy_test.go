package hands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/hands"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var (
	today = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	five  = hands.Holders{Both: 3} // a fund of five: three at the money desk
)

// policy is a good one, of some rows.
func policy(rows ...hands.Row) hands.Policy {
	return hands.Policy{EffectiveOn: today, ApprovalDays: 7, Currencies: []hands.Currency{{Code: "EUR", Rows: rows}}}
}

// wrong are the fields that a policy is refused for, with the reason.
func wrong(p hands.Policy, who hands.Holders) (list []string) {
	if f := fault.As(p.Check("hands", today, who)); f != nil {
		for _, v := range f.Violations {
			list = append(list, strings.TrimPrefix(v.Field, "hands.")+" "+string(v.Reason))
		}
	}
	slices.Sort(list)
	return list
}

func TestRowsThatNobodyCouldLiveByAreRefused(t *testing.T) {
	t.Parallel()
	const row = "currencies[0].rows"
	for name, test := range map[string]struct {
		rows []hands.Row
		want []string
	}{
		"good":                        {[]hands.Row{{UpTo: 200_000, Persons: 2}, {Persons: 3, WaitDays: 3}}, nil},
		"one row":                     {[]hands.Row{{Persons: 2}}, nil},
		"no row":                      {nil, []string{row + " WRONG_COUNT"}},
		"nothing above the last":      {[]hands.Row{{UpTo: 200_000, Persons: 2}}, []string{row + "[0].upTo NOT_ALLOWED"}},
		"a gap in the middle":         {[]hands.Row{{Persons: 2}, {Persons: 2}}, []string{row + "[0].upTo REQUIRED"}},
		"below zero":                  {[]hands.Row{{UpTo: -5, Persons: 2}, {Persons: 2}}, []string{row + "[0].upTo REQUIRED"}},
		"unordered":                   {[]hands.Row{{UpTo: 2, Persons: 2}, {UpTo: 2, Persons: 2}, {Persons: 2}}, []string{row + "[1].upTo WRONG_ORDER"}},
		"one person":                  {[]hands.Row{{UpTo: 5, Persons: 1}, {Persons: 2}}, []string{row + "[0].persons OUT_OF_RANGE"}},
		"nobody":                      {[]hands.Row{{}}, []string{row + "[0].persons OUT_OF_RANGE"}},
		"fewer persons for more":      {[]hands.Row{{UpTo: 5, Persons: 3}, {Persons: 2}}, []string{row + "[1].persons WRONG_ORDER"}},
		"more than hold the roles":    {[]hands.Row{{UpTo: 5, Persons: 2}, {Persons: 4}}, []string{row + "[1].persons TOO_LARGE"}},
		"more than there could be":    {[]hands.Row{{Persons: 21}}, []string{row + "[0].persons OUT_OF_RANGE"}},
		"longer than an approval":     {[]hands.Row{{Persons: 2, WaitDays: 7}}, []string{row + "[0].waitDays TOO_LARGE"}},
		"days before today":           {[]hands.Row{{Persons: 2, WaitDays: -1}}, []string{row + "[0].waitDays OUT_OF_RANGE"}},
		"more rows than have room":    {make([]hands.Row, 33), nil},
		"two things wrong, both said": {[]hands.Row{{UpTo: 5, Persons: 1}, {UpTo: 9, Persons: 2}}, []string{row + "[0].persons OUT_OF_RANGE", row + "[1].upTo NOT_ALLOWED"}},
	} {
		got := wrong(policy(test.rows...), five)
		if len(test.rows) == 33 && !slices.Contains(got, row+" WRONG_COUNT") || len(test.rows) < 33 && !cmp.Equal(test.want, got) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestWhatElseAPolicySaysIsChecked(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(p *hands.Policy){
		"effectiveOn TOO_SMALL":                       func(p *hands.Policy) { p.EffectiveOn = today.AddDate(0, 0, -1) },
		"effectiveOn TOO_LARGE":                       func(p *hands.Policy) { p.EffectiveOn = today.AddDate(1, 0, 1) },
		"approvalDays OUT_OF_RANGE":                   func(p *hands.Policy) { p.ApprovalDays = 0 },
		"currencies WRONG_COUNT":                      func(p *hands.Policy) { p.Currencies = nil },
		"currencies[0].currencyCode CURRENCY_UNKNOWN": func(p *hands.Policy) { p.Currencies[0].Code = "eur" },
		"currencies[1].currencyCode WRONG_ORDER":      func(p *hands.Policy) { p.Currencies = append(p.Currencies, p.Currencies[0]) },
		"currencies[0].cashCap TOO_SMALL":             func(p *hands.Policy) { p.Currencies[0].CashCap = -1 },
		"currencies[0].emergencyFamilyCap TOO_SMALL":  func(p *hands.Policy) { p.Currencies[0].FamilyCap = -1 },
		"currencies[0].emergencyMonthCap TOO_SMALL":   func(p *hands.Policy) { p.Currencies[0].MonthCap = -1 },
	} {
		p := policy(hands.Row{Persons: 2})
		change(&p)
		if got := wrong(p, five); !slices.Equal(got, []string{want}) {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

// Two sign as maker and approver, three with a releaser, four with an authoriser; all
// further ones approve.
func TestAPolicyAsksForNoMorePersonsThanHoldTheRoles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		who  hands.Holders
		most int // the most persons that suffice
	}{
		"a fund of five":              {hands.Holders{Both: 3}, 3},
		"one of each":                 {hands.Holders{Treasurers: 1, Approvers: 1}, 2},
		"treasurers alone":            {hands.Holders{Treasurers: 5}, 0},
		"approvers alone":             {hands.Holders{Approvers: 5}, 0},
		"three treasurers, approvers": {hands.Holders{Treasurers: 3, Approvers: 2}, 5},
		"nobody":                      {hands.Holders{}, 0},
		"one with both":               {hands.Holders{Both: 1}, 0},
	} {
		most := 0
		for n := 2; n <= 20; n++ {
			if test.who.Enough(n) {
				most = n
			}
		}
		if most != test.most {
			t.Errorf("%s: %d persons, want %d", name, most, test.most)
		}
	}
}

func TestFewerHoldersThanAPolicyAsksForAreTooFew(t *testing.T) {
	t.Parallel()
	p := policy(hands.Row{UpTo: 5, Persons: 2}, hands.Row{Persons: 3})
	for who, enough := range map[hands.Holders]bool{five: true, {Both: 2}: false} {
		if err := who.Check(p); (err == nil) != enough || err != nil && !fault.Is(err, fault.ReasonNotEnoughPeople) {
			t.Errorf("%+v: %v", who, err)
		}
	}
}

func TestTheMostDaysOfACurrencyAreThoseOfAnyRow(t *testing.T) {
	t.Parallel()
	p := policy(hands.Row{UpTo: 5, Persons: 2, WaitDays: 4}, hands.Row{Persons: 3, WaitDays: 1})
	if eur, usd := p.MostDays("EUR"), p.MostDays("USD"); eur != 4 || usd != 0 {
		t.Errorf("EUR has %d days, USD %d", eur, usd)
	}
}
