package staff_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestRolesThatOnePersonMayHoldTogether(t *testing.T) {
	t.Parallel()
	const (
		yes = true
		no  = false
	)
	order := []staff.Role{staff.Caseworker, staff.Verifier, staff.Approver, staff.Treasurer, staff.ProtectionOfficer, staff.Auditor, staff.Operator}
	want := [][]bool{
		{yes, yes, no, no, yes, no, no},
		{yes, yes, no, no, yes, no, no},
		{no, no, yes, yes, yes, no, no},
		{no, no, yes, yes, yes, no, no},
		{yes, yes, yes, yes, yes, no, no},
		{no, no, no, no, no, yes, no},
		{no, no, no, no, no, no, yes},
	}
	for i, a := range order {
		for j, b := range order {
			if got := staff.Compatible(a, b); got != want[i][j] {
				t.Errorf("Compatible(%s, %s) = %t", a, b, got)
			}
		}
	}
}

func TestOneWrongPairSpoilsTheWholeSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SliceOfDistinct(rapid.SampledFrom(staff.Roles()), rapid.ID[staff.Role]).Draw(t, "roles")
		allowed := true
		for _, a := range set {
			for _, b := range set {
				allowed = allowed && staff.Compatible(a, b)
			}
		}
		err := staff.CheckTogether(set)
		if (err == nil) != allowed {
			t.Fatalf("CheckTogether(%v) = %v", set, err)
		}
		if err != nil && !fault.Is(err, "ROLES_INCOMPATIBLE") {
			t.Fatalf("the fault is %v", err)
		}
	})
}

func TestTheZeroRoleIsNone(t *testing.T) {
	t.Parallel()
	for _, r := range []staff.Role{"", "ANYONE", "PARTNER", "DONOR", "caseworker"} {
		if r.Valid() {
			t.Errorf("%q is taken for a role of staff", r)
		}
	}
}
