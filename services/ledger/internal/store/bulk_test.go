package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// reads is more than there are connections.
const reads = 20

// hold starts as many reads as that, which go on until the test is over, and waits
// until so many of them have their first row.
func hold(t *testing.T, begun int, read func(ctx context.Context, row func() error) error) (refused <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	rows, over, failed := make(chan struct{}, reads), make(chan struct{}), make(chan error, reads)
	var wg sync.WaitGroup
	for range reads {
		wg.Go(func() {
			failed <- read(ctx, sync.OnceValue(func() error {
				rows <- struct{}{}
				<-over
				return context.Canceled
			}))
		})
	}
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { close(over); cancel() })
	for range begun {
		<-rows
	}
	return failed
}

func TestPostingsAreBookedWhileManyReadAllBooks(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	t.Cleanup(c.Stop)
	// Given more who read all books, slowly, than there are connections
	refused := hold(t, 2, func(ctx context.Context, row func() error) error {
		return s.Dump(ctx, 0, func(tables.Record) error { return row() })
	})
	// then all but two are told to try again,
	for range reads - 2 {
		f := fault.As(<-refused)
		if f == nil || f.Kind != fault.Exhausted || f.Reason != "TOO_MANY_READS" || f.RetryAfter == 0 {
			t.Fatalf("read: %v, want TOO_MANY_READS with a hint", f)
		}
	}
	// and money is booked.
	if _, err := c.Commit(t.Context(), unit(t, booktest.Gift("g/1", 100))); err != nil {
		t.Error(err)
	}
}

func TestPostingsAreBookedWhileManyReadLeaves(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	c := store.NewCommitter(s, quiet(), time.Now)
	t.Cleanup(c.Stop)
	hold(t, int(db.Bulk.Config().MaxConns), func(ctx context.Context, row func() error) error {
		return s.Leaves(ctx, 0, 1, func([]byte) error { return row() })
	})
	if _, err := c.Commit(t.Context(), unit(t, booktest.Gift("g/1", 100))); err != nil {
		t.Error(err)
	}
}

// Without a pool of their own they have every connection that there is.
func TestWithoutAPoolOfTheirOwnReadersTakeAllConnections(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	s := found(t, &postgres.DB{Pool: db.Pool, Bulk: db.Pool}, "main")
	all := int(db.Pool.Config().MaxConns)
	hold(t, all, func(ctx context.Context, row func() error) error {
		return s.Leaves(ctx, 0, 1, func([]byte) error { return row() })
	})
	if left := all - int(db.Pool.Stat().AcquiredConns()); left > 0 {
		t.Errorf("%d connections are left for postings", left)
	}
}
