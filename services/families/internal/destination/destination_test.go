package destination_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func details() destination.Details {
	return destination.Details{
		AccountHolder: "Марыя Прыдуманая", IBAN: "lt12 1000 0111 0100 1000", BIC: "habalt22", Country: "LT", Town: "Vilnius",
	}
}

func TestDetailsAreStoredAsBanksWriteThem(t *testing.T) {
	t.Parallel()
	d, err := destination.Check(destination.Sepa, details())
	if err != nil || d.IBAN != "LT121000011101001000" || d.BIC != "HABALT22" {
		t.Errorf("details are %+v, %v", d, err)
	}
}

func TestWhatNoBankTakesIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field string
		spoil func(d *destination.Details)
	}{
		{"iban", func(d *destination.Details) { d.IBAN = "" }},
		{"iban", func(d *destination.Details) { d.IBAN = "LT12 1000 0111 0100 1001" }},
		{"iban", func(d *destination.Details) { d.IBAN = "BY20OLMP31350000001000000933" }},
		{"bic", func(d *destination.Details) { d.BIC = "HABALT2" }},
		{"bic", func(d *destination.Details) { d.BIC = "12345678" }},
		{"accountHolder", func(d *destination.Details) { d.AccountHolder = "two\nlines" }},
		{"countryCode", func(d *destination.Details) { d.Country = "Lithuania" }},
		{"town", func(d *destination.Details) { d.Town = " " }},
	} {
		d := details()
		c.spoil(&d)
		_, err := destination.Check(destination.Sepa, d)
		if f := fault.As(err); f == nil || len(f.Violations) == 0 || f.Violations[0].Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	if _, err := destination.Check("pigeon", details()); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("an unknown rail: %v", err)
	}
}

func TestMoneyFollowsAChangeWhenItHasCooledOff(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	if at := destination.UsableAt(now, true, time.Hour); !at.Equal(now) {
		t.Errorf("the first destination waits until %v", at)
	}
	changed := destination.Destination{ID: "d_1", Rail: destination.Sepa, UsableAt: destination.UsableAt(now, false, time.Hour)}
	for _, c := range []struct {
		name      string
		confirmed []destination.Destination
		rail      string
		at        time.Time
		reason    fault.Reason
	}{
		{"none", nil, destination.Sepa, now, "NO_DESTINATION"},
		{"too early", []destination.Destination{changed}, destination.Sepa, now.Add(time.Hour - 1), "DESTINATION_COOLING_OFF"},
		{"another rail", []destination.Destination{changed}, "manual", now, "RAIL_MISMATCH"},
		{"in time", []destination.Destination{changed}, destination.Sepa, now.Add(time.Hour), ""},
	} {
		d, err := destination.Choose(c.confirmed, c.rail, c.at)
		if c.reason == "" && (err != nil || d.ID != "d_1") || c.reason != "" && !fault.Is(err, c.reason) {
			t.Errorf("%s: %+v, %v", c.name, d, err)
		}
	}
}
