package idempotency_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// aMinute is how many records 200 pledges a second make in a minute.
const aMinute = 12_000

// record writes many records of calls that came at one time.
func record(t *testing.T, db *postgres.DB, many int, at time.Time) {
	t.Helper()
	_, err := db.Pool.Exec(t.Context(), `
		INSERT INTO idempotency_keys (scope, key_hash, digest, resource, forever, created_at)
		SELECT 'partners/pt_1|/Pledge', sha256(($2::timestamptz::text || n)::bytea), sha256('request'), 'p_' || n, false, $2::timestamptz
		FROM generate_series(1, $1) AS n`, many, at)
	if err != nil {
		t.Fatal(err)
	}
}

func records(t *testing.T, db *postgres.DB) (n int) {
	t.Helper()
	if err := db.Pool.QueryRow(t.Context(), `SELECT count(*) FROM idempotency_keys`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPruneSparesWhatIsKeptForever(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	for key, forever := range map[string]bool{"payment": true, "note": false} {
		c := secret.NewCall("staff/s_1", "/m", key, forever, time.Now(), request(1))
		if _, err := create(idempotency.Into(context.Background(), c), db, "things/"+key); err != nil {
			t.Fatal(err)
		}
	}
	n, err := idempotency.Prune(context.Background(), db, time.Now().Add(24*time.Hour))
	if err != nil || n != 1 {
		t.Errorf("deleted: %d, %v; want 1", n, err)
	}
}

// However busy the service is, no more is kept than the time to keep says.
func TestATableThatGrowsBy12000AMinuteStaysAsLargeAsItMayBe(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	start := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	var now time.Time
	prune := idempotency.Pruner(db, func() time.Time { return now })
	// given a service that has been busy until it had records of the whole time to keep,
	for minute := range 5 {
		// when another minute of records is over age and a fresh one has come,
		now = start.Add(time.Duration(minute) * time.Minute)
		record(t, db, aMinute, now.Add(-idempotency.Keep-24*time.Hour))
		record(t, db, aMinute, now)
		if err := prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		// then the old ones are gone, all of them, and no fresh one is.
		if n, want := records(t, db), aMinute*(minute+1); n != want {
			t.Fatalf("after minute %d: %d records, want the %d that are fresh", minute, n, want)
		}
	}
}

func TestReplicasPruneTogetherWithoutWaiting(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	record(t, db, aMinute, time.Now().Add(-24*time.Hour))
	var wg sync.WaitGroup
	var deleted [3]int
	for i := range deleted {
		wg.Go(func() {
			var err error
			if deleted[i], err = idempotency.Prune(t.Context(), db, time.Now()); err != nil {
				t.Errorf("replica %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if sum := deleted[0] + deleted[1] + deleted[2]; sum != aMinute || records(t, db) != 0 {
		t.Errorf("deleted %v, left %d; want each once", deleted, records(t, db))
	}
}

func TestPruneLeavesWhatAnotherHolds(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	record(t, db, 10, time.Now().Add(-24*time.Hour))
	// given a replica that is about to delete three of them,
	err := db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM idempotency_keys LIMIT 3 FOR UPDATE`); err != nil {
			return err
		}
		// when another prunes, it takes the others at once.
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		n, err := idempotency.Prune(ctx, db, time.Now())
		if n != 7 {
			return fmt.Errorf("deleted %d: %w", n, err)
		}
		return err
	})
	if err != nil || records(t, db) != 3 {
		t.Errorf("%v, left %d", err, records(t, db))
	}
}

func TestPruneSaysWhyItCannot(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, things)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := idempotency.Prune(ctx, db, time.Now()); err == nil {
		t.Error("nothing was said")
	}
}
