package store_test

import (
	"context"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// shared makes two failed payments, in two plans, of one award.
func (d *desk) shared() (award string, payments [2]string) {
	d.t.Helper()
	roundID := d.committed(allocation(1, 10_000))
	for i := range payments {
		p := d.planned(roundID)
		d.acts(p, plan.Lock, plan.Submit, plan.Approve, plan.Authorize, plan.Release)
		payments[i] = d.payments(p)[0]
		d.failed(payments[i])
	}
	return d.awards(roundID)[0].ID, payments
}

const lockAward = `SELECT 1 FROM awards WHERE id = $1 FOR UPDATE`

// TestOfTwoRetriesThatShareAnAwardOneIsRefused lets both come while the award is
// held, so that neither sees what the other did.
func TestOfTwoRetriesThatShareAnAwardOneIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	award, payments := d.shared()
	retry := func(id string) func() error {
		return func() error { return d.store.RetryPayment(context.Background(), id) }
	}
	errs := d.held(lockAward, []any{award}, retry(payments[0]), retry(payments[1]))
	d.done("first retry", errs[0])
	d.refused("second retry", errs[1], "AWARD_NOT_AVAILABLE")
	if !fault.OfKind(errs[1], fault.Precondition) {
		t.Errorf("second retry: %v", errs[1])
	}
	if one, other := d.payment(payments[0]), d.payment(payments[1]); one.State != payment.Submitted || other.State != payment.Failed {
		t.Errorf("payments %s and %s", one.State, other.State)
	}
	if n := read[int](d, `SELECT COUNT(*) FROM payment_shares WHERE live`); n != 1 {
		t.Errorf("%d payments have the award", n)
	}
}

func TestManyRetriesOfOnePaymentStartOneAttempt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, payments := d.released(1)
	d.failed(payments[0])
	retry := func() error { return d.store.RetryPayment(context.Background(), payments[0]) }
	done := 0
	for _, err := range together(retry, retry, retry, retry, retry, retry) {
		if err == nil {
			done++
			continue
		}
		d.refused("another retry", err, "ILLEGAL_STATE")
	}
	if done != 1 {
		t.Errorf("%d retries started an attempt", done)
	}
}

// TestACancelledAwardIsNotPaidByARetry cancels it while the retry is on its way.
func TestACancelledAwardIsNotPaidByARetry(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	award, payments := d.shared()
	errs := d.held(lockAward, []any{award},
		func() error { return d.store.CancelAward(context.Background(), award) },
		func() error { return d.store.RetryPayment(context.Background(), payments[0]) })
	d.done("cancel", errs[0])
	d.refused("retry", errs[1], "AWARD_NOT_AVAILABLE")
	if y := d.payment(payments[0]); y.State != payment.Failed {
		t.Errorf("payment of a cancelled award is %s", y.State)
	}
	if n := read[int](d, `SELECT COUNT(*) FROM payment_shares WHERE live`); n != 0 {
		t.Errorf("%d payments have the cancelled award", n)
	}
}

// TestAFollowUpPlanAndARetryShareNoAward lets the plan be first.
func TestAFollowUpPlanAndARetryShareNoAward(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	award, payments := d.shared()
	roundID := d.plan(d.payment(payments[0]).PlanID).RoundID
	d.planned(roundID)
	d.refused("retry", d.store.RetryPayment(context.Background(), payments[0]), "AWARD_NOT_AVAILABLE")
	if a, err := d.store.Award(context.Background(), award); err != nil || a.State != round.InPayment {
		t.Errorf("award %+v, %v", a, err)
	}
}

func TestARetryTakesItsAwardsAndAFileOfItsOwn(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(2)
	first := d.failed(payments[0])
	d.sent(payments[1])
	if p := d.plan(planID); p.State != plan.Accepted { // one is still on its way
		t.Errorf("plan is %s", p.State)
	}
	d.done("retry", d.store.RetryPayment(ctx, payments[0]))
	second := d.claim(payments[0])
	if second.Attempt.Number != 2 || !second.Fresh || second.Attempt.FileID == first.FileID || second.Attempt.EndToEndID == first.EndToEndID {
		t.Errorf("second attempt %+v after %+v", second, first)
	}
	if y := d.payment(payments[0]); y.Failure != "" || y.Attempts != 2 {
		t.Errorf("payment: %+v", y)
	}
	if a := d.awards(d.plan(planID).RoundID); a[0].State != round.InPayment || a[1].State != round.InPayment {
		t.Errorf("awards: %+v", a)
	}
}

func TestOnlyAFinalFailureIsRetried(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(2)
	d.refused("retry of what is on its way", d.store.RetryPayment(ctx, payments[0]), "ILLEGAL_STATE")
	d.sent(payments[0])
	d.refused("retry of what was sent", d.store.RetryPayment(ctx, payments[0]), "ILLEGAL_STATE")
	d.refused("retry of nothing", d.store.RetryPayment(ctx, "y_none"), "NOT_FOUND")
	// A retry opens a finished plan again, but not a closed one.
	d.failed(payments[1])
	d.done("settle", settle(ctx, d, payments[0]))
	if p := d.plan(planID); p.State != plan.Finished {
		t.Fatalf("plan is %s", p.State)
	}
	d.done("retry", d.store.RetryPayment(ctx, payments[1]))
	if p := d.plan(planID); p.State != plan.Accepted {
		t.Errorf("plan is %s", p.State)
	}
	d.failed(payments[1])
	d.acts(planID, plan.Close)
	d.refused("retry in a closed plan", d.store.RetryPayment(ctx, payments[1]), "PLAN_NOT_ACCEPTED")
}
