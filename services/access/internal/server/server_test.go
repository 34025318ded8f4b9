package server_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/server"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

const issuer = "https://id.example"

// bench is an access service of the test's own.
type bench struct {
	*rpctest.Bench
	t *testing.T
}

func newBench(t *testing.T, development bool) bench {
	t.Helper()
	s := server.New(server.Options{
		Store:      store.New(postgrestest.New(t, store.Migrations()), dutytest.Queue(t)),
		Identities: staff.NewIdentities([]byte("a secret of the test")),
		Pager:      page.New([]byte("another")),
		Now:        time.Now, Development: development,
	})
	return bench{t: t, Bench: rpctest.New(t, func(g *grpc.Server) {
		accessv1.RegisterAccessServiceServer(g, s)
		accessv1.RegisterStaffServiceServer(g, s)
	})}
}

// service is the client of another service.
func (b bench) service(name string) accessv1.AccessServiceClient {
	return accessv1.NewAccessServiceClient(b.As(identity.Caller{Service: name}))
}

// person is the client of somebody who signed in.
func (b bench) person(name string, roles ...policyv1.Role) accessv1.StaffServiceClient {
	return accessv1.NewStaffServiceClient(b.As(identity.Caller{Service: "gateway", Person: name, Roles: roles}))
}

// mint grants roles to a made-up person and returns the pseudonym.
func (b bench) mint(subject string, roles ...policyv1.Role) string {
	b.t.Helper()
	resp, err := b.service("cli").MintDevelopmentGrant(b.t.Context(), &accessv1.MintDevelopmentGrantRequest{
		Issuer: issuer, Subject: subject, Roles: roles,
	})
	if err != nil {
		b.t.Fatalf("mint for %s: %v", subject, err)
	}
	return resp.GetStaff().GetName()
}

func TestAServiceLearnsWhoAnIdentityIs(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	name := b.mint("ada", policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
	got, err := b.service("families").ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Issuer: issuer, Subject: "ada"})
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

func TestTheSameSubjectOfAnotherIssuerIsSomebodyElse(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	b.mint("ada", policyv1.Role_ROLE_TREASURER)
	_, err := b.service("families").ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Issuer: "https://evil.example", Subject: "ada"})
	if !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("an identity of another issuer: %v", err)
	}
}

func TestNobodyMintsGrantsOutsideDevelopment(t *testing.T) {
	t.Parallel()
	b := newBench(t, false)
	_, err := b.service("cli").MintDevelopmentGrant(t.Context(), &accessv1.MintDevelopmentGrantRequest{
		Issuer: issuer, Subject: "ada", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER},
	})
	if !fault.Is(err, "DEVELOPMENT_ONLY") {
		t.Errorf("mint in production: %v", err)
	}
}

func TestOnlyItsCallersMayUseEachInternalMethod(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	for _, name := range []string{"", "gateway", "families", "ledger"} {
		_, err := b.service(name).MintDevelopmentGrant(t.Context(), &accessv1.MintDevelopmentGrantRequest{})
		if !fault.Is(err, "PERMISSION_DENIED") {
			t.Errorf("%q mints a grant: %v", name, err)
		}
	}
	for _, name := range []string{"", "gateway", "cli", "ledger"} {
		_, err := b.service(name).DrawPerson(t.Context(), &accessv1.DrawPersonRequest{})
		if !fault.Is(err, "PERMISSION_DENIED") {
			t.Errorf("%q draws a person: %v", name, err)
		}
	}
}

func TestWrongMintRequestsNameTheField(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	treasurer := []policyv1.Role{policyv1.Role_ROLE_TREASURER}
	for field, req := range map[string]*accessv1.MintDevelopmentGrantRequest{
		"issuer":   {Subject: "ada", Roles: treasurer},
		"subject":  {Issuer: issuer, Roles: treasurer},
		"roles":    {Issuer: issuer, Subject: "ada"},
		"roles[1]": {Issuer: issuer, Subject: "ada", Roles: append(treasurer, policyv1.Role_ROLE_PARTNER)},
	} {
		_, err := b.service("cli").MintDevelopmentGrant(t.Context(), req)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestTheLotFallsOnEverybodyButTheExcluded(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	worked := b.mint("worked on it", policyv1.Role_ROLE_APPROVER)
	left := map[string]bool{b.mint("one", policyv1.Role_ROLE_APPROVER): true, b.mint("two", policyv1.Role_ROLE_APPROVER): true}
	b.mint("no approver", policyv1.Role_ROLE_CASEWORKER)
	drawn := map[string]bool{}
	for range 40 { // both come up but once in 2^39
		resp, err := b.service("families").DrawPerson(t.Context(), &accessv1.DrawPersonRequest{
			Role: policyv1.Role_ROLE_APPROVER, Exclude: []string{worked},
		})
		if err != nil {
			t.Fatal(err)
		}
		drawn[resp.GetPerson()] = true
	}
	if diff := cmp.Diff(left, drawn); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
}

func TestADrawWithNobodyLeftIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	only := b.mint("only", policyv1.Role_ROLE_APPROVER)
	_, err := b.service("disbursements").DrawPerson(t.Context(), &accessv1.DrawPersonRequest{
		Role: policyv1.Role_ROLE_APPROVER, Exclude: []string{only},
	})
	if !fault.Is(err, "NOBODY_AVAILABLE") {
		t.Errorf("nobody left: %v", err)
	}
	for field, req := range map[string]*accessv1.DrawPersonRequest{
		"role":       {Role: policyv1.Role_ROLE_ANYONE},
		"exclude[0]": {Role: policyv1.Role_ROLE_APPROVER, Exclude: []string{"families/f_1"}},
	} {
		_, err := b.service("families").DrawPerson(t.Context(), req)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
