package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/ghosttest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// A commit that waits for a synchronous standby and is cancelled is visible at
// once, on one machine only. A repeat that finds its reference and answers "done"
// would have acknowledged money that the next failover loses.
func TestRepeatDoesNotAcknowledgeWhatNoStandbyHas(t *testing.T) {
	t.Parallel()
	err := repeatAfterCancelledWait(t, func(*store.Store) {})
	if !errors.Is(err, context.DeadlineExceeded) && !fault.Is(err, postgres.OutcomeUnknown) {
		t.Errorf("repeat: %v, want it to wait in vain for the standby", err)
	}
}

// The test above must be able to see the defect that it guards against.
func TestWithoutTheReplayWriteTheRepeatWouldAcknowledge(t *testing.T) {
	t.Parallel()
	if err := repeatAfterCancelledWait(t, (*store.Store).WithoutReplayWrite); err != nil {
		t.Errorf("repeat without protection: %v, want the false success", err)
	}
}

// repeatAfterCancelledWait loses the wait of a first posting for a standby that
// does not exist, and returns what its repeat is told.
func repeatAfterCancelledWait(t *testing.T, prepare func(*store.Store)) error {
	t.Helper()
	ctx := context.Background()
	ghost := ghosttest.New(t, store.Migrations())
	s := found(t, ghost.DB, "main")
	prepare(s)
	c := store.NewCommitter(s, quiet(), time.Now)
	t.Cleanup(func() { // let the last wait end
		ghost.Leave()
		c.Stop()
	})

	// Given a PostgreSQL that waits for a standby which never comes,
	ghost.Appear()
	// and a first posting whose wait in COMMIT is cancelled,
	first := make(chan error, 1)
	go func() {
		_, err := c.Commit(ctx, unit(t, booktest.Gift("g", 1)))
		first <- err
	}()
	ghost.CancelWait()
	if err := <-first; !fault.Is(err, postgres.OutcomeUnknown) {
		t.Fatalf("first posting: %v, want an unknown outcome", err)
	}
	// when it is repeated,
	impatient, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := c.Commit(impatient, unit(t, booktest.Gift("g", 1)))
	return err
}
