package server

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// donationFilter reads the filter of a list of donations.
func donationFilter(text string) (store.Filter, error) {
	var f store.Filter
	by, err := filter.Terms(text, "state", "pledge")
	if err != nil {
		return f, err
	}
	if word, ok := by["state"]; ok {
		for state, named := range donationStates {
			if strings.TrimPrefix(named.String(), "DONATION_STATE_") == strings.TrimPrefix(word, "DONATION_STATE_") {
				f.State = state
			}
		}
		if f.State == 0 {
			return f, fault.Field("filter", "must compare state with a state of donations")
		}
	}
	if name, ok := by["pledge"]; ok {
		ids, err := resource.Match("pledges/*", "filter", name)
		if err != nil {
			return f, err
		}
		f.Pledge = ids[0]
	}
	return f, nil
}
