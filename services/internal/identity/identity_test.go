package identity_test

import (
	"context"
	"slices"
	"testing"

	"pgregory.net/rapid"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

func TestNobodyIsInAContextThatCarriesNobody(t *testing.T) {
	t.Parallel()
	c := identity.From(context.Background())
	if c.Service != "" || c.Person != "" || c.Partner != "" || c.Bearer != "" || c.Known != nil || len(c.Roles) > 0 || !c.AuthTime.IsZero() {
		t.Errorf("got %+v", c)
	}
	for role := range policyv1.Role_name {
		if c.Has(policyv1.Role(role)) {
			t.Errorf("nobody holds %v", policyv1.Role(role))
		}
	}
}

func TestAContextCarriesTheCallerThatWasPutInLast(t *testing.T) {
	t.Parallel()
	// Given the gateway's call, for which a person is found behind the token,
	outer := identity.Into(t.Context(), identity.Caller{Service: "gateway"})
	inner := identity.Into(outer, identity.Caller{Service: "gateway", Person: "staff/s_1", Known: 7})
	// then what runs under the inner context sees the person, and nobody else does.
	if c := identity.From(inner); c.Person != "staff/s_1" || c.Known != 7 {
		t.Errorf("inside: %+v", c)
	}
	if c := identity.From(outer); c.Person != "" {
		t.Errorf("outside: %+v", c)
	}
	// A deadline on the way loses nobody.
	bounded, cancel := context.WithCancel(inner)
	cancel()
	if c := identity.From(bounded); c.Person != "staff/s_1" {
		t.Errorf("under another context: %+v", c)
	}
}

func TestACallerHoldsExactlyTheirRoles(t *testing.T) {
	t.Parallel()
	roles := rapid.SliceOf(rapid.Custom(func(t *rapid.T) policyv1.Role {
		return policyv1.Role(rapid.Int32Range(0, int32(len(policyv1.Role_name))).Draw(t, "role"))
	}))
	rapid.Check(t, func(t *rapid.T) {
		held := roles.Draw(t, "roles")
		for role := range policyv1.Role_name {
			if got, want := (identity.Caller{Roles: held}).Has(policyv1.Role(role)), slices.Contains(held, policyv1.Role(role)); got != want {
				t.Fatalf("holding %v: %v is %t", held, policyv1.Role(role), got)
			}
		}
	})
}

// Idempotency keys are kept by subject: two callers, or two kinds of a partner's key,
// must never share one.
func TestTheSubjectIsThePersonThePartnerOrTheService(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]identity.Caller{
		"staff/s_1":                 {Service: "gateway", Person: "staff/s_1"},
		"partners/pt_1/secret":      {Service: "gateway", Partner: "partners/pt_1", Credential: "secret"},
		"partners/pt_1/publishable": {Service: "gateway", Partner: "partners/pt_1", Credential: "publishable"},
		"services/gateway":          {Service: "gateway"},
		"services/families":         {Service: "families"},
		"services/":                 {},
	} {
		if got := c.Subject(); got != want {
			t.Errorf("%+v is %q, want %q", c, got, want)
		}
	}
}
