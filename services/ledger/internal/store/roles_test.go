package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// granted is a decision about the one grant of a subject, which rests for some days.
func granted(kind leaf.DecisionKind, subject string, role leaf.Role, by string, rests leaf.Day) book.Decision {
	name := "staff/" + subject + "/grants/g_" + subject
	return book.Decision{
		Reference: fmt.Sprint(name, "/", kind), Kind: kind, Resource: name, Person: by, Day: today,
		Content: &leaf.Grant{Subject: "staff/" + subject, Role: role, From: today, Until: today + 90, RestsUntil: today + rests},
	}
}

// officers are the leaves by which two of them found a log.
func officers(a, b string) (out []book.Decision) {
	for _, s := range []string{a, b} {
		out = append(out, book.Decision{
			Reference: "staff/" + s, Kind: leaf.DecisionStaff, Resource: "staff/" + s, Day: today,
			Content: &leaf.Staff{Person: "staff/" + s, Identity: [32]byte{s[0], s[1]}},
		})
	}
	return append(out, granted(leaf.DecisionGrantConfirmed, a, leaf.ProtectionOfficer, "", 0), granted(leaf.DecisionGrantConfirmed, b, leaf.ProtectionOfficer, "", 0))
}

// refusal books decisions as one unit, in a batch of its own, and returns its refusal.
func refusal(t *testing.T, s *store.Store, decisions ...book.Decision) error {
	t.Helper()
	u, err := book.NewUnit(decisions, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, _, err := s.Batch(t.Context(), []book.Unit{u}, store.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0].Err
}

// A ledger as programs open it asks the grants in the log, whatever the caller says.
func TestWhoeverDecidesHoldsTheRoleByTheGrantsInTheLog(t *testing.T) {
	t.Parallel()
	ctx, db := t.Context(), postgrestest.New(t, store.Migrations())
	plan := func(kind leaf.DecisionKind, person string) book.Decision {
		d := book.Decision{Reference: fmt.Sprint("p/", kind, person), Kind: kind, Resource: "paymentPlans/p_1", Person: "staff/" + person, Day: today}
		if kind == leaf.DecisionPlanLocked {
			d.Content = &leaf.Lock{Currency: "EUR", Amount: 1}
		}
		return d
	}
	for _, protected := range []bool{true, false} {
		s, err := store.Open(ctx, db, fmt.Sprint("protected-", protected))
		if err != nil {
			t.Fatal(err)
		}
		if !protected {
			s.WithoutRoles()
		}
		// Given two officers, a treasurer, one who is revoked, and an approver who rests,
		steps := [][]book.Decision{officers("o1", "o2")}
		for _, g := range []struct {
			subject string
			role    leaf.Role
			rests   leaf.Day
		}{{"t", leaf.Treasurer, 0}, {"gone", leaf.Treasurer, 0}, {"a", leaf.Approver, 7}} {
			steps = append(steps, []book.Decision{granted(leaf.DecisionGrantProposed, g.subject, g.role, "staff/o1", g.rests)},
				[]book.Decision{granted(leaf.DecisionGrantConfirmed, g.subject, g.role, "staff/o2", g.rests)})
		}
		for _, by := range []string{"staff/o1", "staff/t"} {
			revoked := granted(leaf.DecisionGrantRevoked, "gone", leaf.Treasurer, by, 0)
			revoked.Reference += by
			revoked.Content = &leaf.Revocation{Subject: "staff/gone", Role: leaf.Treasurer}
			steps = append(steps, []book.Decision{revoked})
		}
		for _, step := range append(steps, []book.Decision{plan(leaf.DecisionPlanLocked, "t")}) {
			if err := refusal(t, s, step...); err != nil {
				t.Fatalf("protected %t: %v", protected, err)
			}
		}
		// when others decide, or found the log again, they are refused.
		for name, c := range map[string]struct {
			try  []book.Decision
			want fault.Reason
		}{
			"without a grant":   {[]book.Decision{plan(leaf.DecisionPlanLocked, "x")}, fault.ReasonRoleMissing},
			"revoked":           {[]book.Decision{plan(leaf.DecisionPlanLocked, "gone")}, fault.ReasonRoleMissing},
			"resting":           {[]book.Decision{plan(leaf.DecisionPlanApproved, "a")}, fault.ReasonRoleMissing},
			"in the wrong role": {[]book.Decision{plan(leaf.DecisionPlanApproved, "t")}, fault.ReasonRoleMissing},
			"a second founding": {officers("n1", "n2"), fault.ReasonNotDecidable},
		} {
			if err := refusal(t, s, c.try...); protected && !fault.Is(err, c.want) || !protected && err != nil {
				t.Errorf("%s, protected %t: %v", name, protected, err)
			}
		}
	}
}
