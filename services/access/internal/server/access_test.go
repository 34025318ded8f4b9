package server_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAServiceLearnsWhoAnIdentityIs(t *testing.T) {
	t.Parallel()
	b := founded(t)
	name := b.grant("ada", policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
	got, err := b.resolve("ada")
	if err != nil {
		t.Fatal(err)
	}
	if got.GetPerson() != name || got.GetFrozen() {
		t.Errorf("person %s, frozen %t", got.GetPerson(), got.GetFrozen())
	}
	want := []policyv1.Role{policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_TREASURER}
	if diff := cmp.Diff(want, got.GetRoles()); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
}

// A role that was just granted is told with its rest, one that was renewed without.
func TestAServiceLearnsWhichRolesRest(t *testing.T) {
	t.Parallel()
	b := founded(t)
	b.grant("ada", policyv1.Role_ROLE_TREASURER)
	resting := func() []policyv1.Role {
		got, err := b.resolve("ada")
		if err != nil {
			t.Fatal(err)
		}
		return got.GetRestingRoles()
	}
	if diff := cmp.Diff([]policyv1.Role{policyv1.Role_ROLE_TREASURER}, resting()); diff != "" {
		t.Errorf("on the first day (-want +got):\n%s", diff)
	}
	b.now.advance(7 * 24 * time.Hour)
	b.grant("ada", policyv1.Role_ROLE_APPROVER)
	if diff := cmp.Diff([]policyv1.Role{policyv1.Role_ROLE_APPROVER}, resting()); diff != "" {
		t.Errorf("after seven days (-want +got):\n%s", diff)
	}
}

func TestTheSameSubjectOfAnotherIssuerIsSomebodyElse(t *testing.T) {
	t.Parallel()
	b := founded(t)
	b.grant("ada", policyv1.Role_ROLE_TREASURER)
	_, err := b.service("families").ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Issuer: "https://evil.example", Subject: "ada"})
	if !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("an identity of another issuer: %v", err)
	}
}

func TestSomebodyWithoutARoleIsKnownWithoutRoles(t *testing.T) {
	t.Parallel()
	b := founded(t)
	name := b.enrol("ada")
	if got, err := b.resolve("ada"); err != nil || got.GetPerson() != name || len(got.GetRoles()) > 0 {
		t.Errorf("%v: %v", got, err)
	}
	if _, err := b.resolve("nobody"); !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("nobody: %v", err)
	}
}

func TestOnlyItsCallersMayUseEachInternalMethod(t *testing.T) {
	t.Parallel()
	b := founded(t)
	for _, name := range []string{"", "gateway", "cli", "ledger"} {
		_, err := b.service(name).ListAwake(t.Context(), &accessv1.ListAwakeRequest{})
		if !fault.Is(err, "PERMISSION_DENIED") {
			t.Errorf("%q asks who is awake: %v", name, err)
		}
		_, err = b.service(name).ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{})
		if !fault.Is(err, "PERMISSION_DENIED") {
			t.Errorf("%q asks who somebody is: %v", name, err)
		}
	}
}
