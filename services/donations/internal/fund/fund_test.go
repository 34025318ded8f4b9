package fund_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
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

func TestAFundTakesItsCurrenciesWhileItIsOpen(t *testing.T) {
	t.Parallel()
	f, err := fund.New("winter-2026", fund.Fund{DisplayName: "Winter", Currencies: []string{"EUR"}, ReserveShare: 1000}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Accept("designations[0].fund", "EUR"); err != nil {
		t.Errorf("EUR: %v", err)
	}
	if err := f.Accept("designations[0].fund", "USD"); fault.As(err) == nil || fault.As(err).Violations[0].Field != "designations[0].fund" {
		t.Errorf("USD: %v", err)
	}
	f.State = fund.Closed
	if err := f.Accept("designations[0].fund", "EUR"); !fault.Is(err, "FUND_CLOSED") {
		t.Errorf("closed: %v", err)
	}
}
