package server_test

import (
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

func TestIdentitiesAreToldApartAndByTheKey(t *testing.T) {
	t.Parallel()
	seen := map[[32]byte]string{}
	for _, key := range []string{"one", "two"} {
		for _, issuer := range []string{"https://a.example", "https://b.example"} {
			for _, subject := range []string{"x", "y", "x\ny"} {
				d, err := server.NewIdentities([]byte(key)).Digest(issuer, subject)
				if err != nil {
					t.Fatal(err)
				}
				who := key + " " + issuer + " " + subject
				if other, taken := seen[d]; taken {
					t.Errorf("%q is %q", who, other)
				}
				seen[d] = who
			}
		}
	}
	for _, c := range [][2]string{{"", "x"}, {"https://a.example", ""}, {string(make([]byte, 513)), "x"}, {"https://a.example", string(make([]byte, 256))}} {
		if _, err := server.NewIdentities(nil).Digest(c[0], c[1]); !fault.Is(err, "INVALID_FIELD") {
			t.Errorf("%d and %d bytes: %v", len(c[0]), len(c[1]), err)
		}
	}
}

// Who somebody is stands in the leaves; those of a moment ago count too.
func TestTheLedgerKnowsPeopleByTheLeavesInItsOwnTables(t *testing.T) {
	t.Parallel()
	f := setup(t)
	standing := server.NewStanding(f.store, server.Identities{}, func() time.Time { return f.now })
	who := func(subject string) (*ledgerv1.Standing, error) {
		return standing.ResolveIdentity(t.Context(), &ledgerv1.ResolveIdentityRequest{Issuer: "https://id.example", Subject: subject})
	}
	if _, err := who("olga"); !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("in an empty log: %v", err)
	}
	// Given two officers who found the log,
	f.found("olga", "oleg")
	olga, err := who("olga")
	if err != nil || len(olga.GetGrants()) != 1 || olga.GetGrants()[0].GetRole() != policyv1.Role_ROLE_PROTECTION_OFFICER {
		t.Fatalf("%v: %v", olga, err)
	}
	if other, err := standing.ResolveIdentity(t.Context(), &ledgerv1.ResolveIdentityRequest{Issuer: "https://b.example", Subject: "olga"}); err == nil {
		t.Errorf("at another issuer: %v", other)
	}
	// when one of them freezes the other, then that is known at once.
	frozen := posting.Frozen(posting.Freeze{ID: "fz_1", Staff: "s_olga", Until: today, Commitment: make([]byte, 32)}, "s_oleg")
	if _, err := f.in("access", "staff/s_oleg", policyv1.Role_ROLE_PROTECTION_OFFICER).Record(t.Context(), recordOf(frozen)); err != nil {
		t.Fatal(err)
	}
	if olga, err = who("olga"); err != nil || !olga.GetFrozen() {
		t.Errorf("%v: %v", olga, err)
	}
	if caller, err := standing.ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Issuer: "https://id.example", Subject: "olga"}); err != nil || !caller.GetFrozen() || len(caller.GetRoles()) > 0 {
		t.Errorf("%v: %v", caller, err)
	}
	list, err := standing.ListStandings(t.Context(), &ledgerv1.ListStandingsRequest{})
	if err != nil || len(list.GetStandings()) != 2 {
		t.Errorf("%v: %v", list, err)
	}
}

// found founds the log with officers.
func (f *fixture) found(subjects ...string) {
	f.t.Helper()
	req := &ledgerv1.RecordByRuleRequest{}
	for _, subject := range subjects {
		req.Decisions = append(req.Decisions, posting.StaffFounded(posting.Binding{
			Person: "s_" + subject, Issuer: "https://id.example", Subject: subject, Commitment: make([]byte, 32),
		}))
	}
	for _, subject := range subjects {
		req.Decisions = append(req.Decisions, posting.GrantFounded(posting.GrantStep{
			ID: "g_" + subject, Staff: "s_" + subject, Commitment: make([]byte, 32),
			Grant: posting.Grant{Role: "PROTECTION_OFFICER", From: today, Until: today, RestsUntil: today},
		}))
	}
	if _, err := ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: "access"})).RecordByRule(f.t.Context(), req); err != nil {
		f.t.Fatal(err)
	}
}

func TestTheLedgerMakesTheIdentityOfALeafItself(t *testing.T) {
	t.Parallel()
	f := setup(t)
	draft := func(change func(*ledgerv1.StaffContent)) *ledgerv1.RecordRequest {
		d := posting.StaffFounded(posting.Binding{Person: "s_x", Issuer: "https://id.example", Subject: "x", Commitment: make([]byte, 32)})
		change(d.GetContent().GetStaff())
		return recordOf(d)
	}
	client := f.in("access", "staff/s_olga", policyv1.Role_ROLE_PROTECTION_OFFICER)
	for field, change := range map[string]func(*ledgerv1.StaffContent){
		"decisions[0].content.identity": func(s *ledgerv1.StaffContent) { s.Identity = make([]byte, 32) },
		"decisions[0].content.subject":  func(s *ledgerv1.StaffContent) { s.Subject = "" },
		"decisions[0].content.issuer":   func(s *ledgerv1.StaffContent) { s.Issuer = "" },
	} {
		_, err := client.Record(t.Context(), draft(change))
		if v := fault.As(err); v == nil || len(v.Violations) != 1 || v.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	resp, err := client.Record(t.Context(), draft(func(*ledgerv1.StaffContent) {}))
	if err != nil {
		t.Fatal(err)
	}
	if staff := resp.GetDecisions()[0].GetContent().GetStaff(); len(staff.GetIdentity()) != 32 || staff.GetIssuer() != "" || staff.GetSubject() != "" {
		t.Errorf("the leaf says %v", staff)
	}
}
