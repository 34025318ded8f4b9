package fund_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestWhatAFundMayNotBe(t *testing.T) {
	t.Parallel()
	good := fund.Fund{DisplayName: "Winter", Currencies: []string{"EUR"}}
	for name, c := range map[string]struct {
		id     string
		change func(*fund.Fund)
		field  string
	}{
		"short id":        {"ab", nil, "fundId"},
		"capital id":      {"Winter", nil, "fundId"},
		"id with a colon": {"win:ter", nil, "fundId"},
		"id from a digit": {"1winter", nil, "fundId"},
		"line end":        {"winter\n", nil, "fundId"},
		"id of a version": {"winter-v2", nil, "fundId"},
		"no rule":         {"winter", func(f *fund.Fund) { f.Rule = "category" }, "rule"},
		"examples of all": {"winter", func(f *fund.Fund) { f.Examples = []fund.Example{{}} }, "examples"},
		"goal elsewhere":  {"winter", func(f *fund.Fund) { f.Goal = &money.Amount{MinorUnits: 1, Currency: "USD"} }, "goal.currencyCode"},
		"ends first":      {"winter", func(f *fund.Fund) { f.TakesFrom, f.TakesUntil = day(2), day(1) }, "takesUntil"},
		"no name":         {"winter", func(f *fund.Fund) { f.DisplayName = " " }, "displayName"},
		"card number":     {"winter", func(f *fund.Fund) { f.DisplayName = "4242424242424242" }, "displayName"},
		"no currency":     {"winter", func(f *fund.Fund) { f.Currencies = nil }, "currencyCodes"},
		"lower case":      {"winter", func(f *fund.Fund) { f.Currencies = []string{"EUR", "usd"} }, "currencyCodes[1]"},
		"retired":         {"winter", func(f *fund.Fund) { f.Currencies = []string{"DEM"} }, "currencyCodes[0]"},
		"twice":           {"winter", func(f *fund.Fund) { f.Currencies = []string{"EUR", "EUR"} }, "currencyCodes[1]"},
		"negative share":  {"winter", func(f *fund.Fund) { f.ReserveShare = -1 }, "reserveBasisPoints"},
		"large share":     {"winter", func(f *fund.Fund) { f.OperationsShare = 1001 }, "operationsBasisPoints"},
		"broken promise":  {"winter", func(f *fund.Fund) { f.PromisesFull, f.ReserveShare = true, 1 }, "reserveBasisPoints"},
	} {
		f := good
		if c.change != nil {
			c.change(&f)
		}
		_, err := fund.New(c.id, f, time.Now())
		if v := fault.As(err); v == nil || len(v.Violations) != 1 || v.Violations[0].Field != c.field {
			t.Errorf("%s: %v, want field %s", name, err, c.field)
		}
	}
}

// day is one of December 2026.
func day(n int) *time.Time {
	t := time.Date(2026, 12, n, 0, 0, 0, 0, time.UTC)
	return &t
}

func TestARuleComesWithExamplesThatItAgreesWith(t *testing.T) {
	t.Parallel()
	pupil := eligibility.Attributes{Category: "CHILDREN_SCHOOL", Children: 2, Country: "LT"}
	for field, examples := range map[string][]fund.Example{
		"":                        {{Attributes: pupil, Eligible: true}, {Eligible: false}},
		"examples[1].eligible":    {{Attributes: pupil, Eligible: true}, {Attributes: pupil}},
		"examples[0].children":    {{Attributes: eligibility.Attributes{Children: 4}}},
		"examples[0].countryCode": {{Attributes: eligibility.Attributes{Country: "lt"}}},
		"examples":                make([]fund.Example, 21),
	} {
		_, err := fund.New("pupils", fund.Fund{
			DisplayName: "Pupils", Currencies: []string{"EUR"}, Rule: `category == "CHILDREN_SCHOOL" && family.children > 0`, Examples: examples,
		}, time.Now())
		switch f := fault.As(err); {
		case field == "" && err != nil:
			t.Errorf("good examples: %v", err)
		case field != "" && (f == nil || f.Violations[0].Field != field):
			t.Errorf("%v, want field %s", err, field)
		}
	}
}

// What was promised to donors stays: a change of it is another fund.
func TestTheNextVersionIsAFundOfItsOwn(t *testing.T) {
	t.Parallel()
	first, err := fund.New("winter", fund.Fund{DisplayName: "Winter", Currencies: []string{"EUR"}, PromisesFull: true}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	second, err := first.Next(fund.Fund{DisplayName: "Winter", Currencies: []string{"EUR"}, Rule: "family.elderly"}, time.Now())
	if err != nil || second.ID != "winter-v2" || second.Root != "winter" || second.Number != 2 || second.PromisesFull {
		t.Fatalf("%+v, %v", second, err)
	}
	third, err := second.Next(fund.Fund{DisplayName: "Winter", Currencies: []string{"EUR"}}, time.Now())
	if err != nil || third.ID != "winter-v3" || third.Rule != "" {
		t.Errorf("%+v, %v", third, err)
	}
	for _, kind := range []fund.Kind{fund.ForOperations, fund.ForReserve, fund.ForEmergency} {
		first.Kind = kind
		if _, err := first.Next(fund.Fund{DisplayName: "W", Currencies: []string{"EUR"}}, time.Now()); !fault.Is(err, "ILLEGAL_STATE") {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err := first.Close(); fault.Is(err, "ILLEGAL_STATE") != (kind != fund.ForEmergency) {
			t.Errorf("close %s: %v", kind, err)
		}
	}
}

func TestAFundTakesGiftsBetweenItsDays(t *testing.T) {
	t.Parallel()
	f := fund.Fund{State: fund.Open, Currencies: []string{"EUR"}, TakesFrom: day(2), TakesUntil: day(3)}
	for at, want := range map[time.Time]fault.Reason{
		day(2).Add(-1): "FUND_NOT_OPEN_YET", *day(2): "", day(4).Add(-1): "", *day(4): "FUND_CLOSED",
	} {
		if err := f.Accept("f", "EUR", at); want == "" && err != nil || want != "" && !fault.Is(err, want) {
			t.Errorf("%v: %v, want %s", at, err, want)
		}
	}
}

func TestAFundTakesItsCurrenciesWhileItIsOpen(t *testing.T) {
	t.Parallel()
	f, err := fund.New("winter-2026", fund.Fund{DisplayName: "Winter", Currencies: []string{"EUR"}, ReserveShare: 1000}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Accept("designations[0].fund", "EUR", time.Now()); err != nil {
		t.Errorf("EUR: %v", err)
	}
	if err := f.Accept("designations[0].fund", "USD", time.Now()); fault.As(err) == nil || fault.As(err).Violations[0].Field != "designations[0].fund" {
		t.Errorf("USD: %v", err)
	}
	f.State = fund.Closed
	if err := f.Accept("designations[0].fund", "EUR", time.Now()); !fault.Is(err, "FUND_CLOSED") {
		t.Errorf("closed: %v", err)
	}
}
