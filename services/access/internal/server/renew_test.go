package server_test

import (
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const week = 7 * 24 * time.Hour

// fund makes a bench of a fund of five: kasia and karl on the case desk, olga, oleg and
// tom on the money desk, two of whom found it as officers.
func fund(t *testing.T) *bench {
	t.Helper()
	b := founded(t)
	for _, s := range []string{"kasia", "karl"} {
		b.grant(s, caseworker, verifier)
	}
	b.grant("tom", approver, treasurer)
	for subject, other := range map[string]string{olga: oleg, oleg: olga} {
		for _, role := range []policyv1.Role{approver, treasurer} {
			g, err := b.propose(other, b.self(subject).GetName(), role)
			if err != nil {
				t.Fatal(err)
			}
			for _, by := range []string{"kasia", "tom"} {
				if _, err := b.confirm(by, g.GetName(), subject); err != nil {
					t.Fatalf("%s confirms for %s: %v", by, subject, err)
				}
			}
		}
	}
	b.now.advance(week)
	return b
}

func TestAGrantInForceIsRenewedBeforeItsEndWithoutARest(t *testing.T) {
	t.Parallel()
	b := founded(t)
	ada := b.grant("ada", treasurer)
	first := b.self("ada").GetGrants()[0]
	if _, err := b.propose(olga, ada, treasurer); !fault.Is(err, "ROLE_HELD") {
		t.Errorf("renewed after a day: %v", err)
	}
	b.now.advance(140 * 24 * time.Hour)
	g, err := b.propose(olga, ada, treasurer)
	if err == nil {
		g, err = b.confirm(oleg, g.GetName(), "ada")
	}
	if err != nil || g.GetRestsUntil() != g.GetFrom() || g.GetUntil() <= first.GetUntil() {
		t.Fatalf("%v: %v", g, err)
	}
	if got := b.roles("ada"); len(got) != 1 {
		t.Errorf("held twice it is %v", got)
	}
	// Its end is that of the new one.
	b.now.advance(42 * 24 * time.Hour)
	if got := b.roles("ada"); len(got) != 1 {
		t.Errorf("after the end of the first it gives %v", got)
	}
}

func TestWhatStillRestsRestsOnWhenItIsRenewed(t *testing.T) {
	t.Parallel()
	b := founded(t)
	ada := b.grant("ada", treasurer)
	b.exec(`UPDATE role_grants SET until_day = from_day + 50 WHERE staff_id = $1`, ada[len("staff/"):])
	b.now.advance(24 * time.Hour)
	first := b.self("ada").GetGrants()[0]
	g, err := b.propose(olga, ada, treasurer)
	if err != nil || g.GetRestsUntil() != first.GetRestsUntil() {
		t.Errorf("%v: %v", g, err)
	}
}

func TestEverybodyIsToldWhatHappensAndOnceWhatEnds(t *testing.T) {
	t.Parallel()
	b := founded(t)
	ada := b.grant("ada", treasurer)
	b.now.advance(155 * 24 * time.Hour)
	// Given that the task has run twice,
	for range 2 {
		if err := b.server.Tasks()[0].Do(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// when a colleague reads the announcements,
	list, err := b.person("ada").ListAnnouncements(t.Context(), &accessv1.ListAnnouncementsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	// then each thing stands there once, the newest first, and the end in their own view.
	kinds := map[string]int{}
	for _, a := range list.GetAnnouncements() {
		if a.GetStaff() == ada {
			kinds[a.GetKind().String()]++
		}
	}
	for _, kind := range []string{"ENROLLED", "ROLE_PROPOSED", "ROLE_GRANTED", "ROLE_ENDING"} {
		if kinds["ANNOUNCEMENT_KIND_"+kind] != 1 {
			t.Errorf("%s was announced %d times", kind, kinds["ANNOUNCEMENT_KIND_"+kind])
		}
	}
	if list.GetAnnouncements()[0].GetKind() != accessv1.AnnouncementKind_ANNOUNCEMENT_KIND_ROLE_ENDING {
		t.Errorf("the newest is %v", list.GetAnnouncements()[0])
	}
	if r := b.self("ada").GetReminders(); len(r) != 1 || r[0].GetRole() != treasurer {
		t.Errorf("reminders %v", r)
	}
	b.grant("auditor", policyv1.Role_ROLE_AUDITOR)
	if _, err := b.person("auditor").ListAnnouncements(t.Context(), &accessv1.ListAnnouncementsRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("an auditor reads them: %v", err)
	}
}

// Everybody's grants ended on one day, and nobody noticed.
func TestOfficersWhoseGrantsEndedStillGrantForAMonthAndDoNothingElse(t *testing.T) {
	t.Parallel()
	b := fund(t)
	olgas, toms := b.self(olga), b.self("tom").GetName()
	b.now.advance(190 * 24 * time.Hour)
	if got := b.roles(olga); len(got) > 0 {
		t.Fatalf("olga is %v", got)
	}
	g, err := b.propose(oleg, olgas.GetName(), officer)
	if err != nil {
		t.Fatalf("a lapsed officer proposes: %v", err)
	}
	if _, err := b.revoke(oleg, g.GetName()); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a lapsed officer revokes: %v", err)
	}
	if _, err := b.freeze(oleg, toms); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a lapsed officer freezes: %v", err)
	}
	g, err = b.propose(olga, toms, treasurer)
	if err == nil {
		g, err = b.confirm(oleg, g.GetName(), "tom")
	}
	if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_CONFIRMED || len(b.roles("tom")) != 1 {
		t.Errorf("%v: %v", g, err)
	}
	b.now.advance(30 * 24 * time.Hour)
	if _, err := b.propose(olga, toms, approver); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("after a month: %v", err)
	}
}

func TestWhereOneOfficerIsThereColleaguesOfBothDesksGrant(t *testing.T) {
	t.Parallel()
	b := fund(t)
	b.away(oleg)
	g, err := b.propose("kasia", b.self("tom").GetName(), officer)
	if err != nil {
		t.Fatal(err)
	}
	// One officer does not confirm what a colleague proposed alone.
	g, err = b.confirm(olga, g.GetName(), "tom")
	if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_PROPOSED {
		t.Fatalf("%v: %v", g, err)
	}
	g, err = b.confirm("karl", g.GetName(), "tom")
	if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_CONFIRMED {
		t.Errorf("%v: %v", g, err)
	}
	if _, err := b.propose("kasia", b.enrol("new"), caseworker); err != nil {
		t.Errorf("a newcomer: %v", err)
	}
}

func TestNobodyTakesTheLastRoleWithoutWhichNothingCouldBeGranted(t *testing.T) {
	t.Parallel()
	b := founded(t)
	name := b.self(oleg).GetGrants()[0].GetName()
	if _, err := b.revoke(olga, name); !fault.Is(err, "NOBODY_COULD_GRANT") {
		t.Errorf("one of two officers: %v", err)
	}
	full := fund(t)
	for _, g := range full.self(oleg).GetGrants() {
		if g.GetRole() != officer {
			continue
		}
		for _, by := range []string{olga, "kasia"} {
			if _, err := full.revoke(by, g.GetName()); err != nil {
				t.Errorf("colleagues of both desks could grant: %v", err)
			}
		}
	}
	if _, err := full.propose("kasia", full.self(oleg).GetName(), officer); err != nil {
		t.Errorf("the way back: %v", err)
	}
}
