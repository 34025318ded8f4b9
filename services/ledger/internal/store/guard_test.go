package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/solidarity-fund/solidarity/services/internal/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// final are statements that change what is booked.
var final = []string{
	`UPDATE leaves SET reference = 'x'`, `DELETE FROM leaves`, `TRUNCATE leaves`,
	`UPDATE transactions SET kind = 2`, `DELETE FROM transactions`, `TRUNCATE transactions`,
	`UPDATE entries SET amount = 1`, `DELETE FROM entries`, `TRUNCATE entries`,
	`UPDATE decisions SET person = 'x'`, `DELETE FROM decisions`, `TRUNCATE decisions`,
	`UPDATE checkpoints SET note = ''`, `DELETE FROM checkpoints`, `TRUNCATE checkpoints`,
	`UPDATE accounts SET path = 'x'`, `DELETE FROM accounts`, `TRUNCATE accounts`,
	`DELETE FROM balances`, `TRUNCATE balances`, `DELETE FROM day_totals`, `TRUNCATE day_totals`,
	`DELETE FROM tiles`, `TRUNCATE tiles`, `DELETE FROM head`, `TRUNCATE head`,
	`UPDATE adjustments SET amount = 1`, `DELETE FROM adjustments`, `TRUNCATE adjustments`,
}

// shrinking are statements that take back what only grows, or make it another's.
var shrinking = []string{
	`UPDATE head SET size = size - 1`, `UPDATE head SET root = sha256('x')`, `UPDATE head SET accounts = 0`,
	`UPDATE head SET name = 'x'`, `UPDATE head SET ledger_id = 2`,
	`UPDATE tiles SET hashes = hashes WHERE length(hashes) = 8192`,
	`UPDATE tiles SET hashes = substring(hashes FOR 32) WHERE length(hashes) > 32`,
	`UPDATE tiles SET hashes = set_byte(hashes, 0, 1 - get_byte(hashes, 0) % 2)`,
	`UPDATE tiles SET hashes = sha256('x') || hashes WHERE level = 0 AND length(hashes) < 8192`,
	`UPDATE tiles SET tile = tile + 9`,
	`UPDATE balances SET debits = debits - 1 WHERE debits > 0`, `UPDATE balances SET credits = credits - 1 WHERE credits > 0`,
	`UPDATE balances SET limited = false`, `UPDATE balances SET account = account + 9`,
	`UPDATE day_totals SET credits = credits - 1 WHERE credits > 0`, `UPDATE day_totals SET kind = 2`,
}

// lopsided are entries that are no transaction.
var lopsided = map[string]string{
	"one side":                     `(900, 1, 1, 'EUR', 1, 100, 0)`,
	"uneven":                       `(900, 1, 1, 'EUR', 1, 100, 0), (900, 2, 2, 'EUR', 2, 99, 0)`,
	"across currencies":            `(900, 1, 1, 'EUR', 1, 100, 0), (900, 2, 2, 'USD', 2, 100, 0)`,
	"not whole":                    `(900, 2, 1, 'EUR', 1, 100, 0), (900, 3, 2, 'EUR', 2, 100, 0)`,
	"added to a transaction":       `(1, 3, 1, 'EUR', 1, 100, 0), (1, 4, 2, 'EUR', 2, 100, 0)`,
	"of no transaction":            `(901, 1, 1, 'EUR', 1, 100, 0), (901, 2, 2, 'EUR', 2, 100, 0)`,
	"not the accounts' currency":   `(900, 1, 1, 'USD', 1, 100, 0), (900, 2, 2, 'USD', 2, 100, 0)`,
	"of no account":                `(900, 1, 1, 'EUR', 1, 100, 0), (900, 2, 77, 'EUR', 2, 100, 0)`,
	"one good, one bad":            `(902, 1, 1, 'EUR', 1, 9, 0), (902, 2, 2, 'EUR', 2, 9, 0), (900, 1, 1, 'EUR', 1, 9, 0), (900, 2, 2, 'EUR', 2, 8, 0)`,
	"half in the other's currency": `(900, 1, 1, 'USD', 1, 100, 0), (900, 2, 1, 'USD', 2, 100, 0), (900, 3, 1, 'EUR', 1, 9, 0), (900, 4, 2, 'EUR', 2, 9, 0)`,
}

func TestWhatIsBookedIsFinalAndBalancedAlsoByHand(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	fill(t, s)
	// Whoever it is that writes by hand: the service's role, or the owner,
	for name, hand := range map[string]*pgxpool.Pool{"service": db.Pool, "owner": postgrestest.Owner(t, db).Pool} {
		for _, statement := range append(append([]string{
			`UPDATE balances SET debits = credits + 1 WHERE limited`,
		}, final...), shrinking...) {
			if _, err := hand.Exec(t.Context(), statement); err == nil {
				t.Errorf("allowed to the %s: %s", name, statement)
			}
		}
		for what, rows := range lopsided {
			if _, err := hand.Exec(t.Context(), handMade(rows)); err == nil {
				t.Errorf("allowed to the %s: entries, %s", name, what)
			}
		}
	}
	// only a whole transaction passes; the Merkle log finds it.
	if _, err := db.Pool.Exec(t.Context(), handMade(`(900, 1, 1, 'EUR', 1, 9, 0), (900, 2, 2, 'EUR', 2, 9, 0)`)); err != nil {
		t.Errorf("balanced entries: %v", err)
	}
	// And the log grows on, over the ends of tiles.
	fill(t, s)
	audit(t, s)
}

// The refusals above come from the triggers: without them the owner may.
func TestWithoutTriggersTheOwnerCouldChangeWhatIsBooked(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	fill(t, s)
	owner := postgrestest.Owner(t, db)
	for _, table := range []string{
		"leaves", "accounts", "transactions", "entries", "decisions", "checkpoints", "balances", "day_totals", "tiles", "head", "adjustments",
	} {
		if _, err := owner.Pool.Exec(t.Context(), `ALTER TABLE `+table+` DISABLE TRIGGER USER`); err != nil {
			t.Fatal(err)
		}
	}
	undo := errors.New("undo")
	for _, statement := range slices.Concat(final, shrinking) {
		err := owner.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
			return undo
		})
		// Constraints, and references between tables, still hold.
		if code := sqlState(err); !errors.Is(err, undo) && !strings.HasPrefix(code, "23") && code != "0A000" {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

// TestTheServiceHasOnlyTheRightsItNeeds lists what the service's role can do to
// each table of the books, whatever triggers there are.
func TestTheServiceHasOnlyTheRightsItNeeds(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	changed := map[string]string{
		"head": "size, root, accounts, open_from", "tiles": "hashes",
		"balances": "debits, credits", "day_totals": "debits, credits", "pool_totals": "debits, credits",
		"periods": "state, decider, decided_on, sequence", "adjustments": "state, decider, decided_on, transaction",
	}
	rows, err := db.Pool.Query(t.Context(), `
		SELECT relname,
			has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT'),
			has_table_privilege(oid, 'UPDATE'),
			has_table_privilege(oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER') OR pg_has_role(relowner, 'MEMBER'),
			(SELECT COALESCE(string_agg(attname, ', ' ORDER BY attnum), '') FROM pg_attribute
				WHERE attrelid = c.oid AND attnum > 0 AND has_column_privilege(c.oid, attnum, 'UPDATE')
				AND NOT has_table_privilege(c.oid, 'UPDATE'))
		FROM pg_class c
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname !~ '^(goose|river)_'
			AND relname NOT IN ('idempotency_keys', 'owed_decisions')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tables := 0
	for ; rows.Next(); tables++ {
		var table, columns string
		var adds, updates, more bool
		if err := rows.Scan(&table, &adds, &updates, &more, &columns); err != nil {
			t.Fatal(err)
		}
		if !adds || more || updates || columns != changed[table] {
			t.Errorf("%s: adds %v, updates %v (%s), more %v", table, adds, updates, columns, more)
		}
	}
	if tables < 11 {
		t.Errorf("%d tables", tables)
	}
}

func TestTheServiceCannotTakeRightsOrChangeTables(t *testing.T) {
	t.Parallel()
	_, db := open(t)
	for _, statement := range []string{
		`ALTER TABLE leaves DISABLE TRIGGER ALL`, `ALTER TABLE entries DISABLE TRIGGER entries_checked`,
		`DROP TRIGGER entries_checked ON entries`, `DROP TABLE leaves`, `ALTER TABLE entries ADD COLUMN x int`,
		`CREATE TRIGGER mine BEFORE INSERT ON leaves FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()`,
		`CREATE TABLE mine (x int)`, `CREATE SCHEMA mine`,
		`CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`,
		`SET session_replication_role = replica`, `SET ROLE tester_owner`,
		`DELETE FROM goose_db_version`, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, true)`,
	} {
		if _, err := db.Pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("allowed: %s", statement)
		}
	}
	// A grant by one who may not grant is only a warning: what counts is that nothing comes of it.
	_, _ = db.Pool.Exec(t.Context(), `GRANT ALL ON leaves TO CURRENT_USER`)
	var may bool
	if err := db.Pool.QueryRow(t.Context(), `SELECT has_table_privilege('leaves', 'UPDATE')`).Scan(&may); err != nil || may {
		t.Errorf("the service may update leaves: %v, %v", may, err)
	}
}

// fill books one decision and so many gifts that there is a full tile.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	h, err := s.DurableHead(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	drafts := make([]book.Draft, 300)
	for i := range drafts {
		drafts[i] = gift(fmt.Sprintf("g/%d/%d", h.Size, i), 100)
	}
	decision := book.Decision{Reference: fmt.Sprintf("d/%d", h.Size), Kind: 1, Day: today, Commitment: [32]byte(bytes.Repeat([]byte{1}, 32))}
	u, err := book.NewUnit([]book.Decision{decision}, drafts, today)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, _, err := s.Batch(t.Context(), []book.Unit{u}, merkle.Edge{})
	if err != nil || outcomes[0].Err != nil {
		t.Fatal(err, outcomes)
	}
}

// handMade inserts entries together with the transaction 900 and 902 that they name.
func handMade(rows string) string {
	return `WITH t AS (
		INSERT INTO transactions (ledger_id, sequence, kind, source, occurred_on, booking_date)
		SELECT 1, n, 1, 'x', current_date, current_date FROM unnest(ARRAY[900, 902]) AS n
	) INSERT INTO entries SELECT 1, v.* FROM (VALUES ` + rows + `) AS v`
}

func sqlState(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
