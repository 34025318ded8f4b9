package postgres_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

func TestRowsAreReadAndWhatFailsIsNamed(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	ctx, number := t.Context(), pgx.RowTo[int]
	many, err := postgres.Many(ctx, db.Pool, "numbers", number, `SELECT generate_series(1, $1)`, 3)
	if diff := cmp.Diff([]int{1, 2, 3}, many); err != nil || diff != "" {
		t.Errorf("many: %v (-want +got):\n%s", err, diff)
	}
	if one, err := postgres.One(ctx, db.Pool, "number", number, `SELECT 7`); err != nil || one != 7 {
		t.Errorf("one: %d, %v", one, err)
	}
	_, err = postgres.One(ctx, db.Pool, "number", number, `SELECT 7 WHERE false`)
	if !fault.OfKind(err, fault.NotFound) || !postgres.IsNotFound(err) {
		t.Errorf("none: %v, want NotFound", err)
	}
	for what, sql := range map[string]string{"two rows": `SELECT generate_series(1, 2)`, "no table": `SELECT 1 FROM nowhere`} {
		if _, err := postgres.One(ctx, db.Pool, "number", number, sql); err == nil || fault.As(err) != nil {
			t.Errorf("%s: %v, want an error that is no fault", what, err)
		}
	}
	if _, err := postgres.Many(ctx, db.Pool, "numbers", number, `SELECT 1 FROM nowhere`); err == nil || fault.As(err) != nil {
		t.Errorf("many from nowhere: %v, want an error that is no fault", err)
	}
}

func TestASnapshotIsOfOneMomentAndChangesNothing(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	count := func(q postgres.Querier) int {
		n, err := postgres.One(t.Context(), q, "sum", pgx.RowTo[int], `SELECT COALESCE(SUM(n), 0)::int FROM counters`)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := db.Snapshot(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		before := count(tx)
		// When somebody changes a row meanwhile,
		if _, err := db.Pool.Exec(ctx, `UPDATE counters SET n = n + 1`); err != nil {
			return err
		}
		if now := count(db.Pool); now == before {
			t.Fatal("nothing was changed")
		}
		// then the snapshot does not see it,
		if again := count(tx); again != before {
			t.Errorf("read %d, then %d", before, again)
		}
		// and has no changes of its own.
		_, err := tx.Exec(ctx, `UPDATE counters SET n = n + 1`)
		return err
	})
	if err == nil {
		t.Error("it wrote")
	}
}
