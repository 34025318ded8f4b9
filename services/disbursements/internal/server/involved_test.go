package server_test

import (
	"context"
	"slices"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// excluding makes a plan of a round that leaves out whom people know.
func (b *bench) excluding(round string, people ...string) (*disbursementsv1.PaymentPlan, error) {
	return b.treasurer("maker").plans.CreatePaymentPlan(context.Background(), &disbursementsv1.CreatePaymentPlanRequest{
		PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "sepa", ExcludeInvolving: people},
	})
}

// TestWhoKnowsAFamilyLeavesItToAPlanOfOthers plays somebody who has moved from the case
// desk: a plan with a family that they know is refused to them, and the refusal says how
// to go on. With the plan made so, they sign.
func TestWhoKnowsAFamilyLeavesItToAPlanOfOthers(t *testing.T) {
	t.Parallel()
	// Given a plan of two families, one of which somebody knows,
	b := newBench(t)
	b.families.known = []string{"families/f_1"}
	plan := b.planned(2)
	b.steps(plan, "lock", "submit")
	_, err := step(context.Background(), b.everything("involved"), "approve", plan)
	refused(t, "approve", err, "INVOLVED_PERSON")
	round := b.plan(plan).GetAllocationRound()
	b.steps(plan, "unlock")
	if _, err := b.treasurer("maker").plans.AbortPaymentPlan(context.Background(), &disbursementsv1.AbortPaymentPlanRequest{Name: plan}); err != nil {
		t.Fatal(err)
	}

	// when another is made without their families,
	other, err := b.excluding(round, "staff/s_involved")
	if err != nil {
		t.Fatal(err)
	}
	if left := other.GetLeftOut(); other.GetPaymentCount() != 1 || len(left) != 1 ||
		left[0].GetFamily() != "families/f_1" || left[0].GetReason() != "INVOLVED_PERSON" {
		t.Errorf("plan is %v", other)
	}
	b.steps(other.GetName(), "lock", "submit")

	// then they approve it,
	if !slices.Contains(b.seenBy("involved", other.GetName()).GetAllowedActions(), "approve") {
		t.Error("they are not told that they may")
	}
	if _, err := step(context.Background(), b.everything("involved"), "approve", other.GetName()); err != nil {
		t.Errorf("approve: %v", err)
	}
	// and what was left out is paid by a plan of others, which is not theirs.
	_, err = b.excluding(round, "staff/s_involved")
	refused(t, "a plan of nobody else", err, "INVOLVED_PERSON")
	rest, err := b.excluding(round)
	if err != nil || rest.GetPaymentCount() != 1 {
		t.Fatalf("plan of the rest: %v, %v", rest, err)
	}
	b.steps(rest.GetName(), "lock", "submit", "approve", "authorize", "release")
}

func (b *bench) seenBy(who, plan string) *disbursementsv1.PaymentPlan {
	b.t.Helper()
	return must[*disbursementsv1.PaymentPlan](b.t, "get")(b.everything(who).plans.GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: plan}))
}

// TestInvolvementIsWhatKeepsThemOut runs without it: then they sign.
func TestInvolvementIsWhatKeepsThemOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.forgetful = true
	plan := b.planned(1)
	b.steps(plan, "lock", "submit")
	if _, err := step(context.Background(), b.everything("involved"), "approve", plan); err != nil {
		t.Errorf("approve: %v", err)
	}
}

// TestNobodySignsWhileFamiliesAreSilent has families not answer: stops still act.
func TestNobodySignsWhileFamiliesAreSilent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	b.steps(plan, "lock", "submit")
	b.families.FailNext("ListInvolvedFamilies", false) // the plan is read before it is signed
	b.families.FailNext("ListInvolvedFamilies", false)
	if _, err := step(context.Background(), b.everything("approver"), "approve", plan); err == nil {
		t.Error("approved, and nobody has said who is involved")
	}
	// A plan is read all the same.
	b.families.FailNext("ListInvolvedFamilies", false)
	b.plan(plan)
	b.steps(plan, "reject")
}

func TestWhoIsExcludedIsCheckedByField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.plan(b.planned(1)).GetAllocationRound()
	many := make([]string, 51)
	for i := range many {
		many[i] = "staff/s_1"
	}
	for field, people := range map[string][]string{
		"excludeInvolving[0]": {"families/f_1"}, "excludeInvolving[1]": {"staff/s_1", "staff/s_1"}, "excludeInvolving": many,
	} {
		_, err := b.excluding(round, people...)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
