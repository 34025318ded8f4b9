package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
)

// adjusted inserts an adjustment in a state.
const adjusted = `
	INSERT INTO adjustments (ledger_id, adjustment, kind, debit_account, credit_account, amount, currency, occurred_on,
		evidence_sha256, state, proposer, decider, proposed_on, decided_on, transaction)
	SELECT ledger_id, $1, 2, 'fund:a:available', 'fund:b:available', 5, 'EUR', '2026-11-01',
		decode(repeat('07', 32), 'hex'), $2, 'staff/s_1', CASE WHEN $2 <> 'PROPOSED' THEN 'staff/s_2' END, '2026-11-02',
		CASE WHEN $2 <> 'PROPOSED' THEN date '2026-11-03' END, CASE WHEN $2 = 'BOOKED' THEN 1 END
	FROM head`

// states are all of an adjustment.
var states = []adjustment.State{adjustment.Proposed, adjustment.Approved, adjustment.Booked, adjustment.Rejected, adjustment.Refused}

// legal are the moves that people and books make of an adjustment.
var legal = map[adjustment.State][]adjustment.State{
	adjustment.Proposed: {adjustment.Approved, adjustment.Rejected},
	adjustment.Approved: {adjustment.Booked, adjustment.Refused, adjustment.Rejected},
}

func TestAnAdjustmentGoesFromStateToStateAsItsRulesSayOnly(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	owner := postgrestest.Owner(t, db)
	step := func(id string, to adjustment.State) error {
		_, err := owner.Pool.Exec(t.Context(), `
			UPDATE adjustments SET state = $2, decider = CASE WHEN $2 <> 'PROPOSED' THEN 'staff/s_2' END,
				decided_on = CASE WHEN $2 <> 'PROPOSED' THEN date '2026-11-03' END, transaction = CASE WHEN $2 = 'BOOKED' THEN 1 END
			WHERE adjustment = $1`, id, to)
		return err
	}
	each := func(fn func(id string, from, to adjustment.State)) {
		t.Helper()
		for _, from := range states {
			for _, to := range states {
				id := fmt.Sprintf("adj_%s_%s", from, to)
				if _, err := db.Pool.Exec(t.Context(), adjusted, id, from); err != nil {
					t.Fatal(err)
				}
				fn(id, from, to)
			}
		}
	}
	each(func(id string, from, to adjustment.State) {
		stays := from == adjustment.Approved && to == from // it may say anew what it lacks
		if err := step(id, to); (err == nil) != (stays || slices.Contains(legal[from], to)) {
			t.Errorf("%s to %s: %v", from, to, err)
		}
	})
	for _, change := range []string{`decider = 'staff/s_9'`, `decided_on = decided_on + 1`} {
		if _, err := owner.Pool.Exec(t.Context(), `UPDATE adjustments SET state = 'REFUSED', `+change+` WHERE adjustment = 'adj_APPROVED_APPROVED'`); err == nil {
			t.Errorf("decided by another: %s", change)
		}
	}

	// Without the trigger everything would go.
	if _, err := owner.Pool.Exec(t.Context(), `ALTER TABLE adjustments DISABLE TRIGGER USER; DELETE FROM adjustments`); err != nil {
		t.Fatal(err)
	}
	each(func(id string, from, to adjustment.State) {
		if err := step(id, to); err != nil {
			t.Errorf("without the trigger, %s to %s: %v", from, to, err)
		}
	})
}
