package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// final are statements that change what is booked.
var final = []string{
	`UPDATE leaves SET reference = reference || 'x'`, `DELETE FROM leaves`, `TRUNCATE leaves`,
	`UPDATE transactions SET kind = 2`, `DELETE FROM transactions`, `TRUNCATE transactions`,
	`UPDATE entries SET amount = 1`, `DELETE FROM entries`, `TRUNCATE entries`,
	`UPDATE decisions SET person = 'x'`, `DELETE FROM decisions`, `TRUNCATE decisions`,
	`UPDATE checkpoints SET note = ''`, `DELETE FROM checkpoints WHERE size = 2`, `TRUNCATE checkpoints CASCADE`,
	`UPDATE accounts SET path = path || 'x'`, `DELETE FROM accounts`, `TRUNCATE accounts`,
	`DELETE FROM balances`, `TRUNCATE balances`, `DELETE FROM day_totals`, `TRUNCATE day_totals`,
	`DELETE FROM pool_totals`, `TRUNCATE pool_totals`, `DELETE FROM tiles`, `TRUNCATE tiles`, `DELETE FROM head`, `TRUNCATE head`,
	`UPDATE adjustments SET amount = 1, state = 'APPROVED', decider = 'x', decided_on = current_date WHERE state = 'PROPOSED'`,
	`UPDATE adjustments SET decider = 'x' WHERE state = 'REJECTED'`, `UPDATE adjustments SET state = 'PROPOSED', decider = NULL, decided_on = NULL WHERE state = 'REJECTED'`,
	`UPDATE adjustments SET proposer = 'x'`, `DELETE FROM adjustments WHERE state = 'REJECTED'`, `TRUNCATE adjustments, adjustment_approvals`,
	`UPDATE adjustment_approvals SET person = 'x'`, `DELETE FROM adjustment_approvals`, `TRUNCATE adjustment_approvals`,
	`UPDATE periods SET proposer = 'x' WHERE state = 'PROPOSED'`, `UPDATE periods SET review = '{}' WHERE state = 'PROPOSED'`,
	`UPDATE periods SET decider = 'x' WHERE state = 'REJECTED'`, `DELETE FROM periods`, `TRUNCATE periods`,
}

// shrinking are statements that take back what only grows, or make it another's.
var shrinking = []string{
	`UPDATE head SET size = size - 1`, `UPDATE head SET root = sha256('x')`, `UPDATE head SET accounts = 0`,
	`UPDATE head SET name = 'x'`, `UPDATE head SET ledger_id = 2`,
	`UPDATE tiles SET hashes = hashes WHERE length(hashes) = 8192`,
	`UPDATE tiles SET hashes = substring(hashes FOR 32) WHERE length(hashes) > 32`,
	`UPDATE tiles SET hashes = set_byte(hashes, 0, 1 - get_byte(hashes, 0) % 2)`,
	`UPDATE tiles SET hashes = sha256('x') || hashes WHERE level = 0 AND length(hashes) < 8192`,
	`UPDATE tiles SET tile = tile + 9 WHERE length(hashes) < 8192`,
	`UPDATE balances SET debits = debits - 1 WHERE debits > 0`, `UPDATE balances SET credits = credits - 1 WHERE credits > 0`,
	`UPDATE balances SET limited = false`, `UPDATE balances SET account = account + 9`,
	`UPDATE day_totals SET credits = credits - 1 WHERE credits > 0`, `UPDATE day_totals SET kind = 2`,
	`UPDATE pool_totals SET debits = debits - 1 WHERE debits > 0`, `UPDATE pool_totals SET credits = credits - 1 WHERE credits > 0`,
	`UPDATE pool_totals SET kind = 2`, `UPDATE pool_totals SET pool = pool || 'x'`,
}

// lopsided are entries that are no transaction, by the constraint that they break.
var lopsided = map[string][]string{
	"entries_balance": {
		`(900, 1, 1, 'EUR', 1, 100, 0)`,                                // one side
		`(900, 1, 1, 'EUR', 1, 100, 0), (900, 2, 2, 'EUR', 2, 99, 0)`,  // uneven
		`(900, 1, 1, 'EUR', 1, 100, 0), (900, 2, 2, 'USD', 2, 100, 0)`, // across currencies
		`(900, 2, 1, 'EUR', 1, 100, 0), (900, 3, 2, 'EUR', 2, 100, 0)`, // not whole
		`(1, 3, 1, 'EUR', 1, 100, 0), (1, 4, 2, 'EUR', 2, 100, 0)`,     // added to a transaction
		`(901, 1, 1, 'EUR', 1, 100, 0), (901, 2, 2, 'EUR', 2, 100, 0)`, // of no transaction
		// one good, one bad
		`(902, 1, 1, 'EUR', 1, 9, 0), (902, 2, 2, 'EUR', 2, 9, 0), (900, 1, 1, 'EUR', 1, 9, 0), (900, 2, 2, 'EUR', 2, 8, 0)`,
	},
	"entries_currency": {
		`(900, 1, 1, 'USD', 1, 100, 0), (900, 2, 2, 'USD', 2, 100, 0)`,  // not the accounts' currency
		`(900, 1, 1, 'EUR', 1, 100, 0), (900, 2, 77, 'EUR', 2, 100, 0)`, // of no account
		// half in the other's currency
		`(900, 1, 1, 'USD', 1, 100, 0), (900, 2, 1, 'USD', 2, 100, 0), (900, 3, 1, 'EUR', 1, 9, 0), (900, 4, 2, 'EUR', 2, 9, 0)`,
	},
}

// witnessed are statements that change what is published and who has signed it.
var witnessed = []string{
	`UPDATE daily_looks SET size = size + 1`, `DELETE FROM daily_looks`, `TRUNCATE daily_looks`,
	`UPDATE cosignatures SET witness = 'x'`, `DELETE FROM cosignatures`, `TRUNCATE cosignatures`,
	`UPDATE signing_keys SET verifier_key = verifier_key || 'x'`, `DELETE FROM signing_keys`, `TRUNCATE signing_keys`,
}

// proposedRows puts in two adjustments and two periods, one proposed and one rejected,
// and a further approval of the proposed adjustment.
func proposedRows(t *testing.T, owner *pgxpool.Pool) {
	t.Helper()
	if _, err := owner.Exec(t.Context(), `
		WITH a AS (
			INSERT INTO adjustments (ledger_id, adjustment, kind, debit_account, credit_account, amount, currency, occurred_on,
				evidence_sha256, state, proposer, decider, proposed_on, decided_on)
			SELECT 1, 'j_' || lower(state), 1, 'asset:bank:main', 'equity:opening', 100, 'EUR', current_date, sha256('x'), state, 'staff/s_1',
				decider, current_date, decided_on
			FROM (VALUES ('PROPOSED', NULL, NULL), ('REJECTED', 'staff/s_2', current_date)) AS v (state, decider, decided_on)
		) INSERT INTO periods (ledger_id, period, first_day, last_day, state, proposer, decider, proposed_on, decided_on, size, accounts,
			trial_balance, review)
		SELECT 1, 'p_' || lower(state), current_date - 9, current_date - 2, state, 'staff/s_1', decider, current_date, decided_on, 9, 9,
			sha256('x'), '{"x": 1}'
		FROM (VALUES ('PROPOSED', NULL, NULL), ('REJECTED', 'staff/s_2', current_date)) AS v (state, decider, decided_on)`); err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Exec(t.Context(), `
		INSERT INTO adjustment_approvals (ledger_id, adjustment, person, day) VALUES (1, 'j_proposed', 'staff/s_3', current_date)`); err != nil {
		t.Fatal(err)
	}
}

// witnessRows puts in a checkpoint with a cosignature, the key that signed it, and a look at the log.
func witnessRows(t *testing.T, owner *pgxpool.Pool) {
	t.Helper()
	for _, statement := range []string{
		`INSERT INTO checkpoints (ledger_id, size, root, note, published_on, previous)
			VALUES (1, 1, sha256('x'), 'x', current_date, NULL), (1, 2, sha256('x'), 'x', current_date, 1)`,
		`INSERT INTO signing_keys (ledger_id, generation, verifier_key, first_size, endorsement) VALUES (1, 1, 'x', 0, '')`,
		`INSERT INTO daily_looks (ledger_id, day, size) VALUES (1, current_date, 1)`,
		`INSERT INTO cosignatures (ledger_id, size, witness, key_id, line) VALUES (1, 1, 'w', '00000000', '— w x')`,
	} {
		if _, err := owner.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// guards returns the triggers that refuse, as "trigger ON table".
func guards(t *testing.T, owner *pgxpool.Pool) []string {
	t.Helper()
	rows, err := owner.Query(t.Context(), `
		SELECT format('%I ON %s', t.tgname, t.tgrelid::regclass) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
		WHERE p.proname IN ('refuse_change', 'check_entries') AND t.tgenabled = 'O' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(names) < 25 {
		t.Fatal(names, err)
	}
	return names
}

// without returns what a statement fails with while the triggers are off; nil says
// that it has changed something. All of it is undone.
func without(t *testing.T, owner *postgres.DB, triggers []string, statement string) error {
	t.Helper()
	undo := errors.New("undo")
	err := owner.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
		var off strings.Builder
		for _, trigger := range triggers {
			name, table, _ := strings.Cut(trigger, " ON ")
			fmt.Fprintf(&off, "ALTER TABLE %s DISABLE TRIGGER %s;", table, name)
		}
		if _, err := tx.Exec(ctx, off.String(), pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
		var before int64 = 1
		table, truncates := strings.CutPrefix(strings.TrimSuffix(statement, " CASCADE"), "TRUNCATE ")
		if truncates {
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM `+table).Scan(&before); err != nil {
				return err
			}
		}
		tag, err := tx.Exec(ctx, statement)
		if err != nil {
			return err
		}
		if before == 0 || !truncates && tag.RowsAffected() == 0 {
			return errors.New("there was nothing to change")
		}
		return undo
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}
