package staff

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Role is what a member of staff may be granted. The zero Role is invalid.
type Role string

// The roles, in the order of the contract.
const (
	Caseworker        Role = "CASEWORKER"
	Verifier          Role = "VERIFIER"
	Approver          Role = "APPROVER"
	Treasurer         Role = "TREASURER"
	ProtectionOfficer Role = "PROTECTION_OFFICER"
	Auditor           Role = "AUDITOR"
	Operator          Role = "OPERATOR"
)

// Roles returns all roles in the order in which answers list them.
func Roles() []Role {
	return []Role{Caseworker, Verifier, Approver, Treasurer, ProtectionOfficer, Auditor, Operator}
}

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool { return slices.Contains(Roles(), r) }

// Desk is where a role works: the case desk sees people and never money's way, the
// money desk money and pseudonyms. The zero Desk is that of roles which belong to
// none.
type Desk string

// The two desks.
const (
	CaseDesk  Desk = "CASE"
	MoneyDesk Desk = "MONEY"
)

// Desk returns the desk that a role belongs to.
func (r Role) Desk() Desk {
	switch r {
	case Caseworker, Verifier:
		return CaseDesk
	case Approver, Treasurer:
		return MoneyDesk
	default:
		return ""
	}
}

// Compatible reports whether one person may hold both roles at one time. Nobody
// sits at both desks; who runs the machines touches neither money nor people, and
// who audits does nothing else. A protection officer may sit at one desk. The
// database checks the same in the trigger role_grants_compatible.
func Compatible(a, b Role) bool {
	alone := func(r Role) bool { return r == Operator || r == Auditor }
	switch {
	case a == b:
		return true
	case alone(a) || alone(b):
		return false
	default:
		return a.Desk() == "" || b.Desk() == "" || a.Desk() == b.Desk()
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
	return fault.New(fault.Precondition, fault.ReasonRolesIncompatible,
		"One person may not hold these roles together.")
}
