package server_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// grant gives somebody a role for half a year, by the word of two officers; the first
// one founds the log.
func (f *fixture) grant(person string, role leaf.Role) {
	f.t.Helper()
	today := leaf.DayOf(f.now)
	step := func(kind leaf.DecisionKind, by string) book.Decision {
		name := fmt.Sprintf("%s/grants/g_%d", person, role)
		return book.Decision{
			Reference: fmt.Sprintf("%s/%d/%s", name, kind, by), Kind: kind, Resource: name, Person: by, Day: today,
			Content: &leaf.Grant{Subject: person, Role: role, From: today, Until: today + 180, RestsUntil: today},
		}
	}
	f.decide(step(leaf.DecisionGrantProposed, "staff/s_o1"))
	f.decide(step(leaf.DecisionGrantConfirmed, "staff/s_o2"))
}

func (f *fixture) revoke(person string, role leaf.Role) {
	f.t.Helper()
	name := fmt.Sprintf("%s/grants/g_%d", person, role)
	for _, by := range []string{"staff/s_o1", "staff/s_o2"} {
		f.decide(book.Decision{
			Reference: name + "/revoked/" + by, Kind: leaf.DecisionGrantRevoked, Resource: name, Person: by, Day: leaf.DayOf(f.now),
			Content: &leaf.Revocation{Subject: person, Role: role},
		})
	}
}

// officers found the log.
func (f *fixture) officers() {
	f.t.Helper()
	var founding []book.Decision
	for i, person := range []string{"staff/s_o1", "staff/s_o2"} {
		founding = append(founding, book.Decision{
			Reference: person + "/founded", Kind: leaf.DecisionGrantConfirmed, Resource: fmt.Sprintf("%s/grants/g_%d", person, i), Day: leaf.DayOf(f.now),
			Content: &leaf.Grant{Subject: person, Role: leaf.ProtectionOfficer, From: leaf.DayOf(f.now), Until: leaf.DayOf(f.now) + 180, RestsUntil: leaf.DayOf(f.now)},
		})
	}
	f.decide(founding...)
}

// decide books decisions in books that ask for roles.
func (f *fixture) decide(decisions ...book.Decision) {
	f.t.Helper()
	u, err := book.NewUnit(decisions, nil, leaf.DayOf(f.now))
	if err != nil {
		f.t.Fatal(err)
	}
	outcomes, _, err := f.proven().Batch(f.t.Context(), []book.Unit{u}, store.Memory{})
	if err != nil || outcomes[0].Err != nil {
		f.t.Fatalf("record: %v, %v", outcomes, err)
	}
}

// proven is the store whose books ask by which grants somebody decides.
func (f *fixture) proven() *store.Store {
	f.t.Helper()
	s, err := store.Open(f.t.Context(), f.db, "main")
	if err != nil {
		f.t.Fatal(err)
	}
	return s
}

// proposedBy is an opening balance that somebody has proposed who has the role.
func (f *fixture) proposedBy(person string) (string, error) {
	f.t.Helper()
	today := leaf.DayOf(f.now)
	return store.NewAdjustments(f.proven(), server.AdjustmentDraft).Propose(f.t.Context(), adjustment.Adjustment{
		ID: resource.NewID(resource.KindAdjustment), Kind: adjustment.OpeningBalance, Debit: "equity:opening", Credit: "fund:general:available",
		Amount: postingtest.EUR(100), OccurredOn: today, Evidence: [32]byte{1}, State: adjustment.Proposed, Proposer: person, ProposedOn: today,
	})
}

// Somebody who was stopped after their decision books nothing by it: the adjustment ends,
// says why, and nothing waits for it.
func TestWhatSomebodyProposedWhoWasStoppedIsNotBooked(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.officers()
	f.grant("staff/s_a", leaf.Approver)
	for person, c := range map[string]struct {
		s    *store.Store
		want adjustment.State
	}{
		"staff/s_with":    {f.proven(), adjustment.Refused},
		"staff/s_without": {f.proven().WithoutRoles(), adjustment.Booked},
	} {
		// Given an adjustment whose proposer was stopped since,
		f.grant(person, leaf.Treasurer)
		id, err := f.proposedBy(person)
		if err != nil {
			t.Fatal(err)
		}
		f.revoke(person, leaf.Treasurer)
		// when it is approved,
		s := store.NewAdjustments(c.s, server.AdjustmentDraft)
		if err := s.Approve(t.Context(), id, "staff/s_a", leaf.DayOf(f.now)); err != nil {
			t.Errorf("%s: %v", person, err)
		}
		// then it is refused for good and says why; without the protection it is booked.
		a, err := s.Adjustment(t.Context(), id)
		if err != nil || a.State != c.want || (a.State == adjustment.Refused) != (a.Refusal.Reason == fault.ReasonDecisionsMissing) {
			t.Errorf("%s: %s for %+v, %v", person, a.State, a.Refusal, err)
		}
	}
}

// A decision and what it changes become true together, or neither does.
func TestNobodyChangesAnAdjustmentWithoutTheirLeaf(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.officers()
	f.grant("staff/s_t", leaf.Treasurer)
	// Given people without a grant, when they propose or approve, then nothing is there,
	if _, err := f.proposedBy("staff/s_nobody"); !fault.Is(err, fault.ReasonRoleMissing) {
		t.Errorf("proposed by somebody without a role: %v", err)
	}
	s := store.NewAdjustments(f.proven(), server.AdjustmentDraft)
	if list, err := s.List(t.Context(), page.Page{Size: 10}); err != nil || len(list) != 0 {
		t.Errorf("stored %v, %v", list, err)
	}
	id, err := f.proposedBy("staff/s_t")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Approve(t.Context(), id, "staff/s_nobody", leaf.DayOf(f.now)); !fault.Is(err, fault.ReasonRoleMissing) {
		t.Errorf("approved by somebody without a role: %v", err)
	}
	a, err := s.Adjustment(t.Context(), id)
	if err != nil || a.State != adjustment.Proposed || a.Decider != "" {
		t.Errorf("%+v, %v", a, err)
	}
	// and a leaf stands behind each change.
	found, err := f.store.LeavesOf(t.Context(), []string{a.Proposal().Reference, a.Approval("staff/s_nobody", leaf.DayOf(f.now)).Reference})
	if d := found[a.Proposal().Reference].Decision; err != nil || len(found) != 1 || d == nil || d.Person != "staff/s_t" || d.Commitment != a.Commitment() {
		t.Errorf("%v, %v", found, err)
	}
}
