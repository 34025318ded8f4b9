package rpc

import (
	"slices"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

// fronts are the services through which people and partners call, each with the
// roles that it may bring: whoever comes through a front has no others there.
type fronts map[string][]policyv1.Role

// defaultFronts is the table of the installation.
func defaultFronts() fronts {
	return fronts{
		"gateway": {
			policyv1.Role_ROLE_ANYONE, policyv1.Role_ROLE_DONOR, policyv1.Role_ROLE_FAMILY,
			policyv1.Role_ROLE_PARTNER_PUBLIC, policyv1.Role_ROLE_PARTNER,
			policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_TREASURER,
			policyv1.Role_ROLE_PROTECTION_OFFICER, policyv1.Role_ROLE_AUDITOR, policyv1.Role_ROLE_OPERATOR,
		},
	}
}

// bringing is the table for a method to which a service brings people who hold its roles,
// and no others.
func bringing(service string, roles []policyv1.Role) fronts { return fronts{service: roles} }

// brought are those of roles that a front may bring.
func (f fronts) brought(front string, roles []policyv1.Role) []policyv1.Role {
	var list []policyv1.Role
	for _, r := range roles {
		if slices.Contains(f[front], r) {
			list = append(list, r)
		}
	}
	return list
}
