package pledge_test

import (
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// uncharged are current ISO currencies that Stripe does not take.
const uncharged = " BOV BTN CHE CHW CLF COU CUP ERN IQD IRR KPW LYD MRU MXV SDG SSP SVC SYP TMT USN UYI UYW VED VES XAD ZWG "

func TestEveryCurrencyOfACardHasItsLimits(t *testing.T) {
	t.Parallel()
	for i := range 26 * 26 * 26 {
		code := string([]byte{'A' + byte(i/676), 'A' + byte(i/26%26), 'A' + byte(i%26)})
		_, _, limited := pledge.Limits(code)
		if want := money.Known(code) && !strings.Contains(uncharged, " "+code+" "); limited != want {
			t.Errorf("%s: limited %v, want %v", code, limited, want)
		}
	}
}

// The same number of minor units is a fortune in one currency and a coffee in another.
func TestTheLimitsOfAPledgeAreWorthTheSameInEveryCurrency(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency    string
		minor, tip  int64
		field, says string // empty where the pledge is taken
	}{
		{"EUR", 1_000_000, 0, "", ""},
		{"EUR", 1_000_001, 0, "amount.minorUnits", "10000.00 EUR"},
		{"EUR", 999_000, 1_001, "tip.minorUnits", "10000.00 EUR"},
		{"EUR", 49, 0, "amount.minorUnits", "0.50 EUR"},
		{"EUR", 40, 10, "", ""},
		{"GBP", 30, 0, "", ""},
		{"HUF", 380_000_000, 0, "", ""}, // 3,800,000.00
		{"HUF", 380_000_001, 0, "amount.minorUnits", "3800000.00 HUF"},
		{"HUF", 17_499, 0, "amount.minorUnits", "175.00 HUF"},
		{"JPY", 1_800_000, 0, "", ""}, // no decimals
		{"JPY", 1_800_001, 0, "amount.minorUnits", "1800000 JPY"},
		{"KWD", 3_600_000, 0, "", ""}, // 3,600.000
		{"KWD", 3_600_010, 0, "amount.minorUnits", "3600.000 KWD"},
		{"KWD", 179, 0, "amount.minorUnits", "0.180 KWD"},
		{"VND", 310_000_000, 0, "", ""},
		{"VND", 15_499, 0, "amount.minorUnits", "15500 VND"},
		{"KPW", 5_000, 0, "amount.currencyCode", "card"},
	} {
		_, err := pledge.New(pledge.Request{
			Amount: money.Amount{MinorUnits: c.minor, Currency: c.currency}, Tip: &money.Amount{MinorUnits: c.tip, Currency: c.currency},
			ReceiptSHA256: make([]byte, 32), Designations: []pledge.Designation{{Fund: "general"}},
		}, time.Now())
		f := fault.As(err)
		if c.field == "" {
			if err != nil {
				t.Errorf("%d %s: %v", c.minor, c.currency, err)
			}
			continue
		}
		if f == nil || f.Violations[0].Field != c.field || !strings.Contains(f.Violations[0].Description, c.says) {
			t.Errorf("%d %s: %v, want %s", c.minor, c.currency, err, c.field)
		}
	}
}
