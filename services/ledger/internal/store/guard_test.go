package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Codes of PostgreSQL: a trigger of ours refused, a right is missing.
const (
	refused   = "23001"
	noRight   = "42501"
	violation = "23514"
)

func TestWhatIsBookedIsFinalAndBalancedAlsoByHand(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	fill(t, s)
	owner := postgrestest.Owner(t, db).Pool
	proposedRows(t, owner)
	// Whoever it is that writes by hand: the service's role, or the owner,
	for name, hand := range map[string]*pgxpool.Pool{"service": db.Pool, "owner": owner} {
		for _, statement := range slices.Concat(final, shrinking) {
			_, err := hand.Exec(t.Context(), statement)
			if code, _ := state(err); code != refused && (code != noRight || name == "owner") {
				t.Errorf("%s: %s: %v", name, statement, err)
			}
		}
		for constraint, all := range lopsided {
			for _, rows := range all {
				_, err := hand.Exec(t.Context(), handMade(rows))
				if code, broken := state(err); code != violation || broken != constraint {
					t.Errorf("%s: entries %s: %v", name, rows, err)
				}
			}
		}
		_, err := hand.Exec(t.Context(), `UPDATE balances SET debits = credits + 1 WHERE limited`)
		if code, broken := state(err); code != violation || broken != "balances_limit" {
			t.Errorf("%s: below zero: %v", name, err)
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

// The refusals above come from the triggers: without them the owner may do all of
// it, and without any single one some of it.
func TestWithoutTriggersTheOwnerCouldChangeWhatIsBooked(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	fill(t, s)
	owner := postgrestest.Owner(t, db)
	proposedRows(t, owner.Pool)
	witnessRows(t, owner.Pool)
	statements := slices.Concat(final, shrinking, witnessed)
	for _, all := range lopsided {
		for _, rows := range all {
			statements = append(statements, handMade(rows))
		}
	}
	for _, statement := range statements {
		if err := without(t, owner, nil, statement); err == nil {
			t.Errorf("allowed with all triggers: %s", statement)
		}
	}
	triggers := guards(t, owner.Pool)
	for _, statement := range statements {
		if err := without(t, owner, triggers, statement); err != nil {
			t.Errorf("without any trigger: %s: %v", statement, err)
		}
	}
	for _, trigger := range triggers {
		if !slices.ContainsFunc(statements, func(statement string) bool {
			_, table, _ := strings.Cut(trigger, " ON ")
			return strings.Contains(statement, table) && without(t, owner, []string{trigger}, statement) == nil
		}) {
			t.Errorf("nothing here is refused by %s alone", trigger)
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
		"periods": "state, decider, decided_on, sequence", "adjustments": "state, decider, decided_on, transaction, refusal_reason, refusal",
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
			AND relname NOT IN ('idempotency_keys', 'duty_sweeps')`)
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
		`DELETE FROM goose_ledger_version`, `INSERT INTO goose_ledger_version (version_id, is_applied) VALUES (99, true)`,
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
		drafts[i] = booktest.Gift(fmt.Sprintf("g/%d/%d", h.Size, i), 100)
	}
	decision := book.Decision{Reference: fmt.Sprintf("d/%d", h.Size), Kind: leaf.DecisionRoundSnapshot, Person: "staff/s_1", Day: today, Commitment: [32]byte(bytes.Repeat([]byte{1}, 32))}
	u, err := book.NewUnit([]book.Decision{decision}, drafts, today)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, _, err := s.Batch(t.Context(), []book.Unit{u}, store.Memory{})
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

// state returns PostgreSQL's code of an error and the constraint that was broken.
func state(err error) (code, constraint string) {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code, e.ConstraintName
	}
	return "", ""
}
