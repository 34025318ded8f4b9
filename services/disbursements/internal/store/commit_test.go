package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

func TestACommitIsOrderedOfWhatThePersonLookedAt(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.simulated(allocation(1, 10_000))
	digest := d.round(id).SnapshotDigest
	if want := sha256.Sum256([]byte("snapshot")); !cmp.Equal(digest, want[:]) {
		t.Errorf("digest %x", digest)
	}
	d.refused("another snapshot", d.store.OrderCommit(ctx, id, "staff/s_committer", make([]byte, 32), 7), "SNAPSHOT_CHANGED")
	for person, why := range map[string]fault.Reason{
		"staff/s_opener": "SAME_PERSON", "staff/s_simulator": "SAME_PERSON",
	} {
		d.refused("commit by "+person, d.store.OrderCommit(ctx, id, person, digest, 7), why)
	}
	d.refused("an unknown round", d.store.OrderCommit(ctx, "r_none", "staff/s_committer", digest, 7), "NOT_FOUND")
	if r := d.round(id); r.State != round.Simulated {
		t.Errorf("round after refusals: %+v", r)
	}
	d.done("order", d.store.OrderCommit(ctx, id, "staff/s_committer", digest, 7))
	d.refused("order again", d.store.OrderCommit(ctx, id, "staff/s_other", digest, 7), "ILLEGAL_STATE")
	d.refused("simulate while it is committed", d.store.FreezeSnapshot(ctx, d.simulation(id)), "ILLEGAL_STATE")
	d.refused("discard while it is committed", d.store.DiscardRound(ctx, id), "ILLEGAL_STATE")
}

func TestOfManyOrdersOneCounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.simulated(allocation(1, 10_000))
	digest := d.round(id).SnapshotDigest
	var orders []func() error
	for i := range 6 {
		orders = append(orders, func() error {
			return d.store.OrderCommit(context.Background(), id, fmt.Sprintf("staff/s_%d", i), digest, 7)
		})
	}
	done := 0
	for _, err := range together(orders...) {
		if err == nil {
			done++
			continue
		}
		d.refused("another order", err, "ILLEGAL_STATE")
	}
	if done != 1 || read[int64](d, `SELECT commit_sequence FROM allocation_rounds WHERE id = $1`, id) != 7 {
		t.Errorf("%d orders counted, round %+v", done, d.round(id))
	}
}

// TestEachStepOfACommitIsDoneOnce repeats each step before the next, and then all
// of them.
func TestEachStepOfACommitIsDoneOnce(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(allocation(1, 10_000), allocation(2, 5_000), allocation(3, 0))
	asked := 0
	steps := []struct {
		after round.Step
		do    func() error
	}{
		{round.Hold, func() error { return d.store.NoteReserved(ctx, d.round(id), whole, nil) }},
		{round.Award, func() error {
			return d.store.DecideHold(ctx, d.round(id), func(context.Context) (round.Refusal, error) { asked++; return "", nil })
		}},
		{round.Book, func() error { return d.store.MakeAwards(ctx, d.round(id), whole) }},
		{"", func() error { return d.store.FinishCommit(ctx, d.round(id)) }},
	}
	for _, s := range steps {
		for range 2 {
			d.done("step", s.do())
			if r := d.round(id); r.CommitStep != s.after {
				t.Errorf("commit stands at %q, want %q", r.CommitStep, s.after)
			}
		}
	}
	for _, s := range steps {
		d.done("step again", s.do())
	}
	d.done("refuse what is committed", d.store.RefuseCommit(ctx, d.round(id), whole))
	if r := d.round(id); r.State != round.Committed || asked != 1 || len(d.awards(id)) != 2 {
		t.Errorf("round %+v, asked %d times, awards %+v", r, asked, d.awards(id))
	}
	for _, outcome := range []string{"AWARDED", "NOTHING"} {
		if read[int](d, `SELECT COUNT(*) FROM allocations WHERE outcome = $1`, outcome) == 0 {
			t.Errorf("no allocation is %s", outcome)
		}
	}
}

func TestARefusedHoldLeadsBackAndCanBeOrderedAgain(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(allocation(1, 10_000))
	d.done("reserve", d.store.NoteReserved(ctx, d.round(id), whole, nil))
	d.done("refused hold", d.store.DecideHold(ctx, d.round(id), func(context.Context) (round.Refusal, error) { return round.FundInDeficit, nil }))
	if r := d.round(id); r.CommitStep != round.Unreserve || r.Refusal != round.FundInDeficit {
		t.Errorf("round %+v", r)
	}
	d.done("make awards of nothing", d.store.MakeAwards(ctx, d.round(id), whole))
	d.done("refuse", d.store.RefuseCommit(ctx, d.round(id), whole))
	if r := d.round(id); r.State != round.Simulated || r.CommittedBy != "" || r.Refusal != round.FundInDeficit || len(d.awards(id)) != 0 {
		t.Errorf("round %+v", r)
	}
	if n := read[int](d, `SELECT COUNT(*) FROM allocations WHERE outcome IS NOT NULL`); n != 0 {
		t.Errorf("%d outcomes of a refused commit", n)
	}
	d.done("order again", d.store.OrderCommit(ctx, id, "staff/s_other", d.round(id).SnapshotDigest, 7))
	if r := d.round(id); r.Refusal != "" {
		t.Errorf("round %+v", r)
	}
}

// TestTheLedgersAnswerIsNotedAsItWasGiven lets two workers ask at once, of which
// the second would be told something else.
func TestTheLedgersAnswerIsNotedAsItWasGiven(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(allocation(1, 10_000))
	d.done("reserve", d.store.NoteReserved(ctx, d.round(id), whole, nil))
	read := d.round(id)
	inside, goOn := make(chan struct{}), make(chan struct{})
	first, second := make(chan error, 1), make(chan error, 1)
	go func() {
		first <- d.store.DecideHold(ctx, read, func(context.Context) (round.Refusal, error) {
			close(inside)
			<-goOn
			return round.InsufficientFunds, nil
		})
	}()
	<-inside
	askedTwice := false
	go func() {
		second <- d.store.DecideHold(ctx, read, func(context.Context) (round.Refusal, error) { askedTwice = true; return "", nil })
	}()
	d.waiting(1)
	close(goOn)
	for _, result := range []chan error{first, second} {
		if err := <-result; err != nil {
			t.Error(err)
		}
	}
	if r := d.round(id); askedTwice || r.CommitStep != round.Unreserve {
		t.Errorf("asked twice: %t, round %+v", askedTwice, r)
	}
}

// TestTheLedgerIsGivenLessTimeThanATransactionMayIdle asks the database for its
// bound, and the question for its own.
func TestTheLedgerIsGivenLessTimeThanATransactionMayIdle(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(allocation(1, 10_000))
	d.done("reserve", d.store.NoteReserved(ctx, d.round(id), whole, nil))
	idle := time.Duration(read[float64](d, `SELECT EXTRACT(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval)`)) * time.Second
	cause := errors.New("the ledger is away")
	err := d.store.DecideHold(ctx, d.round(id), func(ctx context.Context) (round.Refusal, error) {
		deadline, bounded := ctx.Deadline()
		if left := time.Until(deadline); !bounded || idle == 0 || left > idle/2 {
			t.Errorf("the ledger has %s, a transaction may idle for %s", left, idle)
		}
		return "", cause
	})
	if !errors.Is(err, cause) {
		t.Errorf("hold: %v", err)
	}
	if r := d.round(id); r.CommitStep != round.Hold {
		t.Errorf("without an answer the commit stands at %s", r.CommitStep)
	}
}

func TestWhatIsHeldBackIsNamedAndGetsNoAward(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(allocation(1, 10_000), allocation(2, 5_000), allocation(3, 0))
	held := func(n int) store.HeldBack {
		return store.HeldBack{AidRequest: allocation(n, 0).AidRequest, Cycle: 1, Reason: "FAMILY_SUSPENDED"}
	}
	d.done("reserve", d.store.NoteReserved(ctx, d.round(id), whole, []store.HeldBack{held(1), held(3)}))
	d.done("hold", d.store.DecideHold(ctx, d.round(id), agree))
	d.done("make awards", d.store.MakeAwards(ctx, d.round(id), whole))
	awards := d.awards(id)
	if len(awards) != 1 || awards[0].Family != "families/f_2" {
		t.Errorf("awards %+v", awards)
	}
	back, err := d.store.ReleaseTotals(ctx, id)
	if diff := cmp.Diff([]store.FundTotal{{Fund: "funds/general", Minor: 10_000}}, back); err != nil || diff != "" {
		t.Errorf("what goes back: %v (-want +got):\n%s", err, diff)
	}
	list, err := d.store.Allocations(ctx, id, page.Page{Size: 10})
	if err != nil || list[0].Outcome != round.HeldBack || list[0].HeldBackReason != "FAMILY_SUSPENDED" || list[1].Outcome != round.Awarded || list[2].Outcome != round.Nothing {
		t.Errorf("allocations %+v, %v", list, err)
	}
	totals, err := d.store.RoundTotals(ctx, id)
	if err != nil || totals[id].HeldBack != 1 || totals[id].Rare != 2 || totals[id].Tiers[0].Funded != 2 {
		t.Errorf("totals %+v, %v", totals, err)
	}
}

// TestAnAwardOfAnotherRoundHoldsTheRequestBack commits two rounds for one request
// whose families reserved it twice.
func TestAnAwardOfAnotherRoundHoldsTheRequestBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	first, second := d.committed(allocation(1, 10_000)), d.committed(allocation(1, 7_000))
	if len(d.awards(first)) != 1 || len(d.awards(second)) != 0 {
		t.Errorf("awards %+v and %+v", d.awards(first), d.awards(second))
	}
	list, err := d.store.Allocations(context.Background(), second, page.Page{Size: 10})
	if err != nil || list[0].Outcome != round.HeldBack || list[0].HeldBackReason != round.AlreadyAwarded {
		t.Errorf("allocations %+v, %v", list, err)
	}
	// With the first award given up, the request can be awarded again.
	d.done("cancel", d.store.CancelAward(context.Background(), d.awards(first)[0].ID))
	if third := d.committed(allocation(1, 7_000)); len(d.awards(third)) != 1 {
		t.Errorf("awards %+v", d.awards(third))
	}
}

func TestASnapshotReplacesTheOneBefore(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.simulated(allocation(1, 10_000), allocation(2, 5_000))
	sim := d.simulation(id, allocation(3, 2_000))
	sim.Snapshot = []byte("another")
	d.done("simulate again", d.store.FreezeSnapshot(ctx, sim))
	r := d.round(id)
	list, err := d.store.Allocations(ctx, id, page.Page{Size: 10})
	if err != nil || len(list) != 1 || list[0].Family != "families/f_3" {
		t.Errorf("allocations %+v, round %+v, %v", list, r, err)
	}
	d.done("commit", d.store.OrderCommit(ctx, id, "staff/s_committer", r.SnapshotDigest, 7))
}

func TestADiscardedRoundStaysSo(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.simulated(allocation(1, 10_000))
	d.done("discard", d.store.DiscardRound(ctx, id))
	err := d.store.DiscardRound(ctx, id)
	d.refused("discard again", err, "ILLEGAL_STATE")
	d.refused("simulate", d.store.FreezeSnapshot(ctx, d.simulation(id)), "ILLEGAL_STATE")
	d.refused("commit", d.store.OrderCommit(ctx, id, "staff/s_committer", d.round(id).SnapshotDigest, 7), "ILLEGAL_STATE")
	d.refused("plan", errOf(d.store.CreatePlan(ctx, store.NewPlan{RoundID: id, Rail: "sepa", Currencies: []string{"EUR"}})), "ROUND_NOT_COMMITTED")
	if !fault.OfKind(err, fault.Precondition) {
		t.Errorf("%v", err)
	}
}

// errOf drops the value beside an error.
func errOf[T any](_ T, err error) error { return err }
