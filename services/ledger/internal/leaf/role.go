package leaf

import "slices"

// Role is what a grant lets somebody do. The numbers are those of the contract's
// Role and part of the format; a reader takes one that has no name here as one that
// allows nothing.
type Role uint8

// The roles of people who work for the fund.
const (
	Caseworker Role = iota + 6
	Verifier
	Approver
	Treasurer
	ProtectionOfficer
	Auditor
	Operator
)

// roleNames has a name for each number that is a role of people who work for the fund.
var roleNames = []string{
	Caseworker: "CASEWORKER", Verifier: "VERIFIER", Approver: "APPROVER", Treasurer: "TREASURER",
	ProtectionOfficer: "PROTECTION_OFFICER", Auditor: "AUDITOR", Operator: "OPERATOR",
}

// String returns the name of the role as the API spells it.
func (r Role) String() string {
	if int(r) >= len(roleNames) || roleNames[r] == "" {
		return "UNSPECIFIED"
	}
	return roleNames[r]
}

// ParseRole finds a role by its name.
func ParseRole(name string) (Role, bool) {
	if name == "" {
		return 0, false
	}
	i := slices.Index(roleNames, name)
	return Role(max(i, 0)), i > 0
}
