package server

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// rolePrefix stands before a role's name in the contract.
const rolePrefix = "ROLE_"

func roleFromProto(field string, r policyv1.Role) (staff.Role, error) {
	role := staff.Role(strings.TrimPrefix(r.String(), rolePrefix))
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

func roleProto(r staff.Role) policyv1.Role {
	return policyv1.Role(policyv1.Role_value[rolePrefix+string(r)])
}

func rolesProto(roles []staff.Role) []policyv1.Role {
	out := make([]policyv1.Role, len(roles))
	for i, r := range roles {
		out[i] = roleProto(r)
	}
	slices.Sort(out)
	return out
}

func memberProto(m staff.Member) *accessv1.Staff {
	out := &accessv1.Staff{Name: staff.Name(m.ID), CreateTime: timestamppb.New(m.Created)}
	if !m.FrozenUntil.IsZero() {
		out.FreezeExpireTime = timestamppb.New(m.FrozenUntil)
	}
	for _, g := range m.Grants {
		out.Grants = append(out.Grants, &accessv1.Grant{
			Name: g.Name(), Role: roleProto(g.Role),
			CreateTime: timestamppb.New(g.Created), ExpireTime: timestamppb.New(g.Expires),
		})
	}
	return out
}
