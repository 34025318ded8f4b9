package family_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestOnlyAssignedCodesAreCountries(t *testing.T) {
	t.Parallel()
	for code, good := range map[string]bool{
		"LT": true, "BY": true, "AD": true, "ZW": true, "XX": false, "EU": false, "SU": false, "UK": false,
		"lt": false, "": false, "L": false, "LTU": false, "D ": false, "T ": false, " T": false,
	} {
		err := family.CheckCountry("countryCode", code)
		if f := fault.As(err); good != (err == nil) || f != nil && f.Violations[0].Field != "countryCode" {
			t.Errorf("%q: %v", code, err)
		}
	}
	count := 0
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			if family.CheckCountry("", string([]rune{a, b})) == nil {
				count++
			}
		}
	}
	if count != 249 {
		t.Errorf("%d codes, ISO 3166-1 has 249", count)
	}
}
