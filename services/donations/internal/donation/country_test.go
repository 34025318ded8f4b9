package donation_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
)

func TestCardsOfBlockedCountriesDoNotGive(t *testing.T) {
	t.Parallel()
	for country, want := range map[string]donation.Failure{
		"BY": donation.CardCountry, "RU": donation.CardCountry, "": donation.CountryUnknown, "DE": "", "PL": "", "US": "",
	} {
		if got := donation.Judge(country, []string{"BY", "RU"}); got != want {
			t.Errorf("%q: %q, want %q", country, got, want)
		}
	}
}
