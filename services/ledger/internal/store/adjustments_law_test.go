package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
)

// adjusted inserts an adjustment in a state.
const adjusted = `
	INSERT INTO adjustments (ledger_id, adjustment, kind, debit_account, credit_account, amount, currency, occurred_on,
		evidence_sha256, state, proposer, decider, proposed_on, decided_on, transaction)
	SELECT ledger_id, $1, 2, 'fund:a:available', 'fund:b:available', 5, 'EUR', '2026-11-01',
		decode(repeat('07', 32), 'hex'), $2::smallint, 'staff/s_1', CASE WHEN $2 > 1 THEN 'staff/s_2' END, '2026-11-02',
		CASE WHEN $2 > 1 THEN date '2026-11-03' END, CASE WHEN $2 = 3 THEN 1 END
	FROM head`

// legal are the steps of an adjustment: from a state to others.
var legal = map[int][]int{1: {2, 4}, 2: {3, 5}}

func TestAnAdjustmentGoesFromStateToStateAsItsRulesSayOnly(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	owner := postgrestest.Owner(t, db)
	step := func(id string, to int) error {
		_, err := owner.Pool.Exec(t.Context(), `
			UPDATE adjustments SET state = $2::smallint, decider = CASE WHEN $2 > 1 THEN 'staff/s_2' END,
				decided_on = CASE WHEN $2 > 1 THEN date '2026-11-03' END, transaction = CASE WHEN $2 = 3 THEN 1 END
			WHERE adjustment = $1`, id, to)
		return err
	}
	each := func(fn func(id string, from, to int)) {
		t.Helper()
		for from := 1; from <= 5; from++ {
			for to := 1; to <= 5; to++ {
				id := fmt.Sprintf("adj_%d_%d", from, to)
				if _, err := db.Pool.Exec(t.Context(), adjusted, id, from); err != nil {
					t.Fatal(err)
				}
				fn(id, from, to)
			}
		}
	}
	each(func(id string, from, to int) {
		allowed := false
		for _, next := range legal[from] {
			allowed = allowed || next == to
		}
		if err := step(id, to); (err == nil) != allowed {
			t.Errorf("%d to %d: %v", from, to, err)
		}
	})
	for _, change := range []string{`decider = 'staff/s_9'`, `decided_on = decided_on + 1`} {
		if _, err := owner.Pool.Exec(t.Context(), `UPDATE adjustments SET state = 5, `+change+` WHERE adjustment = 'adj_2_2'`); err == nil {
			t.Errorf("decided by another: %s", change)
		}
	}

	// Without the trigger everything would go.
	if _, err := owner.Pool.Exec(t.Context(), `ALTER TABLE adjustments DISABLE TRIGGER USER; DELETE FROM adjustments`); err != nil {
		t.Fatal(err)
	}
	each(func(id string, from, to int) {
		if err := step(id, to); err != nil {
			t.Errorf("without the trigger, %d to %d: %v", from, to, err)
		}
	})
}
