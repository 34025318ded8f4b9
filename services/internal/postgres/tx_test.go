package postgres_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// A server that dies between the last statement and the COMMIT has committed
// nothing: the caller is told to try again, and not of a defect.
func TestAConnectionLostBeforeTheCommitIsUnavailable(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, counters)
	err := db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE counters SET n = 7`); err != nil {
			return err
		}
		return tx.Conn().Close(ctx)
	})
	if !fault.OfKind(err, fault.Unavailable) || fault.Is(err, "OUTCOME_UNKNOWN") {
		t.Errorf("transaction: %v, want it unavailable, with nothing done", err)
	}
	if n := total(t, db); n != 0 {
		t.Errorf("total: %d, want 0", n)
	}
}
