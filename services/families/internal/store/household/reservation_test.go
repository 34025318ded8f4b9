package household_test

import (
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// commit is the n-th commit of the round.
func commit(n int) aidrequest.Commit {
	return aidrequest.Commit{Round: "allocationRounds/r_1", Number: n}
}

// cycles is an approved request of so many cycles, as the keys that a round names.
func (d *desk) cycles(n int) (keys []aidrequest.Key) {
	d.t.Helper()
	d.payable()
	r, err := d.store.CreateAidRequest(d.as(owner), family.Scope{Person: owner}, aidrequest.Request{
		FamilyID: d.family, Category: "FOOD", Urgency: "NORMAL", Amount: postingtest.EUR(10_000), Cycles: n,
	})
	d.must(err)
	_, err = d.store.ApproveAidRequest(d.as(verifier), verifier, d.family, r.ID, "")
	d.must(err)
	for i := range n {
		keys = append(keys, aidrequest.Key{FamilyID: d.family, RequestID: r.ID, Cycle: i + 1})
	}
	return keys
}

// reserved reserves a page, of which everything is to be granted.
func (d *desk) reserved(c aidrequest.Commit, keys ...aidrequest.Key) {
	d.t.Helper()
	held, err := d.store.Reserve(d.t.Context(), c, keys)
	if d.must(err); len(held) != 0 {
		d.t.Errorf("commit %d holds back %v", c.Number, held)
	}
}

// awarded are the cycles that the round has.
func (d *desk) awarded() []int {
	d.t.Helper()
	list, err := postgres.Many(d.t.Context(), d.db.Pool, "cycles", pgx.RowTo[int], `
		SELECT cycle FROM aid_request_cycles WHERE round = $1 AND state = 'AWARDED' ORDER BY cycle`, commit(1).Round)
	d.must(err)
	return list
}

// unreserved gives back a page of two cycles.
func (d *desk) unreserved(c aidrequest.Commit) int {
	d.t.Helper()
	n, err := d.store.Unreserve(d.t.Context(), c, 2)
	d.must(err)
	return n
}

func TestARoundReservesInPagesThatMayOverlapAndGivesThemBackInPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	keys := d.cycles(5)
	// Given pages of a round of which two share a cycle,
	d.reserved(commit(1), keys[:2]...)
	d.reserved(commit(1), keys[1:4]...)
	d.reserved(commit(1), keys[4])
	if got := d.awarded(); !slices.Equal(got, []int{1, 2, 3, 4, 5}) {
		t.Fatalf("the round has %v", got)
	}
	// another round gets nothing of them, and is told so again,
	for range 2 {
		held, err := d.store.Reserve(t.Context(), aidrequest.Commit{Round: "allocationRounds/r_2", Number: 1}, keys[:2])
		if d.must(err); len(held) != 2 || held[1].Key != keys[1] || held[1].Reason != aidrequest.NotApproved {
			t.Errorf("another round is held back %v", held)
		}
	}
	// and they are given back page by page, until none is left.
	var counts []int
	for range 5 {
		counts = append(counts, d.unreserved(commit(1)))
	}
	if !slices.Equal(counts, []int{2, 2, 1, 0, 0}) || len(d.awarded()) != 0 {
		t.Errorf("given back %v, left %v", counts, d.awarded())
	}
	if list, err := d.store.Fundable(t.Context(), page.Page{Size: 10}); err != nil || len(list) != 2 {
		t.Errorf("fundable %v, %v", list, err)
	}
}

// TestACallThatComesLateChangesNothing: of two workers one may be slow.
func TestACallThatComesLateChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	keys := d.cycles(3)
	late := func(c aidrequest.Commit, keys ...aidrequest.Key) {
		t.Helper()
		_, err := d.store.Reserve(t.Context(), c, keys)
		if !fault.Is(err, fault.ReasonCommitEnded) {
			t.Errorf("a late page: %v", err)
		}
	}
	d.reserved(commit(1), keys[0], keys[1])
	if n := d.unreserved(commit(1)); n != 2 {
		t.Errorf("%d given back", n)
	}
	// A page of the commit that is being given back is not reserved, old or new;
	late(commit(1), keys[0], keys[1])
	late(commit(1), keys[2])
	// the next commit reserves, and neither a page nor the end of the first one
	// touches what it has.
	d.reserved(commit(2), keys...)
	late(commit(1), keys[2])
	if n := d.unreserved(commit(1)); n != 0 {
		t.Errorf("the end of an earlier commit gave back %d", n)
	}
	if got := d.awarded(); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("the round has %v", got)
	}
	// An end that comes before any page of its commit lets none of them in.
	if n := d.unreserved(commit(3)); n != 2 {
		t.Errorf("%d given back", n)
	}
	late(commit(3), keys[0])
	// Without the look at the commit, its round keeps what nobody will give back.
	d.store.Heedless()
	d.reserved(commit(2), keys[0])
	if got := d.awarded(); !slices.Contains(got, 1) {
		t.Errorf("the round has %v", got)
	}
}
