package rpc_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// holder knows one person with two roles by any bearer.
type holder struct{}

func (holder) Authenticate(context.Context, string) (identity.Caller, error) {
	return identity.Caller{
		Person: "staff/s_1", AuthTime: time.Now(),
		Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_CASEWORKER},
	}, nil
}

// through is a call that a service brings with the holder's token.
func through(t *testing.T, service string) (context.Context, rpc.Options) {
	t.Helper()
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("authorization", "Bearer x"))
	return ctx, rpc.Options{Authenticator: holder{}, Now: time.Now, Peer: func(context.Context) string { return service }}
}

func ofRole(r policyv1.Role) *policyv1.Policy { return &policyv1.Policy{Roles: []policyv1.Role{r}} }

func TestAFrontBringsNoRoleThatIsNotItsOwn(t *testing.T) {
	t.Parallel()
	treasurer, caseworker := policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_CASEWORKER
	// given a front that may bring caseworkers, and a person who is a treasurer, too,
	ctx, o := through(t, "desk")
	// then what treasurers do is shut there,
	if _, err := rpc.Admit(ctx, o, ofRole(treasurer), "desk", caseworker); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a treasurer's call: %v", err)
	}
	// nor does a handler see that role,
	c, err := rpc.Admit(ctx, o, ofRole(caseworker), "desk", caseworker)
	if err != nil || !slices.Equal(c.Roles, []policyv1.Role{caseworker}) {
		t.Errorf("a caseworker's call: %v, %v", c.Roles, err)
	}
	// and a front that may bring both lets both in.
	c, err = rpc.Admit(ctx, o, ofRole(treasurer), "desk", caseworker, treasurer)
	if err != nil || len(c.Roles) != 2 {
		t.Errorf("with the table off: %v, %v", c.Roles, err)
	}
	// What anybody may call is not for a front that brings staff alone.
	if _, err := rpc.Admit(ctx, o, ofRole(policyv1.Role_ROLE_ANYONE), "desk", caseworker); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a stranger's call: %v", err)
	}
}

func TestTheGatewayBringsEveryRoleAndNobodyElseAny(t *testing.T) {
	t.Parallel()
	for number := range policyv1.Role_name {
		role := policyv1.Role(number)
		if role == policyv1.Role_ROLE_UNSPECIFIED {
			continue
		}
		ctx, o := through(t, "gateway")
		_, err := rpc.Admit(ctx, o, &policyv1.Policy{Roles: []policyv1.Role{role, policyv1.Role_ROLE_TREASURER}}, "gateway")
		if err != nil {
			t.Errorf("%s through the gateway: %v", role, err)
		}
		ctx, o = through(t, "donations")
		if _, err := rpc.Admit(ctx, o, ofRole(role), "donations"); !fault.Is(err, "PERMISSION_DENIED") {
			t.Errorf("%s through donations: %v", role, err)
		}
	}
}

// A service that may bring people to one method brings nobody to another, and only roles
// that this method is for; with the option off it brings nobody at all.
func TestAServiceBringsPeopleOnlyWhereTheMethodSaysSo(t *testing.T) {
	t.Parallel()
	treasurer := policyv1.Role_ROLE_TREASURER
	ctx, o := through(t, "donations")
	named := ofRole(treasurer)
	named.Bringers = []string{"donations"}
	c, err := rpc.Admit(ctx, o, named, "")
	if err != nil || !slices.Equal(c.Roles, []policyv1.Role{treasurer}) || c.Person == "" {
		t.Errorf("a treasurer's call: %v, %v", c, err)
	}
	for name, p := range map[string]*policyv1.Policy{
		"a method that does not say so": ofRole(treasurer),
		"one for other services":        {Roles: named.GetRoles(), Bringers: []string{"families"}},
		"one for other roles":           {Roles: []policyv1.Role{policyv1.Role_ROLE_APPROVER}, Bringers: named.GetBringers()},
	} {
		if _, err := rpc.Admit(ctx, o, p, ""); !fault.Is(err, "PERMISSION_DENIED") {
			t.Errorf("%s let the call in", name)
		}
	}
	// Without anybody's token its certificate opens nothing.
	if _, err := rpc.Admit(t.Context(), o, named, ""); err == nil {
		t.Error("the certificate alone let the call in")
	}
}
