package rpc

import (
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// mayAsk refuses a filter over a field that the caller's roles do not see whole: what
// is left out of an answer must not be found out by asking for it. A time of which they
// see the day may be compared with days. listed is the response of a list.
func mayAsk(listed protoreflect.MessageDescriptor, roles []policyv1.Role, text string) error {
	asked := filter.Fields(text)
	if len(asked) == 0 {
		return nil
	}
	for i := range listed.Fields().Len() {
		rows := listed.Fields().Get(i)
		if !rows.IsList() || rows.Message() == nil {
			continue
		}
		for _, a := range asked {
			f := rows.Message().Fields().ByName(protoreflect.Name(a.Field))
			if f == nil || policy.VisibilityOf(f) == nil || sees(policy.VisibilityOf(f), roles) {
				continue
			}
			if a.Days && policy.VisibilityOf(f).GetCoarse() == policyv1.Coarse_COARSE_DAY {
				continue
			}
			return fault.Field("filter", fault.FieldMismatch, "must not ask about "+a.Field+", of which your roles do not see all")
		}
	}
	return nil
}

// sees reports whether one of the roles sees all of a field.
func sees(v *policyv1.Visibility, roles []policyv1.Role) bool {
	return slices.ContainsFunc(v.GetRoles(), func(r policyv1.Role) bool { return slices.Contains(roles, r) })
}
