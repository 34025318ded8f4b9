package server

import (
	"strings"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// donationFilter reads the filter of a list of donations. A state may be spelled
// as answers show it, or without its prefix.
func donationFilter(text string) (store.Filter, error) {
	var f store.Filter
	by, err := filter.Terms(text, "state", "pledge")
	if err != nil {
		return f, err
	}
	if word, ok := by["state"]; ok {
		state := rpc.Value[donationsv1.DonationState](strings.TrimPrefix(word, "DONATION_STATE_"))
		if f.State = donation.State(rpc.Word(state)); f.State == "" {
			return f, fault.Field("filter", fault.FieldMalformed, "must compare state with a state of donations")
		}
	}
	if name, ok := by["pledge"]; ok {
		id, err := resource.Pledge.ID("filter", name)
		if err != nil {
			return f, err
		}
		f.Pledge = id
	}
	return f, nil
}
