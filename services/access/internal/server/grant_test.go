package server_test

import (
	"strings"
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	caseworker = policyv1.Role_ROLE_CASEWORKER
	verifier   = policyv1.Role_ROLE_VERIFIER
	approver   = policyv1.Role_ROLE_APPROVER
	treasurer  = policyv1.Role_ROLE_TREASURER
	officer    = policyv1.Role_ROLE_PROTECTION_OFFICER
)

func TestARoleIsProposedByOneOfficerAndConfirmedByAnother(t *testing.T) {
	t.Parallel()
	b := founded(t)
	// Given a proposal, which gives nothing,
	ada := b.enrol("ada")
	g, err := b.propose(olga, ada, treasurer)
	if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_PROPOSED || len(g.GetLeafSequences()) != 1 || len(b.roles("ada")) > 0 {
		t.Fatalf("%v: %v", g, err)
	}
	again, err := b.propose(olga, ada, treasurer)
	if err != nil || again.GetName() != g.GetName() {
		t.Errorf("the same proposal again: %v, %v", again, err)
	}
	// when another officer confirms it,
	g, err = b.confirm(oleg, g.GetName(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	// then it is in force, rests a week, and carries its leaves.
	from := b.now.Now().UTC()
	if g.GetState() != accessv1.GrantState_GRANT_STATE_CONFIRMED || len(g.GetLeafSequences()) != 2 || len(g.GetConfirmers()) != 1 ||
		g.GetUntil() != from.AddDate(0, 0, 180).Format(time.DateOnly) || g.GetRestsUntil() != from.AddDate(0, 0, 7).Format(time.DateOnly) {
		t.Errorf("%v", g)
	}
	if got := b.roles("ada"); len(got) != 1 || got[0] != treasurer {
		t.Errorf("roles %v", got)
	}
	if _, err := b.confirm(oleg, g.GetName(), "ada"); err != nil {
		t.Errorf("confirming again: %v", err)
	}
}

func TestWhatMayNotBeGrantedIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	b := founded(t)
	ada, kim := b.grant("ada", treasurer), b.grant("kim", caseworker)
	open, err := b.propose(olga, kim, verifier)
	if err != nil {
		t.Fatal(err)
	}
	self, _ := b.person(olga).GetSelf(t.Context(), &accessv1.GetSelfRequest{})
	for name, c := range map[string]struct {
		call func() (*accessv1.Grant, error)
		want string
	}{
		"a role of one's own":           {func() (*accessv1.Grant, error) { return b.propose(olga, self.GetName(), treasurer) }, "SAME_PERSON"},
		"a role that is held":           {func() (*accessv1.Grant, error) { return b.propose(olga, ada, treasurer) }, "ROLE_HELD"},
		"the other desk":                {func() (*accessv1.Grant, error) { return b.propose(olga, ada, verifier) }, "ROLES_INCOMPATIBLE"},
		"the machines too":              {func() (*accessv1.Grant, error) { return b.propose(olga, ada, policyv1.Role_ROLE_OPERATOR) }, "ROLES_INCOMPATIBLE"},
		"an auditor who works":          {func() (*accessv1.Grant, error) { return b.propose(olga, ada, policyv1.Role_ROLE_AUDITOR) }, "ROLES_INCOMPATIBLE"},
		"what is proposed":              {func() (*accessv1.Grant, error) { return b.propose(oleg, kim, verifier) }, "GRANT_PENDING"},
		"no role of staff":              {func() (*accessv1.Grant, error) { return b.propose(olga, ada, policyv1.Role_ROLE_DONOR) }, "INVALID_FIELD"},
		"nobody":                        {func() (*accessv1.Grant, error) { return b.propose(olga, "staff/s_nobody", treasurer) }, "NOT_FOUND"},
		"proposed by a treasurer":       {func() (*accessv1.Grant, error) { return b.propose("ada", kim, verifier) }, "OFFICERS_AWAKE"},
		"confirmed by a colleague":      {func() (*accessv1.Grant, error) { return b.confirm("ada", open.GetName(), "kim") }, "OFFICERS_AWAKE"},
		"confirmed by who proposed it":  {func() (*accessv1.Grant, error) { return b.confirm(olga, open.GetName(), "kim") }, "SAME_PERSON"},
		"confirmed by who gets it":      {func() (*accessv1.Grant, error) { return b.confirm("kim", open.GetName(), "kim") }, "SAME_PERSON"},
		"confirmed for somebody else":   {func() (*accessv1.Grant, error) { return b.confirm(oleg, open.GetName(), "ada") }, "INVALID_FIELD"},
		"confirmed for nobody in words": {func() (*accessv1.Grant, error) { return b.confirm(oleg, open.GetName(), "") }, "INVALID_FIELD"},
		"confirmed, but never proposed": {func() (*accessv1.Grant, error) { return b.confirm(oleg, kim+"/grants/g_none", "kim") }, "NOT_FOUND"},
	} {
		if g, err := c.call(); !fault.Is(err, c.want) {
			t.Errorf("%s: %v, %v, want %s", name, g, err, c.want)
		}
	}
}

func TestTwoColleaguesOfDifferentDesksConfirmInTheirOwnNames(t *testing.T) {
	t.Parallel()
	b := founded(t)
	b.grant("vera", verifier)
	b.grant("cora", caseworker)
	b.grant("tom", treasurer)
	b.away(oleg)
	g, err := b.propose(olga, b.enrol("ada"), approver)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"vera", "cora"} {
		if g, err = b.confirm(by, g.GetName(), "ada"); err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_PROPOSED {
			t.Fatalf("confirmed by %s of the case desk: %v, %v", by, g, err)
		}
	}
	if got := b.roles("ada"); len(got) > 0 {
		t.Errorf("one desk gives %v", got)
	}
	g, err = b.confirm("tom", g.GetName(), "ada")
	if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_CONFIRMED || len(g.GetConfirmers()) != 3 {
		t.Errorf("%v: %v", g, err)
	}
	if got := b.roles("ada"); len(got) != 1 {
		t.Errorf("both desks give %v", got)
	}
}

func TestTheRestIsWaivedInTheFirstWeekAndWhileNobodyIsAwakeInTheRole(t *testing.T) {
	t.Parallel()
	b := founded(t)
	early := b.enrol("early")
	if g, err := b.person(olga).ProposeGrant(t.Context(), &accessv1.ProposeGrantRequest{Parent: early, Role: caseworker, WaiveRest: true}); err != nil || g.GetRestsUntil() != g.GetFrom() {
		t.Errorf("in the first week: %v, %v", g, err)
	}
	b.now.advance(8 * 24 * time.Hour)
	ada, bob := b.enrol("ada"), b.enrol("bob")
	waived := func(person string) (*accessv1.Grant, error) {
		return b.person(olga).ProposeGrant(t.Context(), &accessv1.ProposeGrantRequest{Parent: person, Role: treasurer, WaiveRest: true})
	}
	g, err := waived(ada)
	if err != nil || g.GetRestsUntil() != g.GetFrom() {
		t.Fatalf("the first treasurer: %v, %v", g, err)
	}
	if _, err := b.confirm(oleg, g.GetName(), "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := waived(bob); !fault.Is(err, "REST_NOT_WAIVABLE") {
		t.Errorf("the second treasurer: %v", err)
	}
	b.away("ada")
	if g, err := waived(bob); err != nil || g.GetRestsUntil() != g.GetFrom() {
		t.Errorf("the second one while the first is away: %v, %v", g, err)
	}
}

func TestARevokedRoleIsGoneAndForGood(t *testing.T) {
	t.Parallel()
	b := founded(t)
	ada := b.grant("ada", treasurer)
	self, err := b.person("ada").GetSelf(t.Context(), &accessv1.GetSelfRequest{})
	if err != nil {
		t.Fatal(err)
	}
	name := self.GetGrants()[0].GetName()
	g, err := b.revoke("ada", name)
	if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_CONFIRMED || len(g.GetRevokers()) != 1 || len(b.roles("ada")) != 1 {
		t.Errorf("one colleague takes it: %v: %v", g, err)
	}
	g, err = b.revoke(oleg, name)
	if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_REVOKED || len(g.GetLeafSequences()) != 4 {
		t.Errorf("an officer, too: %v: %v", g, err)
	}
	if got := b.roles("ada"); len(got) > 0 {
		t.Errorf("it gives %v", got)
	}
	if _, err := b.confirm(oleg, name, "ada"); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("confirmed after it was revoked: %v", err)
	}
	// The row set back by hand does not bring it back.
	b.exec(`UPDATE role_grants SET state = 'CONFIRMED', revoked_at = NULL WHERE staff_id = $1`, strings.TrimPrefix(ada, "staff/"))
	b.now.advance(time.Minute)
	if got := b.roles("ada"); len(got) > 0 {
		t.Errorf("set back by hand it gives %v", got)
	}
}

// With the ledger down people can still be frozen, by whom it has answered about
// before; the leaf follows.
func TestAFreezeActsWithoutTheLedgerAndItsLeafFollows(t *testing.T) {
	t.Parallel()
	b := founded(t)
	ada := b.grant("ada", treasurer)
	b.roles(oleg)
	b.roles("ada")
	before := len(b.ledger.Decisions())
	b.ledger.Down(true)
	b.now.advance(10 * time.Minute)

	if _, err := b.freeze(oleg, ada); err != nil {
		t.Errorf("freeze: %v", err)
	}
	if got, err := b.resolve("ada"); err != nil || !got.GetFrozen() || len(got.GetRoles()) > 0 {
		t.Errorf("%v: %v", got, err)
	}
	if _, err := b.propose(olga, ada, approver); err == nil {
		t.Error("a role is proposed without the ledger")
	}

	b.ledger.Down(false)
	dutytest.Drain(t, b.db, b.server.Duties()...)
	after := b.ledger.Decisions()[before:]
	if len(after) != 1 || after[0].GetPerson() != "" {
		t.Errorf("leaves that followed: %v", after)
	}
	dutytest.Drain(t, b.db, b.server.Duties()...)
	if again := len(b.ledger.Decisions()) - before; again != 1 {
		t.Errorf("%d leaves after a second look", again)
	}
}
