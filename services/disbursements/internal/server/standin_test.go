package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// stoodIn has people stand in for a verifier in the cases of all families of a plan, and
// these people and its maker be all who are awake.
func (b *bench) stoodIn(plan string, people ...string) {
	b.people.awake = []string{"staff/s_maker"}
	b.families.stoodIn = map[string][]string{}
	for _, who := range people {
		name := "staff/s_" + who
		b.people.awake = append(b.people.awake, name)
		for _, y := range b.payments(plan) {
			b.families.stoodIn[name] = append(b.families.stoodIn[name], y.GetFamily())
		}
	}
}

func (b *bench) acts(who, verb, plan string) error {
	_, err := step(context.Background(), b.everything(who), verb, plan)
	return err
}

// blocked is why a verb is shut to somebody, empty where it is not.
func (b *bench) blocked(who, verb, plan string) string {
	for _, a := range b.seenBy(who, plan).GetBlockedActions() {
		if a.GetAction() == verb {
			return a.GetReason()
		}
	}
	return ""
}

// TestWhoStoodInTakesOneHandWhereTooFewAreFree plays a money desk of three, one of whom is
// away, and one of whom, an officer, stood in for a verifier.
func TestWhoStoodInTakesOneHandWhereTooFewAreFree(t *testing.T) {
	t.Parallel()
	// given a plan that two persons sign, of whom one is free
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	b.stoodIn(plan, "stander")
	family, from := b.lock(plan)[0], b.clock.now().UTC().AddDate(0, 0, 3).Format(time.DateOnly)
	if l := b.plan(plan).GetLooks()[0]; !l.GetStandIn() || l.GetReason() != disbursementsv1.PaymentPlanLookReason_PAYMENT_PLAN_LOOK_REASON_STAND_IN {
		t.Errorf("the look is %v", l)
	}
	b.steps(plan, "submit")
	// when the other one approves it at once, then they are told from which day on they may
	err := b.acts("stander", "approve", plan)
	if refused(t, "approve at once", err, "STAND_IN_TOO_SOON"); !strings.Contains(err.Error(), from) {
		t.Errorf("from %s on: %v", from, err)
	}
	if got := b.blocked("stander", "approve", plan); got != "STAND_IN_TOO_SOON" {
		t.Errorf("they are told %q", got)
	}
	// and then that somebody else looks first
	b.clock.move(3 * 24 * time.Hour)
	refused(t, "approve before the look", b.acts("stander", "approve", plan), "LOOKS_MISSING")
	refused(t, "look oneself", lookAt(b.person("stander", policyv1.Role_ROLE_PROTECTION_OFFICER), plan, family), "INVOLVED_PERSON")
	b.looked(plan)
	refused(t, "approve what one owns", b.acts("involved", "approve", plan), "INVOLVED_PERSON")
	if !slices.Contains(b.seenBy("stander", plan).GetAllowedActions(), "approve") {
		t.Error("they are not told that they may")
	}
	if err := b.acts("stander", "approve", plan); err != nil {
		t.Fatalf("approve: %v", err)
	}
	if acts := b.plan(plan).GetActs(); !acts[len(acts)-1].GetStandIn() {
		t.Errorf("the approval is %v", acts[len(acts)-1])
	}
	if err := b.releasedBy("maker", plan); err != nil {
		t.Fatalf("release: %v", err)
	}
	b.leaves(plan)
}

func TestASecondWhoStoodInTakesNoHand(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(2)
	b.stoodIn(plan, "stander", "second")
	b.steps(plan, "lock", "submit")
	b.clock.move(3 * 24 * time.Hour)
	if err := b.acts("stander", "approve", plan); err != nil {
		t.Fatalf("approve: %v", err)
	}
	refused(t, "authorise", b.acts("second", "authorize", plan), "STAND_IN_TAKEN")
	if got := b.blocked("second", "authorize", plan); got != "STAND_IN_TAKEN" {
		t.Errorf("they are told %q", got)
	}
	// A rejection frees the hand, and the days begin anew.
	b.steps(plan, "reject", "lock", "submit")
	refused(t, "approve anew", b.acts("stander", "approve", plan), "STAND_IN_TOO_SOON")
}

// Where two are free nobody else is asked for, and who stood in is as involved as who
// confirmed.
func TestWhoStoodInTakesNoHandWhereTwoAreFree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	b.stoodIn(plan, "stander")
	b.people.awake = append(b.people.awake, "staff/s_third")
	b.steps(plan, "lock", "submit")
	b.clock.move(5 * 24 * time.Hour)
	refused(t, "approve", b.acts("stander", "approve", plan), "INVOLVED_PERSON")
	if p := b.plan(plan); p.GetOpenUntil() != "" || p.GetLooks()[0].GetStandIn() {
		t.Errorf("plan is %v", p)
	}
	// Once the third is away, another lock asks for them.
	b.people.awake = b.people.awake[:2]
	b.steps(plan, "unlock", "lock", "submit")
	refused(t, "approve", b.acts("stander", "approve", plan), "STAND_IN_TOO_SOON")
	if p := b.plan(plan); p.GetOpenUntil() == "" || !p.GetLooks()[0].GetStandIn() {
		t.Errorf("plan is %v", p)
	}
}

func TestAnyColleagueStopsAPlanThatWhoStoodInMaySign(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	b.stoodIn(plan, "stander")
	b.steps(plan, "lock", "submit")
	by := b.person("case", policyv1.Role_ROLE_CASEWORKER)
	if got := inOpenView(t, by, "in_open_view = true"); !slices.Equal(got, []string{plan}) {
		t.Errorf("a caseworker finds %v", got)
	}
	if err := object(by, plan); err != nil {
		t.Errorf("object: %v", err)
	}
}

// TestThatTheyStoodInIsWhatKeepsThemWaiting runs without it: then they sign at once.
func TestThatTheyStoodInIsWhatKeepsThemWaiting(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	b.stoodIn(plan, "stander")
	b.families.forgetful = true
	b.steps(plan, "lock", "submit")
	if err := b.acts("stander", "approve", plan); err != nil {
		t.Errorf("approve: %v", err)
	}
}

// A plan is not locked while nobody says who is awake.
func TestAPlanWaitsForWhoIsAwake(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	b.people.err = fault.New(fault.Unavailable, "UNAVAILABLE", "Not now.")
	if err := b.acts("maker", "lock", plan); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("lock: %v", err)
	}
	b.people.err = nil
	b.steps(plan, "lock")
}
