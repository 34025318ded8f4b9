package server

import (
	"fmt"
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
		return "", fault.Field(field, "must be a role of staff")
	}
	return role, nil
}

func rolesFromProto(asked []policyv1.Role) ([]staff.Role, error) {
	if len(asked) == 0 || len(asked) > maxRoles {
		return nil, fault.Field("roles", "must have 1 to 6 entries")
	}
	roles := make([]staff.Role, len(asked))
	for i, r := range asked {
		var err error
		if roles[i], err = roleFromProto(fmt.Sprintf("roles[%d]", i), r); err != nil {
			return nil, err
		}
	}
	return roles, nil
}

func rolesProto(roles []staff.Role) []policyv1.Role {
	out := make([]policyv1.Role, len(roles))
	for i, r := range roles {
		out[i] = rpc.Value[policyv1.Role](r)
	}
	slices.Sort(out)
	return out
}

func memberProto(m staff.Member) *accessv1.Staff {
	out := &accessv1.Staff{
		Name: resource.Staff.Of(m.ID), CreateTime: rpc.Moment(m.Created), FreezeExpireTime: rpc.Moment(m.FrozenUntil),
	}
	for _, g := range m.Grants {
		out.Grants = append(out.Grants, &accessv1.Grant{
			Name: g.Name(), Role: rpc.Value[policyv1.Role](g.Role),
			CreateTime: rpc.Moment(g.Created), ExpireTime: rpc.Moment(g.Expires),
		})
	}
	return out
}
