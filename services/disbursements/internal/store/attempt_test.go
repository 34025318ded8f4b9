package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

func TestAClaimIsMadeOnceAndFoundAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	planID, payments := d.released(1)
	first, second := d.claim(payments[0]), d.claim(payments[0])
	if !first.Fresh || second.Fresh || !cmp.Equal(first.Attempt, second.Attempt) {
		t.Errorf("claims %+v and %+v", first, second)
	}
	p := d.plan(planID)
	if first.Family != "families/f_1" || first.Rail != "sepa" || first.Sender != "main" || !slices.Equal(first.Digest, p.Digest) {
		t.Errorf("claim %+v", first)
	}
	if a := first.Attempt; a.Number != 1 || a.Minor != 10_000 || len(a.EndToEndID) != 26 || a.FileID == "" || a.Handed {
		t.Errorf("attempt %+v", a)
	}
}

func TestNothingIsClaimedWhereNothingIsOwed(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(2)
	d.sent(payments[0])
	d.failed(payments[1])
	for _, id := range payments {
		if c := d.claim(id); c != nil {
			t.Errorf("claim of %s: %+v", d.payment(id).State, c)
		}
	}
	pending := d.payments(d.planned(d.committed(allocation(9, 1_000))))[0]
	if c := d.claim(pending); c != nil {
		t.Errorf("claim of what is not released: %+v", c)
	}
	d.refused("claim of nothing", errOf(d.store.Claim(ctx, "y_none")), "NOT_FOUND")
}

// TestALeasedPaymentWaitsForItsWorkerOrTheEndOfItsTime takes the lease, lets
// another worker come, and lets the time pass.
func TestALeasedPaymentWaitsForItsWorkerOrTheEndOfItsTime(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	slow, err := d.store.Claim(ctx, payments[0])
	d.done("claim", err)
	d.refused("another worker", errOf(d.store.Claim(ctx, payments[0])), "BUSY")
	d.exec(`UPDATE payments SET leased_until = clock_timestamp() - interval '1 second'`)
	quick, err := d.store.Claim(ctx, payments[0])
	d.done("claim after the lease", err)
	// The slow one's giving back does not end the quick one's lease.
	d.done("give back", d.store.Release(ctx, slow))
	d.refused("a third", errOf(d.store.Claim(ctx, payments[0])), "BUSY")
	d.done("give back", d.store.Release(ctx, quick))
	d.claim(payments[0])
}

func TestManyWorkersMakeOneAttempt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, payments := d.released(1)
	claim := func() error { return errOf(d.store.Claim(context.Background(), payments[0])) }
	done := 0
	for _, err := range together(claim, claim, claim, claim, claim, claim, claim, claim) {
		if err == nil {
			done++
			continue
		}
		d.refused("another claim", err, "BUSY")
	}
	if n := read[int](d, `SELECT COUNT(*) FROM attempts`); done != 1 || n != 1 {
		t.Errorf("%d claims, %d attempts", done, n)
	}
}

// TestAnAttemptMovesForwardOnly records every answer after every other.
func TestAnAttemptMovesForwardOnly(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	type answer struct {
		name string
		note func(*store.Store, payment.Attempt) error
		to   payment.AttemptState
	}
	answers := []answer{
		{"sent", func(s *store.Store, a payment.Attempt) error { return s.NoteSent(ctx, a) }, payment.AttemptSent},
		{"unknown", func(s *store.Store, a payment.Attempt) error { return s.NoteUnknown(ctx, a) }, payment.AttemptUnknown},
		{"failed", func(s *store.Store, a payment.Attempt) error { return s.NoteFailed(ctx, a, "RAIL_REFUSED", true) }, payment.AttemptFailed},
	}
	of := map[payment.AttemptState]payment.State{
		payment.AttemptSent: payment.Sent, payment.AttemptUnknown: payment.Submitted, payment.AttemptFailed: payment.Failed,
	}
	d := newDesk(t)
	_, payments := d.released(9)
	for i, first := range answers {
		for j, second := range answers {
			id := payments[3*i+j]
			a := d.claim(id).Attempt
			d.done("note "+first.name, first.note(d.store, a))
			d.done("note "+second.name, second.note(d.store, a))
			want := second.to
			if payment.MoveAttempt(first.to, second.to) != nil {
				want = first.to
			}
			if got := d.attempt(id).State; got != want || d.payment(id).State != of[want] {
				t.Errorf("%s, then %s: attempt %s, payment %s", first.name, second.name, got, d.payment(id).State)
			}
			owed := map[bool][]string{true: {"FAIL 10000"}}[want == payment.AttemptFailed]
			if got := d.owed(id); !slices.Equal(got, owed) {
				t.Errorf("%s, then %s: owed %v, want %v", first.name, second.name, got, owed)
			}
		}
	}
}

func TestAFailureFreesTheAwardsAndOwesTheWayBackOnlyOfWhatWasBooked(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(2)
	booked, unbooked := d.claim(payments[0]).Attempt, d.claim(payments[1]).Attempt
	d.done("fail", d.store.NoteFailed(ctx, booked, "DESTINATION_REFUSED", true))
	d.done("fail", d.store.NoteFailed(ctx, unbooked, "INSUFFICIENT_FUNDS", false))
	if len(d.owed(payments[0])) != 1 || len(d.owed(payments[1])) != 0 {
		t.Errorf("owed %v and %v", d.owed(payments[0]), d.owed(payments[1]))
	}
	for _, a := range d.awards(d.plan(planID).RoundID) {
		if a.State != round.Available {
			t.Errorf("award %+v", a)
		}
	}
	if y := d.payment(payments[0]); y.Failure != "DESTINATION_REFUSED" || d.attempt(payments[0]).Failure != "DESTINATION_REFUSED" {
		t.Errorf("payment %+v", y)
	}
	for i, want := range []bool{true, false} {
		if waits, err := d.store.AwardsAwaitMoney(ctx, payments[i]); err != nil || waits != want {
			t.Errorf("payment %d awaits money: %t, %v", i, waits, err)
		}
	}
	// With the way back booked, nothing is awaited any more.
	owed, err := d.store.OwedPostings(ctx, d.clock.Add(time.Second), "", 10)
	if err != nil || len(owed) != 1 {
		t.Fatalf("owed %v, %v", owed, err)
	}
	p, err := d.store.Posting(ctx, owed[0])
	if err != nil || p.Done || p.Transition != store.Fail || p.Minor != 10_000 || p.Amount != 10_000 || p.First != "" || len(p.Shares) != 1 || len(p.Paid) != 1 {
		t.Errorf("posting %+v, %v", p, err)
	}
	for range 2 {
		d.done("note posted", d.store.NotePosted(ctx, p))
	}
	if waits, err := d.store.AwardsAwaitMoney(ctx, payments[0]); err != nil || waits {
		t.Errorf("awaits money that is back: %t, %v", waits, err)
	}
	if p, err = d.store.Posting(ctx, owed[0]); err != nil || !p.Done {
		t.Errorf("posting %+v, %v", p, err)
	}
	d.refused("a posting of nothing", errOf(d.store.Posting(ctx, "ap_none")), "NOT_FOUND")
}

// TestAReturnNamesTheSettlingThatComesBeforeIt as long as that is owed.
func TestAReturnNamesTheSettlingThatComesBeforeIt(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	a := d.sent(payments[0])
	d.done("take in", d.take((&bank{}).says(back(a))))
	owed, err := d.store.OwedPostings(ctx, d.clock.Add(time.Second), "", 10)
	if err != nil || len(owed) != 2 {
		t.Fatalf("owed %v, %v", owed, err)
	}
	byKind := map[store.Transition]store.Posting{}
	for _, id := range owed {
		p, err := d.store.Posting(ctx, id)
		d.done("read", err)
		byKind[p.Transition] = p
	}
	settle, back := byKind[store.Settle], byKind[store.Return]
	if back.First != settle.ID || settle.First != "" || settle.On != "2026-11-24" {
		t.Errorf("settling %+v, return %+v", settle, back)
	}
	d.done("note posted", d.store.NotePosted(ctx, settle))
	if back, err = d.store.Posting(ctx, back.ID); err != nil || back.First != "" {
		t.Errorf("return %+v, %v", back, err)
	}
}

func TestAPlanIsFinishedWithItsLastPayment(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(3)
	b := &bank{}
	first, second := d.sent(payments[0]), d.sent(payments[1])
	d.failed(payments[2])
	d.done("settle one", d.take(b.says(paid(first))))
	if p := d.plan(planID); p.State != plan.Accepted {
		t.Errorf("plan with a payment on its way is %s", p.State)
	}
	d.refused("close", d.act(planID, plan.Close, "staff/s_x"), "ILLEGAL_STATE")
	d.done("settle the other", d.take(b.says(paid(second))))
	if p := d.plan(planID); p.State != plan.Finished {
		t.Errorf("plan is %s", p.State)
	}
	d.acts(planID, plan.Close)
	d.refused("cancel a payment", d.store.CancelPayment(ctx, payments[2], "staff/s_maker"), "PLAN_NOT_DRAFT")
}

// TestTheLastTwoPaymentsEndThePlanTogether lets two workers end them at once.
func TestTheLastTwoPaymentsEndThePlanTogether(t *testing.T) {
	t.Parallel()
	for range 5 {
		ctx, d := context.Background(), newDesk(t)
		planID, payments := d.released(2)
		one, other := d.claim(payments[0]).Attempt, d.claim(payments[1]).Attempt
		for _, err := range together(
			func() error { return d.store.NoteFailed(ctx, one, "RAIL_REFUSED", false) },
			func() error { return d.store.NoteFailed(ctx, other, "RAIL_REFUSED", false) },
		) {
			d.done("note failed", err)
		}
		if p := d.plan(planID); p.State != plan.Finished {
			t.Errorf("plan is %s", p.State)
		}
	}
}
