package server

import (
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// maxFilter bounds a filter, in bytes.
const maxFilter = 500

// parseFilter reads the filter of a list of donations: state and pledge, each
// compared with =, joined by AND.
func parseFilter(req *donationsv1.ListDonationsRequest) (store.Filter, error) {
	refusal := fault.Field("filter", `must be terms like state = "SUCCEEDED" or pledge = "pledges/…", joined by AND`)
	if len(req.GetFilter()) > maxFilter {
		return store.Filter{}, refusal
	}
	declarations, err := filtering.NewDeclarations(
		filtering.DeclareStandardFunctions(),
		filtering.DeclareIdent("state", filtering.TypeString),
		filtering.DeclareIdent("pledge", filtering.TypeString),
	)
	if err != nil {
		return store.Filter{}, err
	}
	parsed, err := filtering.ParseFilter(req, declarations)
	if err != nil {
		return store.Filter{}, refusal.With(err)
	}
	out := store.Filter{}
	if parsed.CheckedExpr != nil && !narrow(&out, parsed.CheckedExpr.GetExpr()) {
		return store.Filter{}, refusal
	}
	return out, nil
}

// narrow adds a checked expression to a filter; false where it is none of ours,
// or names something twice.
func narrow(f *store.Filter, e *expr.Expr) bool {
	call := e.GetCallExpr()
	if len(call.GetArgs()) != 2 {
		return false
	}
	left, right := call.GetArgs()[0], call.GetArgs()[1]
	switch call.GetFunction() {
	case filtering.FunctionAnd:
		return narrow(f, left) && narrow(f, right)
	case filtering.FunctionEquals:
		return compare(f, left.GetIdentExpr().GetName(), right.GetConstExpr().GetStringValue())
	default:
		return false
	}
}

func compare(f *store.Filter, field, value string) bool {
	switch field {
	case "state":
		if f.State != 0 {
			return false
		}
		for state, named := range donationStates {
			if strings.TrimPrefix(named.String(), "DONATION_STATE_") == strings.TrimPrefix(value, "DONATION_STATE_") {
				f.State = state
			}
		}
		return f.State != donation.State(0)
	case "pledge":
		ids, err := resource.Match("pledges/*", "filter", value)
		if err != nil || f.Pledge != "" {
			return false
		}
		f.Pledge = ids[0]
		return true
	default:
		return false
	}
}
