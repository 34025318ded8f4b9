package idempotency_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// createInTrips makes a thing in as few trips as it can.
func createInTrips(ctx context.Context, db *postgres.DB, name string) (string, error) {
	return idempotency.OnceInTrips(ctx, db, name, func(*pgx.Batch) {}, func(context.Context, pgx.Tx) (*pgx.Batch, error) {
		last := &pgx.Batch{}
		last.Queue(`INSERT INTO things (name) VALUES ($1)`, name)
		return last, nil
	})
}

func TestManyCopiesOfACallInTripsHaveOneEffect(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	var all sync.WaitGroup
	names, first := make([]string, 32), make([]bool, 32)
	for i := range names {
		all.Go(func() {
			c := call("key", request(5000))
			var err error
			if names[i], err = createInTrips(idempotency.Into(context.Background(), c), db, fmt.Sprintf("things/%d", i)); err != nil {
				t.Errorf("copy %d: %v", i, err)
			}
			first[i] = !c.Replayed
		})
	}
	all.Wait()
	made := 0
	for i := range names {
		if names[i] != names[0] {
			t.Errorf("copy %d got %q, copy 0 %q", i, names[i], names[0])
		}
		if first[i] {
			made++
		}
	}
	if n := countThings(t, db); n != 1 || made != 1 {
		t.Errorf("%d things, %d first calls; want one of each", n, made)
	}
	// The record is the one that Once reads, too.
	if name, err := create(idempotency.Into(context.Background(), call("key", request(5000))), db, "things/x"); err != nil || name != names[0] {
		t.Errorf("Once: %q, %v", name, err)
	}
	if _, err := createInTrips(idempotency.Into(context.Background(), call("key", request(1))), db, "things/x"); !fault.Is(err, idempotency.KeyReused) {
		t.Errorf("another request: %v", err)
	}
}

func TestAFailedEffectInTripsLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	c := call("key", request(5000))
	ctx := idempotency.Into(context.Background(), c)
	for name, last := range map[string]func() (*pgx.Batch, error){
		"refused": func() (*pgx.Batch, error) {
			return nil, fault.New(fault.Precondition, "FUND_CLOSED", "The fund is closed.")
		},
		"fails in its last statements": func() (*pgx.Batch, error) {
			b := &pgx.Batch{}
			b.Queue(`INSERT INTO things (name) VALUES (NULL)`)
			return b, nil
		},
	} {
		_, err := idempotency.OnceInTrips(ctx, db, "things/0", func(*pgx.Batch) {},
			func(context.Context, pgx.Tx) (*pgx.Batch, error) { return last() })
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if name, err := createInTrips(ctx, db, "things/1"); err != nil || name != "things/1" || c.Replayed {
		t.Errorf("then: %q, %v, replayed %v; want a first effect", name, err, c.Replayed)
	}
	if _, err := createInTrips(ctx, db, "things/2"); err == nil {
		t.Error("one call had two effects")
	}
	// Without a key it is a plain transaction.
	if name, err := createInTrips(context.Background(), db, "things/3"); err != nil || name != "things/3" {
		t.Errorf("without a key: %q, %v", name, err)
	}
}
