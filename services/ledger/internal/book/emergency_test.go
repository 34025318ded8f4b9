package book_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// given gives an emergency grant that two have approved, some days after today.
func (w *world) given(id string, minor int64, after leaf.Day) error {
	name := "emergencyGrants/" + id
	content := &leaf.Emergency{Currency: "EUR", Amount: minor}
	if err := w.record(name, act{leaf.DecisionEmergencyApproved, "a", after, content}, act{leaf.DecisionEmergencyApproved, "b", after, content}); err != nil {
		return err
	}
	d := booktest.Draft(leaf.EmergencyGrant, name+"/grant", booktest.Debit("fund:emergency:available", minor), booktest.Credit("award:w_"+id, minor))
	d.Source = name
	_, err := apply(w.t, w.Books, d)
	return err
}

func TestAnEmergencyGrantIsNoMoreThanAFamilyMayGet(t *testing.T) {
	t.Parallel()
	w := hands(t, 1000)
	if err := w.given("e_1", 30_000, 0); err != nil {
		t.Errorf("as much as the printed cap: %v", err)
	}
	err := w.given("e_2", 30_001, 0)
	wantFault(t, err, fault.ReasonEmergencyCapReached, "decisions[0].content.amount")
}

func TestEmergencyGrantsOfThirtyDaysAreCountedTogether(t *testing.T) {
	t.Parallel()
	w := hands(t, 1000)
	for i := range 10 {
		if err := w.given(fmt.Sprintf("e_%d", i), 30_000, 0); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	wantFault(t, w.given("e_10", 1, 29), fault.ReasonEmergencyCapReached, "transactions[0].source")
	if err := w.given("e_11", 1, 30); err != nil {
		t.Errorf("thirty days later: %v", err)
	}
}

// The caps are those of the policy on the day of the grant.
func TestAPolicyLowersTheCapsOfEmergencies(t *testing.T) {
	t.Parallel()
	w := hands(t, 1000)
	policy := &leaf.Policy{EffectiveOn: today + 2, ApprovalDays: 1, Currencies: []leaf.Hands{{
		Currency: "EUR", EmergencyFamilyCap: 100, EmergencyMonthCap: 150, Rows: []leaf.Row{{Persons: 2}},
	}}}
	w.decide("policies/hands/versions/1", act{leaf.DecisionPolicyProposed, "a", 0, policy}, act{leaf.DecisionPolicyVersion, "b", 0, policy})
	for _, c := range []struct {
		id    string
		minor int64
		after leaf.Day
		ok    bool
	}{{"e_1", 101, 0, true}, {"e_2", 101, 2, false}, {"e_3", 49, 2, true}, {"e_4", 1, 2, false}} {
		if err := w.given(c.id, c.minor, c.after); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.ReasonEmergencyCapReached) {
			t.Errorf("%s: %v", c.id, err)
		}
	}
}

// What was approved before the policy is not given by it.
func TestAGrantThatTheNewPolicyForbidsIsNotGiven(t *testing.T) {
	t.Parallel()
	w := hands(t, 1000)
	policy := &leaf.Policy{EffectiveOn: today + 1, ApprovalDays: 1, Currencies: []leaf.Hands{{
		Currency: "EUR", EmergencyFamilyCap: 100, EmergencyMonthCap: 1000, Rows: []leaf.Row{{Persons: 2}},
	}}}
	content := &leaf.Emergency{Currency: "EUR", Amount: 200}
	w.decide("emergencyGrants/e_1", act{leaf.DecisionEmergencyApproved, "a", 0, content}, act{leaf.DecisionEmergencyApproved, "b", 0, content})
	w.decide("policies/hands/versions/1", act{leaf.DecisionPolicyProposed, "a", 0, policy}, act{leaf.DecisionPolicyVersion, "b", 0, policy})
	w.decide("allocationRounds/r_2", act{leaf.DecisionRoundSnapshot, "a", 1, nil}) // a day later
	d := booktest.Draft(leaf.EmergencyGrant, "emergencyGrants/e_1/grant", booktest.Debit("fund:emergency:available", 200), booktest.Credit("award:w_e", 200))
	d.Source = "emergencyGrants/e_1"
	_, err := apply(t, w.Books, d)
	wantFault(t, err, fault.ReasonEmergencyCapReached, "transactions[0].source")
}

func TestAUnitAsksForWhatBoundsItsEmergencies(t *testing.T) {
	t.Parallel()
	d := booktest.Draft(leaf.EmergencyGrant, "emergencyGrants/e_1/grant", booktest.Debit("fund:emergency:available", 1), booktest.Credit("award:w_e", 1))
	grant, err := book.NewUnit(nil, []book.Draft{d}, today)
	if err != nil || !grant.Policies() || !grant.Leaving() {
		t.Errorf("a grant asks for policies %t, for what leaves %t: %v", grant.Policies(), grant.Leaving(), err)
	}
	approval, err := book.NewUnit([]book.Decision{{
		Reference: "x", Kind: leaf.DecisionEmergencyApproved, Resource: "emergencyGrants/e_1", Person: "staff/a", Day: today,
		Content: &leaf.Emergency{Currency: "EUR", Amount: 1},
	}}, nil, today)
	if err != nil || !approval.Policies() {
		t.Errorf("an approval asks for policies %t: %v", approval.Policies(), err)
	}
}
