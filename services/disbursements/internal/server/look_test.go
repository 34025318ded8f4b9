package server_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func lookAt(by person, plan, family string) error {
	_, err := by.plans.LookAtPaymentPlan(context.Background(), &disbursementsv1.LookAtPaymentPlanRequest{Name: plan, Family: family})
	return err
}

// lock locks a plan without the looks that follow elsewhere, and returns whom somebody
// should look at.
func (b *bench) lock(plan string) (families []string) {
	b.t.Helper()
	p := must[*disbursementsv1.PaymentPlan](b.t, "lock")(step(context.Background(), b.treasurer("maker"), "lock", plan))
	for _, l := range p.GetLooks() {
		families = append(families, l.GetFamily())
	}
	return families
}

// TestNothingIsReleasedBeforeItsFamiliesWereLookedAt has each kind of person try.
func TestNothingIsReleasedBeforeItsFamiliesWereLookedAt(t *testing.T) {
	t.Parallel()
	// given a plan of two families, both of which the first plan draws
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(2)
	families := b.lock(plan)
	if len(families) != 2 {
		t.Fatalf("drawn: %v", families)
	}
	b.steps(plan, "submit", "approve")
	officer, desk := b.person("officer", policyv1.Role_ROLE_PROTECTION_OFFICER), b.verifier("desk")
	// when some look who may not
	for who, reason := range map[string]fault.Reason{"involved": "INVOLVED_PERSON", "entered": "INVOLVED_PERSON"} {
		refused(t, "look by "+who, lookAt(b.verifier(who), plan, families[0]), reason)
	}
	refused(t, "look by a treasurer", lookAt(b.treasurer("maker"), plan, families[0]), "PERMISSION_DENIED")
	for _, family := range []string{"", "somebody", "families/f_99"} {
		if f := fault.As(lookAt(officer, plan, family)); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "family" {
			t.Errorf("look at %q: %v", family, f)
		}
	}
	// then nobody releases it, until each was looked at
	for i, by := range []person{desk, officer} {
		err := b.releasedBy("releaser", plan)
		if refused(t, "release", err, "LOOKS_MISSING"); !slices.Contains(b.waiting(desk), plan) {
			t.Errorf("a verifier does not find that %d looks are asked for", 2-i)
		}
		if err := lookAt(by, plan, families[i]); err != nil {
			t.Fatalf("look: %v", err)
		}
		if i == 0 {
			refused(t, "look again", lookAt(officer, plan, families[0]), "INVALID_FIELD")
		}
	}
	refused(t, "look once more", lookAt(officer, plan, families[0]), "NO_LOOK_ASKED")
	if err := b.releasedBy("releaser", plan); err != nil {
		t.Fatalf("release: %v", err)
	}
	b.leaves(plan)
	refused(t, "look at what is released", lookAt(officer, plan, families[0]), "ILLEGAL_STATE")
	if got := b.decisionsAbout(plan); !slices.Contains(got, "PLAN_LOOKED staff/s_desk") || !slices.Contains(got, "PLAN_LOOKED staff/s_officer") {
		t.Errorf("the log has %v", got)
	}
}

// waiting are the plans that somebody can do something with.
func (b *bench) waiting(by person) (names []string) {
	b.t.Helper()
	resp := must[*disbursementsv1.ListPaymentPlansResponse](b.t, "list")(by.plans.ListPaymentPlans(context.Background(),
		&disbursementsv1.ListPaymentPlansRequest{Filter: "allowed_to_me = true"}))
	for _, p := range resp.GetPaymentPlans() {
		names = append(names, p.GetName())
	}
	return names
}

// Whoever looks may sign the plan: an officer who is a treasurer, too.
func TestWhoLooksMaySignThePlan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	both := b.person("maker", policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_PROTECTION_OFFICER)
	families := b.lock(plan)
	if err := lookAt(both, plan, families[0]); err != nil {
		t.Fatalf("look: %v", err)
	}
	b.steps(plan, "submit", "approve")
	if err := b.releasedBy("maker", plan); err != nil {
		t.Fatalf("release: %v", err)
	}
	b.leaves(plan)
}

// Whoever opens a plan and locks it again does not draw again, and what was looked at for
// the earlier lock is looked at anew: the log counts for each lock.
func TestALockAgainDrawsNobodyElse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(30)
	first := b.lock(plan)
	for range 3 {
		b.looked(plan)
		b.steps(plan, "unlock")
		if again := b.lock(plan); !slices.Equal(first, again) {
			t.Fatalf("drawn at first %v, then %v", first, again)
		}
		for _, l := range b.plan(plan).GetLooks() {
			if l.GetLookedBy() != "" {
				t.Errorf("%s counts as looked at by %s", l.GetFamily(), l.GetLookedBy())
			}
		}
	}
}

// Two families are drawn in 30 days at least, and of each plan one in twenty.
func TestFamiliesAreDrawnFromTheFirstEuroOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i, test := range []struct{ days, families, want int }{
		{0, 1, 1}, {0, 1, 1}, {0, 1, 1}, {0, 30, 2}, {31, 3, 2}, {0, 3, 1},
	} {
		b.clock.move(time.Duration(test.days) * 24 * time.Hour)
		plan := b.planned(test.families)
		if got := b.lock(plan); len(got) != test.want {
			t.Errorf("plan %d, of %d families: %d are drawn, want %d", i, test.families, len(got), test.want)
		}
		b.looked(plan)
	}
}

// Who is drawn is looked at, whatever plan pays them: a plan that is given up draws
// nobody free.
func TestAPlanThatIsGivenUpDrawsNobodyFree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(30)
	round := b.plan(plan).GetAllocationRound()
	first := b.lock(plan)
	b.steps(plan, "unlock")
	must[*disbursementsv1.PaymentPlan](t, "abort")(step(context.Background(), b.treasurer("maker"), "abort", plan))
	other := must[*disbursementsv1.PaymentPlan](t, "plan anew")(b.treasurer("maker").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "rails/sepa"}}))
	again := b.lock(other.GetName())
	for _, family := range first {
		if !slices.Contains(again, family) {
			t.Errorf("%s was drawn, and is not in %v", family, again)
		}
	}
}

// The books ask for the looks, too: money does not leave where the rows here say that
// they were made.
func TestTheBooksPayNothingWithoutItsLooks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	b.lock(plan)
	b.alter(plan, `UPDATE plan_looks SET version = 1, looked_by = 'staff/s_nobody', looked_on = now(), sequence = 1 WHERE plan_id = $1`)
	b.steps(plan, "submit", "approve", "authorize", "release")
	for _, d := range b.duties {
		if d.Kind != "payment.submit" {
			continue
		}
		ids := must[[]string](t, "look for payments")(d.Owed(t.Context(), b.clock.now().AddDate(1, 0, 0), "", 10))
		if len(ids) == 0 {
			t.Fatal("nothing is owed")
		}
		refused(t, "submit", d.Do(t.Context(), ids[0]), "DECISIONS_MISSING")
	}
}

// What goes together is asked of families when a plan is locked, and looked at like what
// is drawn.
func TestWhatGoesTogetherIsLookedAt(t *testing.T) {
	t.Parallel()
	// given a round that pays thirty families, of which two are drawn
	b := newBench(t)
	plan := b.planned(30)
	all := map[string]int64{}
	for _, y := range b.payments(plan) {
		all[y.GetFamily()] += y.GetAmount().GetMinorUnits()
	}
	// when families name five of them, and one that is not in the plan
	names := slices.Sorted(maps.Keys(all))[:5]
	b.families.concentrated = append(slices.Clone(names), "families/f_elsewhere")
	asked := b.lock(plan)
	// then they are looked at beside those that are drawn, as many of each as there are
	counted := map[disbursementsv1.PaymentPlanLookReason]int{}
	for _, l := range b.plan(plan).GetLooks() {
		counted[l.GetReason()]++
		if l.GetReason() == disbursementsv1.PaymentPlanLookReason_PAYMENT_PLAN_LOOK_REASON_CONCENTRATION && !slices.Contains(names, l.GetFamily()) {
			t.Errorf("%s is asked for", l.GetFamily())
		}
	}
	if counted[disbursementsv1.PaymentPlanLookReason_PAYMENT_PLAN_LOOK_REASON_CONCENTRATION] != 5 || len(asked) != 7 {
		t.Errorf("asked for: %v", counted)
	}
	// and families were told what each gets, with what others have paid it
	if len(b.families.compared) != 30 {
		t.Fatalf("%d families were compared", len(b.families.compared))
	}
	for _, p := range b.families.compared {
		if p.GetMinorUnits() != all[p.GetFamily()] {
			t.Errorf("%s gets %d, not %d", p.GetFamily(), p.GetMinorUnits(), all[p.GetFamily()])
		}
	}
	b.looked(plan)
	second := b.planned(30)
	b.lock(second)
	for _, p := range b.families.compared {
		if p.GetMinorUnits() != 2*all[p.GetFamily()] {
			t.Errorf("with another plan %s gets %d", p.GetFamily(), p.GetMinorUnits())
		}
	}
	b.clock.move(40 * 24 * time.Hour)
	third := b.planned(30)
	b.lock(third)
	for _, p := range b.families.compared {
		if p.GetMinorUnits() != all[p.GetFamily()] {
			t.Errorf("after 40 days %s gets %d", p.GetFamily(), p.GetMinorUnits())
		}
	}
}

// A plan is not locked while families do not say what goes together.
func TestAPlanWaitsForWhatGoesTogether(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	b.families.FailNext("ListConcentratedFamilies", false)
	if _, err := step(context.Background(), b.treasurer("maker"), "lock", plan); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("lock: %v", err)
	}
	b.steps(plan, "lock")
}

// TestALookWaitsForNobodyWhoIsNotThere has everybody who is awake and may look have
// confirmed in a family's case, or entered into it.
func TestALookWaitsForNobodyWhoIsNotThere(t *testing.T) {
	t.Parallel()
	// given a plan of one family, and a verifier, the only one awake, who confirmed in its case
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	family := b.payments(plan)[0].GetFamily()
	b.families.confirmed = map[string][]string{family: {"staff/s_case", "staff/s_officer"}}
	b.lock(plan)
	b.steps(plan, "submit", "approve")
	p := b.plan(plan)
	if !p.GetLooks()[0].GetNobodyUntouched() || p.GetOpenUntil() == "" {
		t.Errorf("the plan is %v", p)
	}
	// when they look at once, then they are told from which day on they may, while any
	// colleague may object; who entered into the case may not then either
	desk := b.verifier("case")
	refused(t, "at once", lookAt(desk, plan, family), "LOOK_TOO_SOON")
	if got := inOpenView(t, b.person("c", policyv1.Role_ROLE_CASEWORKER), "in_open_view = true"); !slices.Equal(got, []string{plan}) {
		t.Errorf("a caseworker finds %v", got)
	}
	b.clock.move(3 * 24 * time.Hour)
	refused(t, "who entered into the case", lookAt(b.verifier("entered"), plan, family), "INVOLVED_PERSON")
	if err := lookAt(desk, plan, family); err != nil {
		t.Fatalf("after three days: %v", err)
	}
	if err := b.releasedBy("releaser", plan); err != nil {
		t.Fatalf("release: %v", err)
	}
	b.leaves(plan)
}

// Where somebody else is there who never touched the case, who confirmed in it does not
// look at it however long they wait.
func TestWhoConfirmedDoesNotLookWhereSomebodyElseCould(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	family := b.payments(plan)[0].GetFamily()
	b.families.confirmed = map[string][]string{family: {"staff/s_officer"}}
	b.lock(plan)
	b.clock.move(5 * 24 * time.Hour)
	refused(t, "look", lookAt(b.person("officer", policyv1.Role_ROLE_PROTECTION_OFFICER), plan, family), "INVOLVED_PERSON")
}

func takeLook(by person, plan, family string) error {
	_, err := by.plans.TakeLookAtPaymentPlan(context.Background(), &disbursementsv1.TakeLookAtPaymentPlanRequest{Name: plan, Family: family})
	return err
}

// TestWhoTakesALookReadsTheFileUntilTheyHaveLooked follows whom families lets read.
func TestWhoTakesALookReadsTheFileUntilTheyHaveLooked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(2)
	families := b.lock(plan)
	desk, officer := b.verifier("desk"), b.person("officer", policyv1.Role_ROLE_PROTECTION_OFFICER)
	// given who may not look, and a family that is not asked for
	refused(t, "take by somebody involved", takeLook(b.verifier("involved"), plan, families[0]), "INVOLVED_PERSON")
	refused(t, "take by a treasurer", takeLook(b.treasurer("maker"), plan, families[0]), "PERMISSION_DENIED")
	if f := fault.As(takeLook(desk, plan, "families/f_99")); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "family" {
		t.Error("a family that is not in the plan is taken")
	}
	if len(b.families.shown) != 0 {
		t.Fatalf("shown: %v", b.families.shown)
	}
	// when one takes the look, then they read the file, and nobody else takes it meanwhile
	for range 2 {
		if err := takeLook(desk, plan, families[0]); err != nil {
			t.Fatalf("take: %v", err)
		}
	}
	refused(t, "take what is taken", takeLook(officer, plan, families[0]), "LOOK_TAKEN")
	if got := b.families.shown; !maps.Equal(got, map[string]string{families[0]: desk.name}) {
		t.Errorf("shown: %v", got)
	}
	// until they have looked, which waits until that is ended
	b.families.FailNext("HideFamily", false)
	if err := lookAt(desk, plan, families[0]); err == nil || b.plan(plan).GetLooks()[0].GetLookedBy() != "" {
		t.Error("looked while the file stays open")
	}
	if err := lookAt(desk, plan, families[0]); err != nil || len(b.families.shown) != 0 {
		t.Errorf("%v, shown: %v", err, b.families.shown)
	}
}
