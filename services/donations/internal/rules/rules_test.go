package rules_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAGiftClearsOnAMondayAfterItsDays(t *testing.T) {
	t.Parallel()
	own := rules.Policy{ClearingDays: 1, LongClearingDays: 8, NewPartnerDays: 5, LargeGifts: []money.Amount{{MinorUnits: 50, Currency: "EUR"}}}
	for name, c := range map[string]struct {
		policy          rules.Policy
		received, since string
		minor           int64
		want            string
	}{
		"a Monday":                 {rules.Printed(), "2026-11-23", "2020-01-01", 5000, "2026-12-07"},
		"a Tuesday":                {rules.Printed(), "2026-11-24", "2020-01-01", 5000, "2026-12-14"},
		"a Sunday":                 {rules.Printed(), "2026-11-29", "2020-01-01", 5000, "2026-12-14"},
		"over the end of a year":   {rules.Printed(), "2026-12-31", "2020-01-01", 5000, "2027-01-18"},
		"1,000.00":                 {rules.Printed(), "2026-11-23", "2020-01-01", 100_000, "2026-12-07"},
		"a cent more":              {rules.Printed(), "2026-11-23", "2020-01-01", 100_001, "2027-01-25"},
		"a partner of 59 days":     {rules.Printed(), "2026-11-23", "2026-09-25", 5000, "2027-01-25"},
		"a partner of 60 days":     {rules.Printed(), "2026-11-23", "2026-09-24", 5000, "2026-12-07"},
		"another policy":           {own, "2026-11-23", "2020-01-01", 50, "2026-11-30"},
		"another policy's large":   {own, "2026-11-23", "2020-01-01", 51, "2026-12-07"},
		"a new partner of today's": {own, "2026-11-23", "2026-11-23", 1, "2026-12-07"},
	} {
		got := c.policy.ClearsAt(rules.Gift{
			ReceivedOn: day(t, c.received), PartnerSince: day(t, c.since), Gross: money.Amount{MinorUnits: c.minor, Currency: "EUR"},
		})
		if got.Format(time.DateOnly) != c.want {
			t.Errorf("%s: %s, want %s", name, got.Format(time.DateOnly), c.want)
		}
	}
}

func TestAPolicyIsCheckedFieldByField(t *testing.T) {
	t.Parallel()
	amounts := func(codes ...string) (list []money.Amount) {
		for _, c := range codes {
			list = append(list, postingtest.EUR(1))
			list[len(list)-1].Currency = c
		}
		return list
	}
	for want, change := range map[string]func(p *rules.Policy){
		"":                                func(*rules.Policy) {},
		"p.clearingDays OUT_OF_RANGE":     func(p *rules.Policy) { p.ClearingDays = 0 },
		"p.longClearingDays TOO_SMALL":    func(p *rules.Policy) { p.LongClearingDays = 13 },
		"p.longClearingDays OUT_OF_RANGE": func(p *rules.Policy) { p.LongClearingDays = 366 },
		"p.newPartnerDays OUT_OF_RANGE":   func(p *rules.Policy) { p.NewPartnerDays = -1 },
		"p.largeGifts TOO_MANY": func(p *rules.Policy) {
			p.LargeGifts = amounts("AUD", "BRL", "CAD", "CHF", "CZK", "DKK", "EUR", "GBP", "HUF", "ILS", "INR", "ISK", "JPY", "KRW", "KWD", "KZT", "LKR", "MAD", "MDL", "MXN", "MYR", "NOK", "NZD", "PEN", "PHP", "PLN", "RON", "RSD", "SEK", "SGD", "THB", "TRY", "USD")
		},
		"p.largeGifts[0].currencyCode CURRENCY_UNKNOWN":         func(p *rules.Policy) { p.LargeGifts = amounts("eur") },
		"p.largeGifts[1].currencyCode WRONG_ORDER":              func(p *rules.Policy) { p.LargeGifts = amounts("EUR", "EUR") },
		"p.largeGifts[0].minorUnits NOT_POSITIVE":               func(p *rules.Policy) { p.LargeGifts = []money.Amount{{Currency: "EUR"}} },
		"p.reserveBasisPoints OUT_OF_RANGE":                     func(p *rules.Policy) { p.ReserveShare = -1 },
		"p.operationsBasisPoints OUT_OF_RANGE":                  func(p *rules.Policy) { p.OperationsShare = 1001 },
		"p.partnerRefundsADay[0].currencyCode CURRENCY_UNKNOWN": func(p *rules.Policy) { p.PartnerRefunds = amounts("DEM") },
		"p.partnerRefundsADay[1].currencyCode WRONG_ORDER":      func(p *rules.Policy) { p.PartnerRefunds = amounts("PLN", "EUR") },
		"p.blockedCountries[0] MALFORMED":                       func(p *rules.Policy) { p.Blocked = []string{"by"} },
		"p.blockedCountries[1] WRONG_ORDER":                     func(p *rules.Policy) { p.Blocked = []string{"RU", "BY"} },
		"p.blockedCountries TOO_MANY": func(p *rules.Policy) {
			p.Blocked = nil
			for i := range 101 {
				p.Blocked = append(p.Blocked, string([]byte{'A' + byte(i/26), 'A' + byte(i%26)}))
			}
		},
	} {
		p := rules.Printed()
		change(&p)
		var got []string
		if f := fault.As(p.Check("p", day(t, "2026-11-26"), day(t, "2026-11-26"))); f != nil {
			for _, v := range f.Violations {
				got = append(got, v.Field+" "+string(v.Reason))
			}
		}
		slices.Sort(got)
		if wanted := slices.DeleteFunc([]string{want}, func(s string) bool { return s == "" }); len(got)+len(wanted) > 0 && !cmp.Equal(got, wanted) {
			t.Errorf("%v, want %v", got, wanted)
		}
	}
	if f := fault.As(rules.Printed().Check("p", day(t, "2026-11-25"), day(t, "2026-11-26"))); f == nil || f.Violations[0].Field != "p.effectiveOn" {
		t.Errorf("too soon: %v", f)
	}
}

func TestWhatAPolicyDoesNotNameIsTheDefault(t *testing.T) {
	t.Parallel()
	p := rules.Printed()
	if p.ReserveShare != 0 || p.OperationsShare != 200 || p.RefundsOfDay("EUR") != 100_000 || p.RefundsOfDay("JPY") != 1000 {
		t.Errorf("before the first version: %+v", p)
	}
	p.PartnerRefunds = []money.Amount{postingtest.EUR(7)}
	if p.RefundsOfDay("EUR") != 7 || p.RefundsOfDay("PLN") != 100_000 {
		t.Errorf("EUR %d, PLN %d", p.RefundsOfDay("EUR"), p.RefundsOfDay("PLN"))
	}
}
