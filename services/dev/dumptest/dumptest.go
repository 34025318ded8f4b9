// Package dumptest holds the tables of a service against a list that says, column by
// column, what whoever reads a dump learns. A column that nobody has thought about fails
// the test, and a time of day needs a reason.
package dumptest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Columns say what stands in the columns of a database; each value is a table's columns,
// separated by blanks.
type Columns struct {
	// Pseudonyms are random ids of our own and pseudonyms of staff.
	Pseudonyms map[string]string
	// Words are of a fixed list: states, kinds, currencies, days as text.
	Words map[string]string
	// Keyed are HMACs and what is enciphered under a secret that the database lacks, and
	// random bytes.
	Keyed map[string]string
	// Sealed are ciphertexts.
	Sealed map[string]string
	// Known are what somebody outside knows, too; Hours are times of day. Each, by
	// "table.column", has the reason why it may stand there.
	Known, Hours map[string]string
}

// shared are the tables that several services have, made by packages of their own.
var shared = Columns{
	Pseudonyms: map[string]string{
		"idempotency_keys": "resource scope", "owed_decisions": "person resource", "duty_sweeps": "after_id",
		"river_job": "attempted_by", "policy_versions": "confirmed_by proposed_by",
	},
	Words: map[string]string{
		"owed_decisions": "kind", "duty_sweeps": "kind", "policy_versions": "kind state", "goose_file_digest": "versions",
		"river_job": "errors kind metadata queue state tags unique_states", "river_leader": "leader_id name",
		"river_migration": "line", "river_notification": "topic", "river_queue": "metadata name",
	},
	Keyed: map[string]string{"idempotency_keys": "digest key_hash", "owed_decisions": "commitment content reference"},
	Known: map[string]string{
		"goose_file_digest.sha256":   "of a migration, which is public",
		"policy_versions.content":    "rules of the fund, which say nothing of anybody",
		"river_job.args":             "ids of our own, as policy has it; gone half an hour after the job",
		"river_job.unique_key":       "of kind and args",
		"river_notification.payload": "names a queue",
	},
	Hours: map[string]string{
		"owed_decisions.created_at":     "names nobody but who decided: reference and commitment are HMACs",
		"owed_decisions.recorded_at":    "as created_at",
		"duty_sweeps.swept_at":          "of the program",
		"river_job.attempted_at":        "a running deadline: the row is gone half an hour after the job",
		"river_job.created_at":          "as attempted_at",
		"river_job.finalized_at":        "as attempted_at",
		"river_job.scheduled_at":        "as attempted_at",
		"river_leader.elected_at":       "of the program",
		"river_leader.expires_at":       "of the program",
		"river_migration.created_at":    "of the program",
		"river_notification.created_at": "of the program",
		"river_queue.created_at":        "of the program",
		"river_queue.paused_at":         "of the program",
		"river_queue.updated_at":        "of the program",
	},
}

// harmless are types whose values are days, counts, amounts, or yes and no.
var harmless = []string{"date", "integer", "bigint", "smallint", "boolean"}

// Check fails where the tables have columns that are not listed, or not as what they are.
func Check(t testing.TB, migrations postgres.Migrations, own Columns) {
	t.Helper()
	listed := own.all()
	maps.Copy(listed, shared.all())
	for _, c := range read(t, postgrestest.New(t, migrations)) {
		class, known := listed[c.Name]
		delete(listed, c.Name)
		if complaint := c.wrong(class, known); complaint != "" {
			t.Errorf("%s %s: %s", c.Name, c.Type, complaint)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		if _, ours := shared.all()[name]; !ours {
			t.Errorf("%s is listed and not there", name)
		}
	}
}

// class is a kind of content, with the reason where it needs one.
type class struct{ name, reason string }

func (c Columns) all() map[string]class {
	all := map[string]class{}
	for name, tables := range map[string]map[string]string{"pseudonym": c.Pseudonyms, "word": c.Words, "keyed": c.Keyed, "sealed": c.Sealed} {
		for table, columns := range tables {
			for column := range strings.FieldsSeq(columns) {
				all[table+"."+column] = class{name: name, reason: name}
			}
		}
	}
	for column, why := range c.Known {
		all[column] = class{"known", why}
	}
	for column, why := range c.Hours {
		all[column] = class{"hour", why}
	}
	return all
}

// column is one of a table.
type column struct{ Name, Type string }

// wrong says what is wrong with how a column is listed, "" for nothing.
func (c column) wrong(as class, listed bool) string {
	hour := strings.HasPrefix(c.Type, "timestamp")
	switch {
	case strings.HasPrefix(c.Name, "goose_") && c.Type != "bytea", slices.Contains(harmless, c.Type):
		return ""
	case hour && (as.name != "hour" || as.reason == ""):
		return "has a time of day and no reason for it: make it a day"
	case !listed:
		return "is not listed: say what whoever reads it learns"
	case !hour && as.name == "hour":
		return "is listed as a time of day"
	case as.reason == "":
		return "is listed without a reason"
	case c.Type == "bytea" && (as.name == "word" || as.name == "pseudonym"):
		return "bytes are keyed, sealed, or known outside for a reason"
	case as.name == "sealed" && c.Type != "bytea":
		return "is listed as sealed and is no ciphertext"
	}
	return ""
}

func read(t testing.TB, db *postgres.DB) []column {
	t.Helper()
	list, err := postgres.Many(t.Context(), postgrestest.Owner(t, db).Pool, "columns", pgx.RowToStructByName[column], `
		SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, NULL) AS type
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
		WHERE a.attnum > 0 AND NOT a.attisdropped ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	return list
}
