package store_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/hands"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// inState makes a plan of two payments and takes it as far as a state.
func (d *desk) inState(state plan.State) string {
	d.t.Helper()
	d.cycle++ // the requests of an earlier plan may still be awarded
	first, second := allocation(1, 10_000), allocation(2, 5_000)
	first.Cycle, second.Cycle = d.cycle, d.cycle
	id := d.planned(d.committed(first, second))
	d.acts(id, map[plan.State][]plan.Kind{
		plan.Draft: nil, plan.Locked: {plan.Lock}, plan.InApproval: {plan.Lock, plan.Submit},
		plan.InAuthorization: {plan.Lock, plan.Submit, plan.Approve},
		plan.InRelease:       {plan.Lock, plan.Submit, plan.Approve, plan.Authorize},
	}[state]...)
	return id
}

// TestEachPartNeedsAnotherPerson lets everybody who has a part in a plan already
// try each later step.
func TestEachPartNeedsAnotherPerson(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, step := range []struct {
		state plan.State
		kind  plan.Kind
	}{
		{plan.InApproval, plan.Approve}, {plan.InAuthorization, plan.Authorize}, {plan.InRelease, plan.Release},
	} {
		id := d.inState(step.state)
		for _, a := range d.plan(id).Acts {
			d.refused(string(step.kind)+" by who did "+string(a.Kind), d.act(id, step.kind, a.Person), "SAME_PERSON")
		}
		d.refused(string(step.kind)+" by who knows a family", d.store.Do(context.Background(), store.Act{
			PlanID: id, Person: "staff/s_involved", Kind: step.kind, Digest: d.plan(id).Digest, Ties: plan.Ties{Involved: true},
		}), "INVOLVED_PERSON")
		if p := d.plan(id); p.State != step.state {
			t.Errorf("plan is %s after refusals, want %s", p.State, step.state)
		}
		d.acts(id, step.kind)
	}
}

// TestTheDatabaseTakesOneActOfWhoStoodIn writes past the rules.
func TestTheDatabaseTakesOneActOfWhoStoodIn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.inState(plan.InRelease)
	standIn := func(kind plan.Kind) error {
		_, err := d.db.Pool.Exec(context.Background(), `UPDATE plan_acts SET stand_in = true WHERE plan_id = $1 AND kind = $2`, id, kind)
		return err
	}
	if err := standIn(plan.Approve); err != nil {
		t.Fatal(err)
	}
	if err := standIn(plan.Authorize); !postgres.Violates(err, "plan_acts_one_stand_in") {
		t.Errorf("a second one: %v", err)
	}
}

func TestAPersonKeepsTheirPartAfterARejection(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.inState(plan.InRelease)
	d.acts(id, plan.Reject)
	// Whoever approved may approve again, and do nothing else.
	d.refused("lock by the approver", d.act(id, plan.Lock, hat(plan.Approve)), "SAME_PERSON")
	d.acts(id, plan.Lock, plan.Submit)
	d.refused("approve by the authoriser", d.act(id, plan.Approve, hat(plan.Authorize)), "SAME_PERSON")
	d.acts(id, plan.Approve, plan.Authorize, plan.Release)
}

// TestTheDatabaseItselfKeepsPeopleApart goes around the program.
func TestTheDatabaseItselfKeepsPeopleApart(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.InApproval)
	digest := d.plan(id).Digest
	for name, test := range map[string]struct {
		sql        string
		args       []any
		constraint string
	}{
		"a second part": {`INSERT INTO plan_persons (plan_id, person, hat) VALUES ($1, 'staff/s_maker', 'APPROVER')`, []any{id}, "plan_persons_one_hat"},
		"an approval without a part": {`INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at, sequence)
			VALUES ($1, 'APPROVE', 'staff/s_x', NULL, $2, now(), now(), 7)`, []any{id, digest}, "plan_acts_hat"},
		"an approval in the maker's part": {`INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at, sequence)
			VALUES ($1, 'APPROVE', 'staff/s_maker', 'MAKER', $2, now(), now(), 7)`, []any{id, digest}, "plan_acts_hat"},
		"an approval in a part of nobody's": {`INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at, sequence)
			VALUES ($1, 'APPROVE', 'staff/s_x', 'APPROVER', $2, now(), now(), 7)`, []any{id, digest}, "plan_acts_plan_id_person_hat_fkey"},
		"an approval of something else": {`INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at, sequence)
			VALUES ($1, 'APPROVE', 'staff/s_x', 'APPROVER', sha256('else'), now(), now(), 7)`, []any{id}, "plan_acts_digest"},
		"a locked plan without a digest": {`UPDATE payment_plans SET digest = NULL WHERE id = $1`, []any{id}, "payment_plans_check"},
		"two live payments of a family": {`INSERT INTO payments (id, plan_id, state, family, currency, minor_units, created_at, mac)
			SELECT 'y_00000000000000000000000009', plan_id, state, family, currency, minor_units, created_at, mac FROM payments WHERE plan_id = $1 LIMIT 1`,
			[]any{id}, "payments_one_live"},
		"an award twice": {`INSERT INTO payment_shares (payment_id, award_id, minor_units)
			SELECT y.id, sh.award_id, 1 FROM payments y, payment_shares sh WHERE y.plan_id = $1 AND y.id <> sh.payment_id LIMIT 1`,
			[]any{id}, "payment_shares_one_live"},
	} {
		if _, err := d.db.Pool.Exec(ctx, test.sql, test.args...); !postgres.Violates(err, test.constraint) {
			t.Errorf("%s: %v, want a violation of %s", name, err, test.constraint)
		}
	}
}

func TestOfManyApproversOneApproves(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.inState(plan.InApproval)
	digest := d.plan(id).Digest
	var approvals []func() error
	for _, who := range []string{"a", "b", "c", "d", "e"} {
		approvals = append(approvals, func() error {
			return d.store.Do(context.Background(), store.Act{PlanID: id, Person: "staff/s_" + who, Kind: plan.Approve, Digest: digest})
		})
	}
	done := 0
	for _, err := range together(approvals...) {
		if err == nil {
			done++
			continue
		}
		d.refused("another approval", err, "ILLEGAL_STATE")
	}
	p := d.plan(id)
	approved := slices.DeleteFunc(slices.Clone(p.Acts), func(a plan.Act) bool { return a.Kind != plan.Approve })
	if done != 1 || p.State != plan.InAuthorization || len(approved) != 1 {
		t.Errorf("%d approvals went through, plan %s with %d", done, p.State, len(approved))
	}
	if n := read[int](d, `SELECT COUNT(*) FROM plan_persons WHERE plan_id = $1 AND hat = 'APPROVER'`, id); n != 1 {
		t.Errorf("%d people are approvers", n)
	}
}

// TestOnePersonAtTwoStepsAtOnceTakesOne holds the plan while both come.
func TestOnePersonAtTwoStepsAtOnceTakesOne(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.inState(plan.InApproval)
	digest := d.plan(id).Digest
	do := func(kind plan.Kind) func() error {
		return func() error {
			return d.store.Do(context.Background(), store.Act{PlanID: id, Person: "staff/s_twice", Kind: kind, Digest: digest})
		}
	}
	errs := d.held(`SELECT 1 FROM payment_plans WHERE id = $1 FOR UPDATE`, []any{id}, do(plan.Approve), do(plan.Authorize))
	d.done("approve", errs[0])
	d.refused("authorise", errs[1], "SAME_PERSON")
}

func TestNothingIsSignedButWhatThePlanHolds(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.InApproval)
	before := d.plan(id).Digest
	d.acts(id, plan.Unlock)
	if p := d.plan(id); p.Digest != nil {
		t.Errorf("digest of an open plan: %x", p.Digest)
	}
	d.done("take a payment out", d.store.CancelPayment(ctx, d.payments(id)[0], "staff/s_maker"))
	d.acts(id, plan.Lock, plan.Submit)
	after := d.plan(id)
	if bytes.Equal(before, after.Digest) || after.Payments != 1 {
		t.Errorf("plan after the edit: %+v", after)
	}
	for name, digest := range map[string][]byte{"the old digest": before, "no digest": nil, "zeros": make([]byte, 32)} {
		err := d.store.Do(ctx, store.Act{PlanID: id, Person: hat(plan.Approve), Kind: plan.Approve, Digest: digest})
		d.refused(name, err, "PLAN_CHANGED")
		if !fault.OfKind(err, fault.Aborted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An act without a look needs no digest.
	d.done("unlock", d.store.Do(ctx, store.Act{PlanID: id, Person: "staff/s_x", Kind: plan.Unlock}))
}

func TestAPlanOfNothingIsNotLocked(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.Draft)
	for _, y := range d.payments(id) {
		d.done("take out", d.store.CancelPayment(ctx, y, "staff/s_maker"))
		d.refused("take out again", d.store.CancelPayment(ctx, y, "staff/s_maker"), "ILLEGAL_STATE")
	}
	d.refused("lock", d.act(id, plan.Lock, hat(plan.Lock)), "NOTHING_TO_PAY")
	d.refused("an unknown plan", d.store.Do(ctx, store.Act{PlanID: "p_none", Person: "staff/s_x", Kind: plan.Lock}), "NOT_FOUND")
}

// TestAnOldDecisionStopsTheNext lets an approval, then an authorisation, expire.
func TestAnOldDecisionStopsTheNext(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.inState(plan.InAuthorization)
	d.clock = d.clock.Add(hands.ApprovalDays * 24 * time.Hour)
	d.done("authorise on the last day", d.act(id, plan.Authorize, hat(plan.Authorize)))
	d.clock = d.clock.Add(24 * time.Hour)
	d.refused("release on an old approval", d.act(id, plan.Release, hat(plan.Release)), "APPROVAL_EXPIRED")
	d.acts(id, plan.Reject)
	for _, a := range d.plan(id).Acts {
		if want := a.Kind == plan.Approve || a.Kind == plan.Authorize; a.Void != want {
			t.Errorf("%s is void: %t", a.Kind, a.Void)
		}
	}
	// What is void does not stop those who decide anew.
	d.acts(id, plan.Lock, plan.Submit, plan.Approve, plan.Authorize, plan.Release)
}

// TestEachSignatureCarriesItsLeaf reads what the acts of a plan rest on.
func TestEachSignatureCarriesItsLeaf(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.inState(plan.InRelease)
	d.acts(id, plan.Release)
	signed := read[int](d, `SELECT COUNT(*) FROM plan_acts WHERE plan_id = $1 AND sequence = 7 AND digest IS NOT NULL`, id)
	bare := read[int](d, `SELECT COUNT(*) FROM plan_acts WHERE plan_id = $1 AND sequence IS NULL AND kind IN ('CREATE', 'SUBMIT')`, id)
	if signed != 4 || bare != 2 {
		t.Errorf("%d acts have a leaf, %d none", signed, bare)
	}
}

// TestARehearsalChangesNothing rehearses each step, and one that is refused.
func TestARehearsalChangesNothing(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.InApproval)
	before := d.plan(id)
	p, digest, err := d.store.MayDo(ctx, store.Act{PlanID: id, Person: hat(plan.Approve), Kind: plan.Approve, Digest: before.Digest})
	d.done("rehearse", err)
	if p.State != plan.InApproval || !bytes.Equal(digest, before.Digest) || d.plan(id).State != plan.InApproval || len(d.plan(id).Acts) != len(before.Acts) {
		t.Errorf("rehearsed %+v, now %+v", p, d.plan(id))
	}
	_, _, err = d.store.MayDo(ctx, store.Act{PlanID: id, Person: "staff/s_maker", Kind: plan.Approve, Digest: before.Digest})
	d.refused("rehearse by the maker", err, "SAME_PERSON")
}

// TestStopsOweTheirLeaf stops a plan in each way; one that was never locked owes none.
func TestStopsOweTheirLeaf(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.InApproval)
	d.acts(id, plan.Reject, plan.Lock, plan.Unlock, plan.Lock, plan.Abort)
	voids, err := d.store.VoidsOf(ctx, id)
	d.done("read stops", err)
	var got []string
	for i, v := range voids {
		got = append(got, v.Reason)
		if v.Version != i+1 || len(v.Digest) != 32 || v.Done {
			t.Errorf("stop %+v", v)
		}
		d.done("note", d.store.NoteVoided(ctx, v.ID, int64(i)))
	}
	if diff := cmp.Diff([]string{"REJECT", "UNLOCK", "ABORT"}, got); diff != "" {
		t.Errorf("stops (-want +got):\n%s", diff)
	}
	if owed, err := d.store.OwedVoids(ctx, d.clock.Add(time.Hour), "", 10); err != nil || len(owed) != 0 {
		t.Errorf("owed %v, %v", owed, err)
	}
	draft := d.inState(plan.Draft)
	d.acts(draft, plan.Abort)
	if voids, err := d.store.VoidsOf(ctx, draft); err != nil || len(voids) != 0 {
		t.Errorf("stops of a draft: %v, %v", voids, err)
	}
}

func TestAnAbortedPlanGivesItsAwardsBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for _, state := range []plan.State{plan.Draft, plan.Locked} {
		id := d.inState(state)
		d.acts(id, plan.Abort)
		if p := d.plan(id); p.State != plan.Aborted || p.Payments != 0 || p.Total != 0 {
			t.Errorf("aborted from %s: %+v", state, p)
		}
		for _, a := range d.awards(d.plan(id).RoundID) {
			if a.State != "AVAILABLE" {
				t.Errorf("award %+v", a)
			}
		}
		d.refused("abort again", d.act(id, plan.Abort, "staff/s_x"), "ILLEGAL_STATE")
	}
}
