package book_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// grantOf is a decision about a grant of today, of a role that rests for so many days.
func grantOf(kind leaf.DecisionKind, subject string, role leaf.Role, by string, rests leaf.Day) book.Decision {
	name := fmt.Sprintf("staff/%s/grants/g_%s", subject, role)
	d := book.Decision{
		Reference: fmt.Sprintf("%s/%s/%s", name, kind, by), Kind: kind, Resource: name, Day: today, Commitment: [32]byte{9},
		Content: &leaf.Grant{Subject: "staff/" + subject, Role: role, From: today, Until: today + 180, RestsUntil: today + rests},
	}
	if by != "" {
		d.Person = "staff/" + by
	}
	return d
}

func boundTo(subject string, identity byte) book.Decision {
	return book.Decision{
		Reference: fmt.Sprintf("staff/%s/bound/%d", subject, identity), Kind: leaf.DecisionStaff, Resource: "staff/" + subject, Day: today,
		Content: &leaf.Staff{Person: "staff/" + subject, Identity: [32]byte{identity}},
	}
}

func applied(t *testing.T, b *book.Books, decisions ...book.Decision) error {
	t.Helper()
	u, err := book.NewUnit(decisions, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Apply(u)
	return err
}

// founders are the leaves by which officers found a log.
func founders(subjects ...string) (out []book.Decision) {
	for i, s := range subjects {
		out = append(out, boundTo(s, byte(i+1)))
	}
	for _, s := range subjects {
		out = append(out, grantOf(leaf.DecisionGrantConfirmed, s, leaf.ProtectionOfficer, "", 0))
	}
	return out
}

// staffed are books with two officers, a treasurer and an approver whose grant rests.
func staffed(t *testing.T) *book.Books {
	b := newBooks().WithRoles()
	for _, decisions := range [][]book.Decision{
		founders("o1", "o2"),
		{grantOf(leaf.DecisionGrantProposed, "t", leaf.Treasurer, "o1", 0)}, {grantOf(leaf.DecisionGrantConfirmed, "t", leaf.Treasurer, "o2", 0)},
		{grantOf(leaf.DecisionGrantProposed, "a", leaf.Approver, "o1", 7)}, {grantOf(leaf.DecisionGrantConfirmed, "a", leaf.Approver, "o2", 7)},
	} {
		if err := applied(t, b, decisions...); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestALogIsFoundedOnceByTwoOrThreeTogether(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		units [][]book.Decision
		ok    bool
	}{
		"two":           {[][]book.Decision{founders("a", "b")}, true},
		"three":         {[][]book.Decision{founders("a", "b", "c")}, true},
		"one":           {[][]book.Decision{founders("a")}, false},
		"four":          {[][]book.Decision{founders("a", "b", "c", "d")}, false},
		"a third later": {[][]book.Decision{founders("a", "b"), {grantOf(leaf.DecisionGrantConfirmed, "c", leaf.ProtectionOfficer, "", 0)}}, false},
		"treasurers":    {[][]book.Decision{{grantOf(leaf.DecisionGrantConfirmed, "a", leaf.Treasurer, "", 0), grantOf(leaf.DecisionGrantConfirmed, "b", leaf.Treasurer, "", 0)}}, false},
	} {
		b := newBooks().WithRoles()
		var err error
		for _, unit := range c.units {
			err = applied(t, b, unit...)
		}
		if (err == nil) != c.ok || err != nil && !fault.Is(err, fault.ReasonNotDecidable) {
			t.Errorf("%s: %v", name, err)
		}
		if !c.ok && len(b.Booked()) > 0 && len(c.units) == 1 {
			t.Errorf("%s: something was booked", name)
		}
	}
	// A repeat of the founding answers as before.
	b := newBooks().WithRoles()
	for range 2 {
		if err := applied(t, b, founders("a", "b")...); err != nil {
			t.Errorf("repeated: %v", err)
		}
	}
}

func TestADecisionNeedsARoleByTheLeavesBeforeIt(t *testing.T) {
	t.Parallel()
	lock := func(person string, on leaf.Day) book.Decision {
		return book.Decision{
			Reference: "lock/" + person, Kind: leaf.DecisionPlanLocked, Resource: "paymentPlans/p_1", Person: "staff/" + person, Day: on,
			Content: &leaf.Lock{Currency: "EUR", Amount: 1},
		}
	}
	approve := func(person string, on leaf.Day) book.Decision {
		return book.Decision{Reference: "approve/" + person, Kind: leaf.DecisionPlanApproved, Resource: "paymentPlans/p_1", Person: "staff/" + person, Day: on}
	}
	revoke := func(person string) book.Decision {
		return book.Decision{
			Reference: "revoke/" + person, Kind: leaf.DecisionGrantRevoked, Resource: "staff/t/grants/g_TREASURER", Person: "staff/" + person, Day: today,
			Content: &leaf.Revocation{Subject: "staff/t", Role: leaf.Treasurer},
		}
	}
	freeze := book.Decision{
		Reference: "freeze", Kind: leaf.DecisionFreeze, Resource: "staff/t", Day: today, Content: &leaf.Freeze{Subject: "staff/t", Until: today + 1},
	}
	for name, c := range map[string]struct {
		before []book.Decision
		try    book.Decision
		ok     bool
	}{
		"treasurer locks":             {nil, lock("t", today), true},
		"approver locks":              {nil, lock("a", today), false},
		"stranger locks":              {nil, lock("x", today), false},
		"treasurer, grant over":       {nil, lock("t", today+181), false},
		"treasurer, revoked":          {[]book.Decision{revoke("o1"), revoke("a")}, lock("t", today), false},
		"treasurer, revoked by one":   {[]book.Decision{revoke("o1")}, lock("t", today), true},
		"treasurer, frozen":           {[]book.Decision{freeze}, lock("t", today), false},
		"treasurer, frozen yesterday": {[]book.Decision{freeze}, lock("t", today+2), true},
		"approver who rests":          {nil, approve("a", today+6), false},
		"approver who has rested":     {nil, approve("a", today+7), true},
	} {
		for protected, b := range map[bool]*book.Books{true: staffed(t), false: staffed(t).WithoutRoles()} {
			for _, d := range append(c.before, c.try) {
				u, err := book.NewUnit([]book.Decision{d}, nil, today+200)
				if err != nil {
					t.Fatal(err)
				}
				_, err = b.Apply(u)
				switch {
				case d.Reference != c.try.Reference && err != nil:
					t.Errorf("%s: %v", name, err)
				case d.Reference == c.try.Reference && (err == nil) != (c.ok || !protected):
					t.Errorf("%s, protected %t: %v", name, protected, err)
				case err != nil && !fault.Is(err, fault.ReasonRoleMissing):
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

func TestAGrantNeedsTwoOthersAndAPseudonymOneIdentity(t *testing.T) {
	t.Parallel()
	own := grantOf(leaf.DecisionGrantProposed, "o1", leaf.Treasurer, "o1", 0)
	twice := boundTo("x", 1)
	twice.Person = "staff/o1"
	rebound := boundTo("o1", 77)
	rebound.Person = "staff/o2"
	for name, try := range map[string]book.Decision{
		"for oneself":                     own,
		"confirmed by the proposer":       grantOf(leaf.DecisionGrantConfirmed, "v", leaf.Verifier, "o1", 0),
		"confirmed with another content":  grantOf(leaf.DecisionGrantConfirmed, "v", leaf.Verifier, "o2", 3),
		"confirmed without a proposal":    grantOf(leaf.DecisionGrantConfirmed, "w", leaf.Verifier, "o2", 0),
		"an identity that is bound":       twice,
		"a pseudonym with two identities": rebound,
		"confirmed by who gets it":        grantOf(leaf.DecisionGrantConfirmed, "v", leaf.Verifier, "v", 0),
		"proposed by a stranger":          grantOf(leaf.DecisionGrantProposed, "w", leaf.Verifier, "x", 0),
	} {
		b := staffed(t)
		if err := applied(t, b, grantOf(leaf.DecisionGrantProposed, "v", leaf.Verifier, "o1", 0)); err != nil {
			t.Fatal(err)
		}
		if err := applied(t, b, try); !fault.Is(err, fault.ReasonNotDecidable) && !fault.Is(err, fault.ReasonRoleMissing) {
			t.Errorf("%s: %v", name, err)
		}
		if err := applied(t, b.WithoutRoles(), try); err != nil {
			t.Errorf("%s, protection off: %v", name, err)
		}
	}
}

// What somebody approved before they were stopped counts no more: another person has to.
func TestWhoeverWasStoppedIsNoHandBehindACost(t *testing.T) {
	t.Parallel()
	const name = "ledger/adjustments/adj_1"
	revoked := grantOf(leaf.DecisionGrantRevoked, "x", leaf.Approver, "o1", 0)
	revoked.Content = &leaf.Revocation{Subject: "staff/x", Role: leaf.Approver}
	second := revoked
	second.Reference, second.Person = revoked.Reference+"/2", "staff/o2"
	frozen := book.Decision{
		Reference: "freeze/1", Kind: leaf.DecisionFreeze, Resource: "staff/x", Person: "staff/o1", Day: today,
		Content: &leaf.Freeze{Subject: "staff/x", Until: today + 1},
	}
	for what, stops := range map[string][]book.Decision{"revoked": {revoked, second}, "frozen": {frozen}} {
		for _, roles := range []bool{true, false} {
			// Given a large cost, by three, whose first approver was stopped since,
			b := staffed(t).WithRoles()
			must(t, b, booktest.Draft(leaf.BankGift, "gift", booktest.Debit("asset:bank:main", 900_000), booktest.Credit("fund:general:available", 900_000)))
			for _, approver := range []string{"x", "b", "c"} {
				grants := []book.Decision{grantOf(leaf.DecisionGrantProposed, approver, leaf.Approver, "o1", 0), grantOf(leaf.DecisionGrantConfirmed, approver, leaf.Approver, "o2", 0)}
				if err := applied(t, b, grants...); err != nil {
					t.Fatal(err)
				}
			}
			decide := func(kind leaf.DecisionKind, by string) {
				d := book.Decision{Reference: name + "/" + by, Kind: kind, Resource: name, Person: "staff/" + by, Day: today, Commitment: [32]byte{1}}
				if err := applied(t, b, d); err != nil {
					t.Fatalf("%s by %s: %v", kind, by, err)
				}
			}
			cost := booktest.Draft(leaf.RunningCost, name, booktest.Debit("fund:general:available", 300_000), booktest.Credit("asset:bank:main", 300_000))
			cost.Source = name
			decide(leaf.DecisionAdjustmentProposed, "t")
			decide(leaf.DecisionAdjustmentApproved, "x")
			for _, stop := range stops {
				if err := applied(t, b, stop); err != nil {
					t.Fatal(err)
				}
			}
			if !roles {
				b.WithoutRoles()
			}
			// when a third person approves it, then it waits for a fourth.
			decide(leaf.DecisionAdjustmentApproved, "b")
			if _, err := apply(t, b, cost); roles != fault.Is(err, fault.ReasonHandsMissing) || !roles && err != nil {
				t.Errorf("%s, roles asked %v: %v", what, roles, err)
			}
			decide(leaf.DecisionAdjustmentApproved, "c")
			if _, err := apply(t, b, cost); err != nil {
				t.Errorf("%s, roles asked %v, by another person: %v", what, roles, err)
			}
		}
	}
}
