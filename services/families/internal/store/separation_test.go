package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// rows are one family with everything that two people decide, each step by
// another person.
const rows = `
	INSERT INTO source_lists (list_digest, name_sealed) VALUES (sha256('spring'), '');
	INSERT INTO prisoner_imports (import_id, list_digest, state, importer, created_at, progressed_at)
		VALUES ('i_1', sha256('spring'), 'STAGED', 'staff/a', now(), now());
	INSERT INTO prisoner_import_clashes (import_id, clash_number, kind, row_keys, state, decision, decided_keys, proposer)
		VALUES ('i_1', 1, 'ANONYMOUS', ARRAY[decode(repeat('00', 16), 'hex')], 'PROPOSED', 'UNUSABLE', ARRAY[decode(repeat('00', 16), 'hex')], 'staff/a');
	INSERT INTO families (family_id, owner, state, version, prisoner_digest, prisoner_sealed, profile_version, profile_sealed, rule_sealed, created_on, updated_on)
		VALUES ('f_1', 'staff/a', 'IN_REVIEW', 3, decode(repeat('00', 32), 'hex'), '', 1, '', '', now(), now());
	INSERT INTO verifications (verification_id, family_id, case_owner, proposer, confirmer, outcome, proposed_version, drawn_at)
		VALUES ('v_1', 'f_1', 'staff/a', 'staff/b', 'staff/c', 'PROPOSED', 3, now());
	INSERT INTO suspensions (family_id, version, suspended_on, suspender, reason, case_owner, state_before)
		VALUES ('f_1', 5, now(), 'staff/a', 'DOUBT', 'staff/b', 'VERIFIED');
	INSERT INTO contacts (contact_id, family_id, state, enterer, created_on) VALUES ('c_1', 'f_1', 'PENDING', 'staff/a', now());
	INSERT INTO destinations (destination_id, family_id, form, sealed, state, enterer, created_on)
		VALUES ('d_1', 'f_1', 'BANK_ACCOUNT', '', 'PENDING', 'staff/a', now());
	INSERT INTO aid_requests (aid_request_id, family_id, category, urgency, amount, minimum, currency, cycles, state, case_owner, submitter, created_on)
		VALUES ('a_1', 'f_1', 'FOOD', 'NORMAL', 100, 0, 'EUR', 1, 'SUBMITTED', 'staff/a', 'staff/b', now());
	INSERT INTO case_parts (family_id, person, part, last_on) VALUES ('f_1', 'staff/d', 'OWNER', '2020-01-01'), ('f_1', 'staff/e', 'ENTERER', '2020-01-01');
	INSERT INTO aid_request_cycles (aid_request_id, cycle, state, part, due, version, mac) VALUES ('a_1', 1, 'APPROVED', 1, now(), 1, sha256(''));`

// Whoever writes to the tables past the program meets the same walls. Each wall
// is tried once more with the constraint gone: then the statement must pass, or
// the test would see nothing.
func TestTheDatabaseKeepsPeopleApart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, table, constraint, statement string }{
		{"an importer merges", "prisoner_imports", "prisoner_imports_two_people",
			`UPDATE prisoner_imports SET state = 'MERGED', merger = 'staff/a', merged_on = now(), progressed_at = NULL`},
		{"who proposed about a clash resolves it", "prisoner_import_clashes", "prisoner_import_clashes_two_people",
			`UPDATE prisoner_import_clashes SET state = 'RESOLVED', resolver = 'staff/a'`},
		{"the proposer is drawn", "verifications", "verifications_two_people", `UPDATE verifications SET confirmer = 'staff/b'`},
		{"the owner is drawn", "verifications", "verifications_two_people", `UPDATE verifications SET confirmer = 'staff/a'`},
		{"somebody else decides than was drawn", "verifications", "verifications_drawn",
			`UPDATE verifications SET outcome = 'CONFIRMED', decider = 'staff/x'`},
		{"who suspended lifts it", "suspensions", "suspensions_two_people", `UPDATE suspensions SET lifter = 'staff/a'`},
		{"whose case it is lifts it", "suspensions", "suspensions_two_people", `UPDATE suspensions SET lifter = 'staff/b'`},
		{"who entered a contact confirms it", "contacts", "contacts_two_people",
			`UPDATE contacts SET state = 'CONFIRMED', confirmer = 'staff/a'`},
		{"who entered a destination confirms it", "destinations", "destinations_two_people",
			`UPDATE destinations SET state = 'CONFIRMED', confirmer = 'staff/a', usable_at = now()`},
		{"the submitter approves", "aid_requests", "aid_requests_two_people",
			`UPDATE aid_requests SET state = 'APPROVED', decider = 'staff/b'`},
		{"the owner of the case approves", "aid_requests", "aid_requests_two_people",
			`UPDATE aid_requests SET state = 'APPROVED', decider = 'staff/a'`},
		{"who owned the case once is drawn", "verifications", "outside_case", `UPDATE verifications SET confirmer = 'staff/d'`},
		{"who entered into the case lifts a suspension", "suspensions", "outside_case", `UPDATE suspensions SET lifter = 'staff/e'`},
		{"who entered into the case confirms a contact", "contacts", "outside_case",
			`UPDATE contacts SET state = 'CONFIRMED', confirmer = 'staff/e'`},
		{"who owned the case once confirms a destination", "destinations", "outside_case",
			`UPDATE destinations SET state = 'CONFIRMED', confirmer = 'staff/d', usable_at = now()`},
		{"who entered into the case approves", "aid_requests", "outside_case",
			`UPDATE aid_requests SET state = 'APPROVED', decider = 'staff/e'`},
		{"nobody approves", "aid_requests", "aid_requests_decided", `UPDATE aid_requests SET state = 'APPROVED'`},
		{"a cycle is awarded to no round", "aid_request_cycles", "aid_request_cycles_round", `UPDATE aid_request_cycles SET state = 'AWARDED'`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := postgrestest.New(t, store.Migrations())
			run := func(statement string) error {
				return db.InTx(t.Context(), func(ctx context.Context, tx pgx.Tx) error {
					_, err := tx.Exec(ctx, statement)
					return err
				})
			}
			for statement := range strings.SplitSeq(rows, ";") {
				if err := run(statement); err != nil {
					t.Fatal(err)
				}
			}
			if err := run(c.statement); !postgres.Violates(err, c.constraint) {
				t.Errorf("with the wall: %v, want a violation of %s", err, c.constraint)
			}
			if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), without(c.table, c.constraint)); err != nil {
				t.Fatal(err)
			}
			if err := run(c.statement); err != nil {
				t.Errorf("without the wall: %v", err)
			}
		})
	}
}

// without is the statement that takes a wall away: a constraint, or the trigger that
// knows what people did in a case.
func without(table, constraint string) string {
	if constraint == "outside_case" {
		return fmt.Sprintf(`DROP TRIGGER %s_%s ON %s`, table, constraint, table)
	}
	return fmt.Sprintf(`ALTER TABLE %s DROP CONSTRAINT %s`, table, constraint)
}

func TestEveryTableAndColumnSaysWhatItIs(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	found, err := db.Pool.Query(t.Context(), `
		SELECT c.relname || COALESCE('.' || a.attname, '') FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
		LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relkind = 'r' AND c.relname !~ '^(goose|river)'
			AND (col_description(c.oid, a.attnum) IS NULL OR obj_description(c.oid) IS NULL)`)
	if err != nil {
		t.Fatal(err)
	}
	missing, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil || len(missing) > 0 {
		t.Errorf("without a comment: %v, %v", missing, err)
	}
}
