package duty_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// killer ends a worker at its n-th call of another service, before the call has an
// effect or after it, as often as a test wants.
type killer struct {
	left  int
	after bool
}

func (k *killer) around(call func() error) error {
	k.left--
	if k.left == 0 && !k.after {
		return errAway
	}
	err := call()
	if k.left == 0 {
		return errAway
	}
	return err
}

// killedFamilies and killedLedger are the services as such a worker meets them.
type killedFamilies struct {
	*families
	*killer
}

func (f killedFamilies) ReserveRequests(ctx context.Context, r *familiesv1.ReserveRequestsRequest, opts ...grpc.CallOption) (resp *familiesv1.ReserveRequestsResponse, err error) {
	err = f.around(func() error { resp, err = f.families.ReserveRequests(ctx, r, opts...); return err })
	return resp, err
}

func (f killedFamilies) UnreserveRequests(ctx context.Context, r *familiesv1.UnreserveRequestsRequest, opts ...grpc.CallOption) (resp *familiesv1.UnreserveRequestsResponse, err error) {
	err = f.around(func() error { resp, err = f.families.UnreserveRequests(ctx, r, opts...); return err })
	return resp, err
}

type killedLedger struct {
	*postings
	*killer
}

func (l killedLedger) Post(ctx context.Context, r *ledgerv1.PostRequest, opts ...grpc.CallOption) (resp *ledgerv1.PostResponse, err error) {
	err = l.around(func() error { resp, err = l.postings.Post(ctx, r, opts...); return err })
	return resp, err
}

// killed is a worker with pages of three that dies at its n-th call.
func (d *desk) killed(n int, after bool) *duty.Worker {
	k := &killer{left: n, after: after}
	o := d.options
	o.Requests, o.Posting = killedFamilies{d.families, k}, killedLedger{d.posting, k}
	return duty.New(o).InPages(3, 1000)
}

// TestARoundThatIsKilledBetweenAnyTwoPagesIsCommittedOnce has each worker die at its
// n-th call, and the next go on, for every n that a commit has.
func TestARoundThatIsKilledBetweenAnyTwoPagesIsCommittedOnce(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for n := 1; n <= 3; n++ {
			ctx, d := context.Background(), newDesk(t)
			id := d.ordered(11)
			held := d.heldBack(id, 4, 9)
			deaths := 0
			for d.round(id).State != round.Committed {
				// A worker that dies before its first call has an effect gets nowhere:
				// every other one lives.
				worker := d.killed(n, after)
				if deaths%2 == 1 {
					worker = d.killed(0, false)
				}
				err := worker.Commit(ctx, id)
				if err != nil && !errors.Is(err, errAway) {
					t.Fatal(err)
				}
				if deaths++; deaths > 100 {
					t.Fatal("the commit does not come to its end")
				}
			}
			d.wantCommitted(id, 11, held)
		}
	}
}

// heldBack has families hold back some allocations of a round, by their numbers.
func (d *desk) heldBack(roundID string, numbers ...int) int {
	d.t.Helper()
	list, err := d.store.Allocations(context.Background(), roundID, page.Page{Size: 10_000})
	d.done("list allocations", err)
	for _, n := range numbers {
		d.families.heldBack = append(d.families.heldBack, &familiesv1.HeldBack{
			AidRequest: list[n-1].AidRequest, Cycle: list[n-1].Cycle, Reason: familiesv1.HeldBackReason_HELD_BACK_REASON_CONSENT_MISSING,
		})
	}
	return len(numbers)
}

// wantCommitted fails the test unless a round of so many requests at 100.00 each has
// made one award for each that was not held back, and holds nothing any more.
func (d *desk) wantCommitted(id string, requests, held int) {
	d.t.Helper()
	awards := int64(requests - held)
	if n := int64(len(d.families.has)); n != awards {
		d.t.Errorf("families have reserved %d of %d", n, awards)
	}
	if n := int64(d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD)); n != awards || int64(len(d.awards(id))) != awards {
		d.t.Errorf("%d awards are booked and %d made, want %d", n, len(d.awards(id)), awards)
	}
	if n := d.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD); n != 1 {
		d.t.Errorf("%d holds", n)
	}
	if d.ledger.Sum("award:") != awards*10_000 || d.ledger.Sum("round:") != 0 || d.ledger.Balance("fund:general:available") != available-awards*10_000 {
		d.t.Errorf("awards have %d, the round %d, the fund %d", d.ledger.Sum("award:"), d.ledger.Sum("round:"), d.ledger.Balance("fund:general:available"))
	}
	totals, err := d.store.RoundTotals(context.Background(), id)
	if d.done("read totals", err); int(totals[id].HeldBack) != held {
		d.t.Errorf("%d are held back, want %d", totals[id].HeldBack, held)
	}
}

func TestARefusedRoundIsGivenBackInPagesWhereverItIsKilled(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		ctx, d := context.Background(), newDesk(t)
		id := d.ordered(7)
		d.ledger.SetAvailable("general", 69_999)
		for deaths := 0; d.round(id).State != round.Simulated; deaths++ {
			worker := d.killed(2, after)
			if deaths%2 == 1 {
				worker = d.killed(0, false).InPages(3, 2)
			}
			if err := worker.Commit(ctx, id); err != nil && !errors.Is(err, errAway) && !errors.Is(err, runner.ErrUnfinished) || deaths > 100 {
				t.Fatal(err)
			}
		}
		if r := d.round(id); r.Refusal != round.InsufficientFunds || len(d.families.has) != 0 || d.ledger.Sum("round:") != 0 {
			t.Errorf("round %+v, families have %v, balances %v", r, d.families.has, d.ledger.Balances())
		}
		// With the money there, the same snapshot is committed, as the round's second commit.
		d.ledger.SetAvailable("general", available)
		d.done("order again", d.store.OrderCommit(ctx, id, "staff/s_committer", d.round(id).SnapshotDigest, 7))
		d.done("commit", d.killed(0, false).Commit(ctx, id))
		d.wantCommitted(id, 7, 0)
		for request, commit := range d.families.has {
			if commit != 2 {
				t.Errorf("%s is reserved by commit %d", request, commit)
			}
		}
	}
}

// TestALongCommitStopsAndGoesOn gives each run two pages.
func TestALongCommitStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(7)
	worker := d.worker.InPages(3, 2)
	runs := 1
	for err := worker.Commit(ctx, id); err != nil; err = worker.Commit(ctx, id) {
		if !errors.Is(err, runner.ErrUnfinished) || runs > 20 {
			t.Fatalf("run %d: %v", runs, err)
		}
		runs++
	}
	// Three pages to reserve, a hold, three of awards, three to book, the end: 11, and a
	// look at a round that is committed.
	if runs != 6 {
		t.Errorf("%d runs", runs)
	}
	d.wantCommitted(id, 7, 0)
}

// TestAPageFitsIntoACall measures calls of a whole page of the longest ids.
func TestAPageFitsIntoACall(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.ordered(500)
	d.posting.largest, d.families.reserved = 0, nil
	d.done("commit", d.worker.Commit(ctx, id))
	if len(d.families.reserved) != 1 || !slices.Equal(d.posting.calls, []int{1, 500}) {
		t.Errorf("%d pages reserved, transactions by call %v", len(d.families.reserved), d.posting.calls)
	}
	const half = 128 << 10
	if n := proto.Size(d.families.reserved[0]); n > half || d.posting.largest > half {
		t.Errorf("a page has %d bytes at families and %d at the ledger", n, d.posting.largest)
	}
}

// TestTenThousandRequestsAreCommitted is the size that one call could not have.
func TestTenThousandRequestsAreCommitted(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.ledger.SetAvailable("general", available)
	id := d.ordered(10_000)
	held := d.heldBack(id, 1, 500, 501, 10_000)
	for err := d.worker.Commit(ctx, id); err != nil; err = d.worker.Commit(ctx, id) {
		if !errors.Is(err, runner.ErrUnfinished) {
			t.Fatal(err)
		}
	}
	d.wantCommitted(id, 10_000, held)
}
