package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// colleagues are one person of each role that may object.
func (b *bench) colleagues() []person {
	var list []person
	for _, role := range []policyv1.Role{
		policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_APPROVER,
		policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_PROTECTION_OFFICER, policyv1.Role_ROLE_OPERATOR,
	} {
		list = append(list, b.person("a_"+strings.ToLower(strings.TrimPrefix(role.String(), "ROLE_")), role))
	}
	return list
}

func object(by person, plan string) error {
	_, err := by.plans.ObjectToPaymentPlan(context.Background(), &disbursementsv1.ObjectToPaymentPlanRequest{Name: plan})
	return err
}

// inOpenView are the plans that somebody finds in open view.
func inOpenView(t *testing.T, by person, filter string) (names []string) {
	t.Helper()
	resp := must[*disbursementsv1.ListPaymentPlansResponse](t, "list")(by.plans.ListPaymentPlans(context.Background(), &disbursementsv1.ListPaymentPlansRequest{Filter: filter}))
	for _, p := range resp.GetPaymentPlans() {
		names = append(names, p.GetName())
	}
	return names
}

// TestAnyColleagueStopsAPlanInOpenView has each role see the plan, and object to it after
// it was approved and its days have passed.
func TestAnyColleagueStopsAPlanInOpenView(t *testing.T) {
	t.Parallel()
	for i, by := range newBench(t).colleagues() {
		t.Run(by.name, func(t *testing.T) {
			t.Parallel()
			// given a plan that needs three persons, or two after three days
			b := newBench(t)
			b.byTheTable()
			by, plan := b.colleagues()[i], b.planned(2)
			b.steps(plan, "lock", "submit", "approve")
			seen := must[*disbursementsv1.PaymentPlan](t, "read")(by.plans.GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: plan}))
			if until := b.clock.now().UTC().AddDate(0, 0, 3).Format(time.DateOnly); seen.GetOpenUntil() != until {
				t.Errorf("open until %q, want %s", seen.GetOpenUntil(), until)
			}
			if !slices.Contains(seen.GetAllowedActions(), "object") || !slices.Equal(inOpenView(t, by, "in_open_view = true"), []string{plan}) {
				t.Errorf("it is not told that it can be objected to: %v", seen)
			}
			b.clock.move(4 * 24 * time.Hour)
			// when
			if err := object(by, plan); err != nil {
				t.Fatalf("object: %v", err)
			}
			// then nothing that was decided counts, and the log says who objected
			refused(t, "release", b.releasedBy("maker", plan), "ILLEGAL_STATE")
			log := b.decisionsAbout(plan)
			if last := log[len(log)-1]; last != "PLAN_VOIDED "+by.name || b.voidReason(plan) != "PLAN_VOID_REASON_OBJECTION" {
				t.Errorf("the log has %v", log)
			}
			b.steps(plan, "lock", "submit", "approve", "release")
			b.leaves(plan)
		})
	}
}

// voidReason is why the plan was voided last.
func (b *bench) voidReason(plan string) (reason string) {
	for _, d := range b.ledger.Decisions() {
		if v := d.GetContent().GetPlanVoid(); v != nil && d.GetResource() == plan {
			reason = v.GetReason().String()
		}
	}
	return reason
}

func TestOnlyWhatStandsInOpenViewIsSeenByTheCaseDesk(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	small, large := b.planned(1), b.planned(2)
	b.steps(small, "lock", "submit")
	case1, officer := b.person("case", policyv1.Role_ROLE_CASEWORKER), b.person("officer", policyv1.Role_ROLE_PROTECTION_OFFICER)
	_, err := case1.plans.GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: large})
	refused(t, "read a draft", err, "NOT_FOUND")
	b.steps(large, "lock")
	for _, test := range []struct {
		by     person
		filter string
		want   []string
	}{
		{case1, "", []string{large}}, {case1, "in_open_view = false", nil},
		{officer, "in_open_view = true", []string{large}}, {officer, "in_open_view = false", []string{small}}, {officer, "", []string{large, small}},
	} {
		got := inOpenView(t, test.by, test.filter)
		slices.Sort(got)
		slices.Sort(test.want)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s, %q: %v, want %v", test.by.name, test.filter, got, test.want)
		}
	}
	refused(t, "object to a small plan", object(officer, small), "NOT_IN_OPEN_VIEW")
	refused(t, "object to a small plan", object(case1, small), "NOT_IN_OPEN_VIEW")
}

// TestAnObjectionActsWhileTheLedgerIsOff objects while the ledger is off; the leaf
// follows.
func TestAnObjectionActsWhileTheLedgerIsOff(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(2)
	b.steps(plan, "lock", "submit", "approve")
	b.ledger.FailNext("Record", false)
	if err := object(b.person("case", policyv1.Role_ROLE_CASEWORKER), plan); err != nil {
		t.Fatalf("object: %v", err)
	}
	b.drain()
	if b.voidReason(plan) != "PLAN_VOID_REASON_OBJECTION" || b.plan(plan).GetState() != disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_DRAFT {
		t.Errorf("the log has %v", b.decisionsAbout(plan))
	}
}

// ahead is when a duty will be owed next.
func (b *bench) ahead(kind string) (at time.Time) {
	b.t.Helper()
	for _, d := range b.duties {
		if d.Kind == kind {
			at = must[time.Time](b.t, "look ahead")(d.Ahead(context.Background(), b.clock.now()))
		}
	}
	return at
}

// TestAPlanThatNobodyReleasesOpensByItself moves the clock to the day before, and to it.
func TestAPlanThatNobodyReleasesOpensByItself(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		steps []string
		days  int // from the lock
	}{
		"locked":     {[]string{"lock"}, 11},
		"submitted":  {[]string{"lock", "submit"}, 11},
		"approved":   {[]string{"lock", "submit", "approve"}, 8},
		"authorised": {[]string{"lock", "submit", "approve", "authorize"}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if name != "authorised" { // which needs four persons, and never two
				b.byTheTable()
			}
			plan := b.planned(2)
			b.steps(plan, test.steps...)
			before, due := b.plan(plan), b.clock.now().UTC().Truncate(24*time.Hour).AddDate(0, 0, test.days)
			if at := b.ahead(store.DutyExpire); !at.Equal(due) {
				t.Errorf("a moved clock stops at %v, want %v", at, due)
			}
			b.clock.move(time.Duration(test.days-1) * 24 * time.Hour)
			b.drain()
			if got := b.plan(plan).GetState(); got != before.GetState() {
				t.Fatalf("on the day before it is %v", got)
			}
			b.clock.move(24 * time.Hour)
			b.drain()
			after := b.plan(plan)
			if after.GetState() != disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_DRAFT || b.voidReason(plan) != "PLAN_VOID_REASON_EXPIRY" {
				t.Fatalf("on its day it is %v; the log has %v", after.GetState(), b.decisionsAbout(plan))
			}
			if name == "locked" && before.GetUnlockOn() != b.clock.now().UTC().Format(time.DateOnly) {
				t.Errorf("it said that it opens on %s", before.GetUnlockOn())
			}
			b.steps(plan, "lock", "submit", "approve")
		})
	}
}
