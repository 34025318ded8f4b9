package store_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// five are the allocations of a round: the third gets nothing.
func five() []store.Allocation {
	return []store.Allocation{allocation(1, 10_000), allocation(2, 5_000), allocation(3, 0), allocation(4, 2_000), allocation(5, 1_000)}
}

// stands fails the test unless a commit stands at a step and an allocation.
func (d *desk) stands(id string, step round.Step, after int) round.Round {
	d.t.Helper()
	r := d.round(id)
	if r.CommitStep != step || r.CommitAfter != after {
		d.t.Errorf("the commit stands at %s after %d, want %s after %d", r.CommitStep, r.CommitAfter, step, after)
	}
	return r
}

// outcomes are those of a round's allocations, in their order.
func (d *desk) outcomes(id string) (list []round.Outcome) {
	d.t.Helper()
	all, err := d.store.Allocations(context.Background(), id, page.Page{Size: 100})
	d.done("list allocations", err)
	for _, a := range all {
		list = append(list, a.Outcome)
	}
	return list
}

// TestAPageIsDoneOnce goes through the pages of each step, and does each a second time
// by a worker that has read the round before.
func TestAPageIsDoneOnce(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(five()...)
	var asked []store.RequestCycle
	for _, after := range []int{0, 2, 4} {
		r := d.stands(id, round.Reserve, after)
		cycles, err := d.store.CyclesToReserve(ctx, r, 2)
		d.done("read cycles", err)
		asked = append(asked, cycles...)
		held := []store.HeldBack{{AidRequest: allocation(4, 0).AidRequest, Cycle: 1, Reason: "FAMILY_SUSPENDED"}}
		d.done("reserve", d.store.NoteReserved(ctx, r, 2, held))
		d.done("reserve again", d.store.NoteReserved(ctx, r, 2, []store.HeldBack{{AidRequest: allocation(1, 0).AidRequest, Cycle: 1, Reason: "UNKNOWN"}}))
	}
	if len(asked) != 4 || asked[2].AidRequest != allocation(4, 0).AidRequest {
		t.Errorf("asked for %+v", asked)
	}
	want := []round.Outcome{round.Awarded, round.Awarded, round.Nothing, round.HeldBack, round.Awarded}
	if diff := cmp.Diff(want, d.outcomes(id)); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	d.done("hold", d.store.DecideHold(ctx, d.stands(id, round.Hold, 0), agree))
	for i, after := range []int{0, 2, 4} {
		r := d.stands(id, round.Award, after)
		d.done("make awards", d.store.MakeAwards(ctx, r, 2))
		d.done("make awards again", d.store.MakeAwards(ctx, r, 2))
		if n := len(d.awards(id)); n != []int{2, 2, 3}[i] {
			t.Errorf("%d awards after page %d", n, i+1)
		}
	}
	first, second := d.stands(id, round.Book, 0), d.awards(id)[1].ID
	d.done("book", d.store.NoteBooked(ctx, first, second))
	d.done("book again, and less", d.store.NoteBooked(ctx, first, d.awards(id)[0].ID))
	d.done("finish what another has gone on with", d.store.FinishCommit(ctx, first))
	if r := d.stands(id, round.Book, 0); r.BookedAfter != second {
		t.Errorf("booked after %s, want %s", r.BookedAfter, second)
	}
	d.done("finish", d.store.FinishCommit(ctx, d.round(id)))
	if r := d.round(id); r.State != round.Committed {
		t.Errorf("round %+v", r)
	}
}

// TestAnAnswerToAnEarlierCommitIsNotNoted keeps what a worker was told of a commit that
// was refused, until the round is committed again and stands at the same page.
func TestAnAnswerToAnEarlierCommitIsNotNoted(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(five()...)
	early := d.round(id)
	d.done("reserve", d.store.NoteReserved(ctx, early, whole, nil))
	d.done("refused hold", d.store.DecideHold(ctx, d.round(id), func(context.Context) (round.Refusal, error) { return round.InsufficientFunds, nil }))
	// Given a refused commit, whose outcomes go page by page,
	for _, after := range []int{0, 2, 4} {
		r := d.stands(id, round.Unreserve, after)
		for range 2 {
			d.done("refuse", d.store.RefuseCommit(ctx, r, 2))
		}
	}
	if diff := cmp.Diff(make([]round.Outcome, 5), d.outcomes(id)); diff != "" {
		t.Errorf("outcomes of a refused commit (-want +got):\n%s", diff)
	}
	// when the round is ordered again and the late answer comes,
	d.done("order again", d.store.OrderCommit(ctx, id, "staff/s_committer", early.SnapshotDigest, 7))
	d.done("late answer", d.store.NoteReserved(ctx, early, whole, nil))
	// then the page is still to be reserved.
	if r := d.stands(id, round.Reserve, 0); r.Commits != 2 || d.outcomes(id)[0] != "" {
		t.Errorf("round %+v, outcomes %v", r, d.outcomes(id))
	}
	// Without the look at where the commit stands, the money of requests is held that
	// nobody has reserved.
	d.done("late answer, unseen", d.store.Forgetful().NoteReserved(ctx, early, whole, nil))
	d.stands(id, round.Hold, 0)
}
