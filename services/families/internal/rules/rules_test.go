package rules_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/families/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

var today = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func amount(minor int64, currency string) money.Amount {
	a := postingtest.EUR(minor)
	a.Currency = currency
	return a
}

func TestAPolicyIsCheckedFieldByField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		caps []money.Amount
		on   time.Time
		want []string
	}{
		"good":                {[]money.Amount{amount(1, "EUR"), amount(2, "PLN")}, today, nil},
		"too soon":            {[]money.Amount{amount(1, "EUR")}, today.AddDate(0, 0, -1), []string{"p.effectiveOn TOO_SMALL"}},
		"nothing":             {nil, today, []string{"p.unseenCaps WRONG_COUNT"}},
		"zero":                {[]money.Amount{amount(0, "EUR")}, today, []string{"p.unseenCaps[0].minorUnits NOT_POSITIVE"}},
		"twice":               {[]money.Amount{amount(1, "EUR"), amount(1, "EUR")}, today, []string{"p.unseenCaps[1].currencyCode WRONG_ORDER"}},
		"two things, at once": {[]money.Amount{amount(-1, "eur")}, today, []string{"p.unseenCaps[0].currencyCode CURRENCY_UNKNOWN", "p.unseenCaps[0].minorUnits NOT_POSITIVE"}},
	} {
		var got []string
		if f := fault.As(rules.Policy{UnseenCaps: c.caps}.Check("p", c.on, today)); f != nil {
			for _, v := range f.Violations {
				got = append(got, v.Field+" "+string(v.Reason))
			}
		}
		slices.Sort(got)
		if !cmp.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestACurrencyThatThePolicyDoesNotNameHasThePrintedCap(t *testing.T) {
	t.Parallel()
	p := rules.Policy{UnseenCaps: []money.Amount{amount(7, "EUR")}}
	if eur, pln := p.UnseenCap("EUR"), p.UnseenCap("PLN"); eur != 7 || pln != rules.UnseenCap {
		t.Errorf("EUR %d, PLN %d", eur, pln)
	}
}

func TestAFamilyIsVerifiedAgainAfterAYearWhereNoPolicySaysOtherwise(t *testing.T) {
	t.Parallel()
	caps := []money.Amount{amount(1, "EUR")}
	if d := (rules.Policy{}).ReverifyAfter(); d != rules.ReverifyDays {
		t.Errorf("after %d days", d)
	}
	for days, ok := range map[int]bool{-1: false, 0: true, 29: false, 30: true, 1095: true, 1096: false} {
		err := rules.Policy{UnseenCaps: caps, ReverifyDays: days}.Check("p", today, today)
		if f := fault.As(err); ok != (err == nil) || f != nil && f.Violations[0].Field != "p.reverifyDays" {
			t.Errorf("%d days: %v", days, err)
		}
	}
}
