package store_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

func TestWhoeverFindsTheLedgerLockedForTooLongIsToldToTryAgain(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	short, err := postgres.Open(t.Context(), db.Pool.Config().ConnString()+"&lock_timeout=100ms")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(short.Close)
	c := store.NewCommitter(found(t, short, "main"), quiet(), time.Now)
	t.Cleanup(c.Stop)
	u := unit(t, booktest.Gift("g", 1))
	var refused error
	err = db.InTx(t.Context(), func(ctx context.Context, holder pgx.Tx) error {
		if _, err := holder.Exec(ctx, `SELECT FROM head FOR UPDATE`); err != nil {
			return err
		}
		_, refused = c.Commit(ctx, u)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if f := fault.As(refused); f == nil || f.Kind != fault.Unavailable || f.Reason != postgres.Busy || f.RetryAfter == 0 {
		t.Errorf("got %v, want Unavailable, BUSY, with a hint", refused)
	}
	if _, err := c.Commit(t.Context(), u); err != nil {
		t.Errorf("again: %v", err)
	}
}

// What package book does not see, since it knows accounts only, is a refusal and
// not a defect: the others of the batch are booked.
func TestAPoolThatIsFullRefusesThePostingThatFillsIt(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	t.Cleanup(c.Stop)
	advance := func(reference, courier string) error {
		_, err := c.Commit(t.Context(), unit(t, booktest.Draft(leaf.Suspense, reference, booktest.Debit("asset:cash:"+courier, 2), booktest.Credit("suspense:main", 2))))
		return err
	}
	if err := advance("c/1", "a"); err != nil {
		t.Fatal(err)
	}
	tag, err := db.Pool.Exec(t.Context(), `UPDATE pool_totals SET debits = $1 WHERE pool = 'asset:cash:*'`, int64(math.MaxInt64-1))
	if err != nil || tag.RowsAffected() == 0 {
		t.Fatalf("%v, %v", tag, err)
	}
	if err := advance("c/2", "b"); !fault.Is(err, "AMOUNT_OVERFLOW") {
		t.Errorf("got %v, want AMOUNT_OVERFLOW", err)
	}
}
