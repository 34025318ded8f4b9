package staff

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Role is what a member of staff may be granted. The zero Role is invalid.
type Role string

// The roles, as docs/access.md describes them.
const (
	Caseworker        Role = "CASEWORKER"
	Approver          Role = "APPROVER"
	Treasurer         Role = "TREASURER"
	ProtectionOfficer Role = "PROTECTION_OFFICER"
	Auditor           Role = "AUDITOR"
	Operator          Role = "OPERATOR"
)

// Roles returns all roles in the order in which answers list them.
func Roles() []Role {
	return []Role{Caseworker, Approver, Treasurer, ProtectionOfficer, Auditor, Operator}
}

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Compatible reports whether one person may hold both roles at one time. Who
// works on a case does not approve it, and who runs the machines touches
// neither money nor people. The database checks the same in the trigger
// role_grants_compatible.
func Compatible(a, b Role) bool {
	switch {
	case a == b:
		return true
	case a == Operator || b == Operator:
		return false
	default:
		return !(a == Caseworker && b == Approver || a == Approver && b == Caseworker)
	}
}

// CheckTogether refuses roles of which any two may not be held by one person.
func CheckTogether(roles []Role) error {
	for i, a := range roles {
		for _, b := range roles[i+1:] {
			if !Compatible(a, b) {
				return Incompatible()
			}
		}
	}
	return nil
}

// Incompatible is the fault of roles that one person may not hold together.
func Incompatible() *fault.Fault {
	return fault.New(fault.Precondition, "ROLES_INCOMPATIBLE",
		"One person may not hold these roles together.")
}
