package book_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// teamed are books with roles, two treasurers and two approvers who rest no more, and
// an award of a plan.
func teamed(t *testing.T) *world {
	t.Helper()
	w := hands(t, 500_000)
	w.WithRoles()
	for i, unit := range [][]book.Decision{
		founders("o1", "o2"),
		{grantOf(leaf.DecisionGrantProposed, "t", leaf.Treasurer, "o1", 0), grantOf(leaf.DecisionGrantConfirmed, "t", leaf.Treasurer, "o2", 0)},
		{grantOf(leaf.DecisionGrantProposed, "u", leaf.Treasurer, "o1", 0), grantOf(leaf.DecisionGrantConfirmed, "u", leaf.Treasurer, "o2", 0)},
		{grantOf(leaf.DecisionGrantProposed, "p", leaf.Approver, "o1", 0), grantOf(leaf.DecisionGrantConfirmed, "p", leaf.Approver, "o2", 0)},
		{grantOf(leaf.DecisionGrantProposed, "q", leaf.Approver, "o1", 0), grantOf(leaf.DecisionGrantConfirmed, "q", leaf.Approver, "o2", 0)},
	} {
		if err := applied(t, w.Books, unit...); err != nil {
			t.Fatalf("unit %d: %v", i, err)
		}
	}
	return w
}

// frozen freezes somebody on a day after today, up to another one.
func frozen(subject string, on, until leaf.Day) act {
	return act{leaf.DecisionFreeze, subject, on, &leaf.Freeze{Subject: "staff/" + subject, Until: today + until}}
}

func lifted(by, subject string, on leaf.Day) act {
	return act{leaf.DecisionFreezeLifted, by, on, &leaf.Thaw{Subject: "staff/" + subject}}
}

func revoked(by, subject string, role leaf.Role, on leaf.Day) act {
	return act{leaf.DecisionGrantRevoked, by, on, &leaf.Revocation{Subject: "staff/" + subject, Role: role}}
}

// about is what a decision about somebody names.
func about(a act) string {
	switch c := a.content.(type) {
	case *leaf.Freeze:
		return c.Subject
	case *leaf.Thaw:
		return c.Subject
	case *leaf.Revocation:
		return fmt.Sprintf("%s/grants/g_%s", c.Subject, c.Role)
	}
	return "paymentPlans/p_1"
}

// Whoever was stopped between approving and the release is no hand of the plan.
func TestWhoeverWasStoppedBeforeTheReleaseIsNoHandOfAPlan(t *testing.T) {
	t.Parallel()
	const small, large = 1000, 300_000
	for name, c := range map[string]struct {
		minor int64
		acts  []act
		ok    bool
	}{
		"nobody stopped":                   {small, []act{lock("t", small), approve("p"), release("t")}, true},
		"approver frozen":                  {small, []act{lock("t", small), approve("p"), frozen("p", 0, 1), release("t")}, false},
		"approver frozen, and it is over":  {small, []act{lock("t", small), approve("p"), frozen("p", 1, 1), release("t").after(2)}, false},
		"approver frozen and lifted":       {small, []act{lock("t", small), approve("p"), frozen("p", 0, 1), lifted("o1", "p", 0), lifted("o2", "p", 0), release("t")}, false},
		"approver frozen days later":       {small, []act{lock("t", small), approve("p"), frozen("p", 4, 4), release("t").after(5)}, true},
		"approver frozen on the day":       {small, []act{lock("t", small), approve("p"), frozen("p", 4, 5), release("t").after(5)}, false},
		"approver frozen after":            {small, []act{lock("t", small), approve("p"), release("t"), frozen("p", 0, 1)}, true},
		"approver frozen, another one":     {small, []act{lock("t", small), approve("p"), frozen("p", 0, 1), approve("q"), release("t")}, true},
		"approver cleared, and again":      {small, []act{lock("t", small), approve("p"), frozen("p", 0, 0), approve("p").after(1), release("t").after(1)}, true},
		"approver revoked":                 {small, []act{lock("t", small), approve("p"), revoked("o1", "p", leaf.Approver, 0), revoked("o2", "p", leaf.Approver, 0), release("t")}, false},
		"approver revoked by one":          {small, []act{lock("t", small), approve("p"), revoked("o1", "p", leaf.Approver, 0), release("t")}, true},
		"approver revoked after":           {small, []act{lock("t", small), approve("p"), release("t"), revoked("o1", "p", leaf.Approver, 0), revoked("o2", "p", leaf.Approver, 0)}, true},
		"maker frozen, another releases":   {small, []act{lock("t", small), approve("p"), frozen("t", 0, 1), release("u")}, true},
		"large, maker frozen":              {large, []act{lock("t", large), approve("p"), frozen("t", 0, 1), release("u")}, false},
		"large, second approver is enough": {large, []act{lock("t", large), approve("p"), frozen("t", 0, 1), approve("q"), release("u")}, true},
	} {
		for _, roles := range []bool{true, false} {
			w := teamed(t)
			if !roles {
				w.WithoutRoles()
			}
			for _, a := range c.acts {
				if err := w.record(about(a), a); err != nil {
					t.Fatalf("%s: %s by %s: %v", name, a.kind, a.person, err)
				}
			}
			pay := booktest.Draft(leaf.AttemptSubmitted, "pay", booktest.Debit("award:w_1", c.minor), booktest.Credit("transit:sepa", c.minor))
			pay.Source = "paymentPlans/p_1/payments/y_1"
			_, err := apply(t, w.Books, pay)
			if (err == nil) != (c.ok || !roles) || err != nil && !fault.Is(err, fault.ReasonDecisionsMissing) {
				t.Errorf("%s, roles asked %t: %v", name, roles, err)
			}
		}
	}
}

// Whoever approved an emergency grant and was stopped before its plan's release has not
// approved it.
func TestWhoeverWasStoppedBeforeTheReleaseHasApprovedNoEmergency(t *testing.T) {
	t.Parallel()
	const source = "emergencyGrants/e_1"
	approves := func(by string) act {
		return act{leaf.DecisionEmergencyApproved, by, 0, &leaf.Emergency{Currency: "EUR", Amount: 1000}}
	}
	for name, c := range map[string]struct {
		before, after []act // the grant
		given, paid   bool
	}{
		"nobody stopped":             {[]act{approves("t"), approves("u")}, []act{release("t")}, true, true},
		"one frozen before the gift": {[]act{approves("t"), approves("u"), frozen("u", 0, 1)}, nil, false, false},
		"one frozen after it":        {[]act{approves("t"), approves("u")}, []act{frozen("u", 0, 1), release("t")}, true, false},
		"one frozen, a third":        {[]act{approves("t"), approves("u")}, []act{frozen("u", 0, 1), approves("o1"), release("t")}, true, true},
		"a third after the release":  {[]act{approves("t"), approves("u")}, []act{frozen("u", 0, 1), release("t"), approves("o1")}, true, false},
		"released again then":        {[]act{approves("t"), approves("u")}, []act{frozen("u", 0, 1), release("t"), approves("o1"), release("t")}, true, true},
		"one frozen after release":   {[]act{approves("t"), approves("u")}, []act{release("t"), frozen("u", 0, 1)}, true, true},
		"no release":                 {[]act{approves("t"), approves("u")}, nil, true, false},
	} {
		for _, roles := range []bool{true, false} {
			w := teamed(t)
			if !roles {
				w.WithoutRoles()
			}
			do := func(acts []act) {
				for _, a := range acts {
					on := about(a)
					if a.kind == leaf.DecisionEmergencyApproved {
						on = source
					}
					if err := w.record(on, a); err != nil {
						t.Fatalf("%s: %s by %s: %v", name, a.kind, a.person, err)
					}
				}
			}
			do(c.before)
			gift := booktest.Draft(leaf.EmergencyGrant, source+"/grant", booktest.Debit("fund:emergency:available", 1000), booktest.Credit("award:w_e", 1000))
			gift.Source = source
			if _, err := apply(t, w.Books, gift); (err == nil) != (c.given || !roles) {
				t.Errorf("%s, roles asked %t: given: %v", name, roles, err)
			}
			do(c.after)
			pay := booktest.Draft(leaf.AttemptSubmitted, "pay", booktest.Debit("award:w_e", 1000), booktest.Credit("transit:sepa", 1000))
			pay.Source = "paymentPlans/p_1/payments/y_1"
			if _, err := apply(t, w.Books, pay); (err == nil) != (c.paid || !roles && len(c.after) > 0) {
				t.Errorf("%s, roles asked %t: paid: %v", name, roles, err)
			}
		}
	}
}

// A payment asks who holds which role, however long after the release it is made.
func TestAPaymentAsksForTheStaff(t *testing.T) {
	t.Parallel()
	pay := booktest.Draft(leaf.AttemptSubmitted, "pay", booktest.Debit("award:w_1", 1), booktest.Credit("transit:sepa", 1))
	pay.Source = "paymentPlans/p_1/payments/y_1"
	if u, err := book.NewUnit(nil, []book.Draft{pay}, today); err != nil || !u.Staff() {
		t.Errorf("asks for staff %t: %v", u.Staff(), err)
	}
}

// A policy is seen before it holds.
func TestAPolicyIsInForceSomeDaysAfterItsDecision(t *testing.T) {
	t.Parallel()
	for delay, first := range map[leaf.Day]leaf.Day{1: 1, 2: 2} {
		for _, kind := range []leaf.DecisionKind{leaf.DecisionPolicyProposed, leaf.DecisionPolicyVersion} {
			for on := range first + 2 {
				policy := &leaf.Policy{EffectiveOn: today + on, ApprovalDays: 1, Currencies: []leaf.Hands{{Currency: "EUR", Rows: []leaf.Row{{Persons: 2}}}}}
				w := hands(t, 1000)
				if kind == leaf.DecisionPolicyVersion {
					w.After(0)
					w.decide("policies/hands/versions/1", act{leaf.DecisionPolicyProposed, "a", 0, policy})
				}
				w.After(delay)
				err := w.record("policies/hands/versions/1", act{kind, "b", 0, policy})
				if on >= first {
					if err != nil {
						t.Errorf("%s with a delay of %d on day %d: %v", kind, delay, on, err)
					}
					continue
				}
				wantFault(t, err, fault.ReasonNotDecidable, "decisions[0].content.effectiveOn")
			}
		}
	}
}
