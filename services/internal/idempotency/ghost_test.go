package idempotency_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/ghosttest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// A commit that waits for a synchronous standby and is cancelled is visible at
// once, on one machine only. A retry that finds it and answers "done" would have
// acknowledged what the next failover loses.
func TestARetryDoesNotAcknowledgeWhatNoStandbyHas(t *testing.T) {
	t.Parallel()
	protected := func(c *idempotency.Call) *idempotency.Call { return c }
	for name, err := range retriesAfterCancelledWait(t, protected) {
		if !errors.Is(err, context.DeadlineExceeded) && !fault.Is(err, postgres.OutcomeUnknown) {
			t.Errorf("%s: %v, want it to wait in vain for the standby", name, err)
		}
	}
}

// The test above must be able to see the defect that it guards against.
func TestWithoutTheReplayWriteTheRetryWouldAcknowledge(t *testing.T) {
	t.Parallel()
	for name, err := range retriesAfterCancelledWait(t, idempotency.WithoutReplayWrite) {
		if err != nil {
			t.Errorf("%s without protection: %v, want the false success", name, err)
		}
	}
}

// retriesAfterCancelledWait loses a first call's wait for a standby that does not
// exist, and returns what its retries are told by Once and by Earlier.
func retriesAfterCancelledWait(t *testing.T, as func(*idempotency.Call) *idempotency.Call) map[string]error {
	t.Helper()
	// Given a PostgreSQL that waits for a standby which never comes,
	ghost := ghosttest.New(t, things)
	ghost.Appear()
	db, ctx := ghost.DB, context.Background()
	first := make(chan error, 1)
	go func() {
		_, err := create(idempotency.Into(ctx, as(call("key", request(5000)))), db, "things/1")
		first <- err
	}()
	// and a first call whose wait in COMMIT is cancelled,
	ghost.CancelWait()
	if err := <-first; !fault.Is(err, postgres.OutcomeUnknown) {
		t.Fatalf("first call: %v, want an unknown outcome", err)
	}
	// when it is tried again,
	try := func(retry func(ctx context.Context) error) error {
		impatient, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return retry(idempotency.Into(impatient, as(call("key", request(5000)))))
	}
	return map[string]error{
		"once": try(func(ctx context.Context) error {
			_, err := create(ctx, db, "things/2")
			return err
		}),
		"earlier": try(func(ctx context.Context) error {
			_, _, err := idempotency.Earlier(ctx, db)
			return err
		}),
	}
}
