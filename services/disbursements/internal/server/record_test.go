package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// decisionsAbout lists what the log has about a resource: the kind and the person.
func (b *bench) decisionsAbout(resource string) (list []string) {
	for _, d := range b.ledger.Decisions() {
		if d.GetResource() == resource {
			list = append(list, strings.TrimPrefix(d.GetKind().String(), "DECISION_KIND_")+" "+d.GetPerson())
		}
	}
	return list
}

// planState is where a plan stands.
func (b *bench) planState(name string) disbursementsv1.PaymentPlanState {
	b.t.Helper()
	return must[*disbursementsv1.PaymentPlan](b.t, "read plan")(b.treasurer("reader").plans.GetPaymentPlan(context.Background(),
		&disbursementsv1.GetPaymentPlanRequest{Name: name})).GetState()
}

// TestEachDecisionIsInTheLogByItsPersonBeforeItActs reads the log after each call: no
// duty has to run.
func TestEachDecisionIsInTheLogByItsPersonBeforeItActs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	var want []string
	for _, step := range []struct{ verb, leaf string }{ // a look follows each lock
		{"lock", "PLAN_LOCKED staff/s_maker"}, {"submit", ""}, {"approve", "PLAN_APPROVED staff/s_approver"},
		{"reject", "PLAN_VOIDED staff/s_authorizer"},
		{"lock", "PLAN_LOCKED staff/s_maker"}, {"submit", ""}, {"approve", "PLAN_APPROVED staff/s_approver"},
		{"authorize", "PLAN_AUTHORIZED staff/s_authorizer"}, {"release", "PLAN_RELEASED staff/s_releaser"},
	} {
		b.steps(plan, step.verb)
		if step.leaf != "" {
			want = append(want, step.leaf)
		}
		if step.verb == "lock" {
			want = append(want, "PLAN_LOOKED staff/s_looker")
		}
		if got := b.decisionsAbout(plan); !slices.Equal(got, want) {
			t.Fatalf("after %s the log has %v, want %v", step.verb, got, want)
		}
	}
	round := must[*disbursementsv1.PaymentPlan](t, "read")(b.treasurer("r").plans.GetPaymentPlan(context.Background(),
		&disbursementsv1.GetPaymentPlanRequest{Name: plan})).GetAllocationRound()
	if got := b.decisionsAbout(round); !slices.Equal(got, []string{"ROUND_SNAPSHOT staff/s_opener", "ROUND_COMMITTED staff/s_committer"}) {
		t.Errorf("about the round the log has %v", got)
	}
	b.drain()
	b.download(b.files(plan)[0].GetName())
	if got := b.decisionsAbout(plan); got[len(got)-1] != "FILE_FETCHED staff/s_fetcher" {
		t.Errorf("the log has %v", got)
	}
}

// TestALostAnswerOfTheLedgerIsFoundAgain loses the call, or its answer, at each step:
// nothing has changed, and the repeat finds the leaf.
func TestALostAnswerOfTheLedgerIsFoundAgain(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		b := newBench(t)
		plan := b.planned(1)
		for _, step := range []struct {
			verb string
			by   person
		}{
			{"lock", b.treasurer("maker")}, {"approve", b.approver("approver")}, {"authorize", b.treasurer("authorizer")}, {"release", b.treasurer("releaser")},
		} {
			if step.verb == "approve" {
				b.steps(plan, "submit")
			}
			before := b.planState(plan)
			b.ledger.FailNext("Record", after)
			if _, err := stepOnce(step.by, step.verb, plan); !fault.OfKind(err, fault.Unavailable) {
				t.Fatalf("%s: %v", step.verb, err)
			}
			if now := b.planState(plan); now != before {
				t.Errorf("%s without its leaf led from %v to %v", step.verb, before, now)
			}
			b.steps(plan, step.verb)
		}
		if got := b.decisionsAbout(plan); len(got) != 5 {
			t.Errorf("answers lost after the effect %t: the log has %v", after, got)
		}
	}
}

func stepOnce(by person, verb, plan string) (*disbursementsv1.PaymentPlan, error) {
	return step(context.Background(), by, verb, plan)
}

// TestWithTheLedgerDownEverythingStops stops plans in each way while no leaf can be
// recorded; the leaves follow, without a person.
func TestWithTheLedgerDownEverythingStops(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	for _, verb := range []string{"reject", "unlock", "abort"} {
		b.steps(plan, "lock")
		if verb == "reject" {
			b.steps(plan, "submit")
		}
		b.ledger.FailNext("Record", false)
		if _, err := stepOnce(b.treasurer("maker"), verb, plan); err != nil {
			t.Fatalf("%s while the ledger is down: %v", verb, err)
		}
		b.drain()
		if got := b.decisionsAbout(plan); got[len(got)-1] != "PLAN_VOIDED " {
			t.Errorf("after %s the log has %v", verb, got)
		}
		for _, d := range b.ledger.Decisions() {
			if d.GetKind() == ledgerv1.DecisionKind_DECISION_KIND_PLAN_VOIDED && d.GetContent().GetPlanVoid().GetReason() == 0 {
				t.Error("a stop has no reason")
			}
		}
	}
	// The switch of a rail asks nobody at all.
	if _, err := b.treasurer("one").rails.StopRail(context.Background(), &disbursementsv1.StopRailRequest{Name: "rails/sepa"}); err != nil {
		t.Errorf("stop: %v", err)
	}
}
