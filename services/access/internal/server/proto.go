package server

import (
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

func roleFromProto(field string, r policyv1.Role) (staff.Role, error) {
	role := staff.Role(rpc.Word(r))
	if !role.Valid() {
		return "", fault.Field(field, fault.FieldUnknownValue, "must be a role of staff")
	}
	return role, nil
}

func rolesProto(grants []staff.Grant) []policyv1.Role {
	out := make([]policyv1.Role, len(grants))
	for i, g := range grants {
		out[i] = rpc.Value[policyv1.Role](g.Role)
	}
	slices.Sort(out)
	return out
}

func memberProto(m staff.Member) *accessv1.Staff {
	out := &accessv1.Staff{
		Name: resource.Staff.Of(m.ID), CreateTime: rpc.Moment(m.Created), FreezeExpireTime: rpc.Moment(m.FrozenUntil),
	}
	for _, g := range m.Grants {
		out.Grants = append(out.Grants, grantProto(g))
	}
	return out
}

func grantProto(g staff.Grant) *accessv1.Grant {
	out := &accessv1.Grant{
		Name: g.Name(), Role: rpc.Value[policyv1.Role](g.Role), State: rpc.Value[accessv1.GrantState](g.State),
		From: staff.Day(g.From), Until: staff.Day(g.Until), RestsUntil: staff.Day(g.RestsUntil),
		LeafSequences: g.Leaves, CreateTime: rpc.Moment(g.Created),
	}
	if g.Proposer != "" {
		out.Proposer = resource.Staff.Of(g.Proposer)
	}
	for _, by := range g.Confirmers {
		out.Confirmers = append(out.Confirmers, resource.Staff.Of(by))
	}
	return out
}
