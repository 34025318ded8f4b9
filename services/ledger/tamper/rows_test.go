package tamper

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// outside are the tables of the ledger's database that prove nothing about the
// books, and why. Any other table is tampered with, those to come too.
var outside = map[string]string{
	"adjustments":               "proposals of people; what is booked of them is in the log, with their decisions",
	"idempotency_keys":          "answers to repeated calls",
	"duty_sweeps":               "how far the sweepers have come",
	"goose_ledger_version":      "which migrations were applied",
	"goose_duty_version":        "which migrations were applied",
	"goose_idempotency_version": "which migrations were applied",
	"goose_file_digest":         "which migrations were applied, by their files",
	"cosignatures":              "witnesses keep what they signed, too; wrong ones are not given out, and a verifier with their policy sees whether the newest checkpoint has enough",
	"daily_looks":               "says only which leaves the next checkpoint will cover; what the log cannot have had is found",
	"signing_keys":              "compared with the master keyset at every use: the ledger does not answer where they differ",
}

// unseen are the columns that may be changed without being found, and why.
var unseen = map[string]string{
	"checkpoints.published_on": "the day is in no signature; nothing follows from it",
	"periods.number":           "orders proposals, which are not in the log",
}

// row is a row as JSON, with its columns in order of their names, so that equal
// rows are equal texts.
type row string

// fields takes a row apart.
func (r row) fields() map[string]json.RawMessage {
	f := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(r), &f); err != nil {
		panic(err)
	}
	return f
}

// text is a field as text.
func (r row) text(column string) string {
	value := r.fields()[column]
	var text string
	if json.Unmarshal(value, &text) == nil {
		return text
	}
	return string(value)
}

func rowOf(f map[string]json.RawMessage) row {
	b, err := json.Marshal(f)
	if err != nil {
		panic(err)
	}
	return row(b)
}

// column is a column of a table.
type column struct {
	name, kind string
	nullable   bool
}

// table is a table with its rows as they ought to be.
type table struct {
	name    string
	columns []column
	unique  []string // columns of unique indexes
	rows    []row
}

// read reads all tables that are tampered with, and their rows.
func (l *ledger) read() {
	l.t.Helper()
	l.tables = map[string]*table{}
	ctx := l.t.Context()
	found, err := l.super.Query(ctx, `
		SELECT table_name, column_name, data_type, is_nullable = 'YES', EXISTS (
			SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[:i.indnkeyatts - 1])
			WHERE i.indrelid = format('public.%I', table_name)::regclass AND i.indisunique AND a.attname = column_name)
		FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name NOT LIKE 'river%' ORDER BY table_name, ordinal_position`)
	if err != nil {
		l.t.Fatal(err)
	}
	var name string
	var c column
	var unique bool
	if _, err := pgx.ForEachRow(found, []any{&name, &c.name, &c.kind, &c.nullable, &unique}, func() error {
		if outside[name] != "" {
			return nil
		}
		t := l.tables[name]
		if t == nil {
			t = &table{name: name}
			l.tables[name] = t
		}
		t.columns = append(t.columns, c)
		if unique {
			t.unique = append(t.unique, c.name)
		}
		return nil
	}); err != nil {
		l.t.Fatal(err)
	}
	for _, t := range l.tables {
		t.rows = l.rows(t.name)
	}
	for _, r := range l.tables["accounts"].rows {
		l.paths[r.text("account")] = r.text("path")
	}
}

func (l *ledger) rows(table string) []row {
	l.t.Helper()
	found, err := l.super.Query(l.t.Context(), `SELECT to_jsonb(t)::text FROM `+table+` t ORDER BY 1`)
	if err != nil {
		l.t.Fatal(err)
	}
	texts, err := pgx.CollectRows(found, pgx.RowTo[string])
	if err != nil {
		l.t.Fatal(err)
	}
	rows := make([]row, len(texts))
	for i, text := range texts {
		rows[i] = rowOf(row(text).fields())
	}
	return rows
}

// names returns the tables' names in order.
func (l *ledger) names() []string { return slices.Sorted(maps.Keys(l.tables)) }

// change replaces rows by others, as a superuser who has switched the triggers off,
// and reports whether the database's constraints let him.
func (l *ledger) change(remove, add map[string][]row) bool {
	l.t.Helper()
	err := pgx.BeginFunc(l.t.Context(), l.super, func(tx pgx.Tx) error {
		q := &pgx.Batch{}
		q.Queue(`SET LOCAL session_replication_role = replica`)
		for table, rows := range remove {
			q.Queue(`DELETE FROM `+table+` t USING unnest($1::text[]) AS r (body) WHERE to_jsonb(t) = r.body::jsonb`, texts(rows))
		}
		for table, rows := range add {
			q.Queue(`INSERT INTO `+table+` OVERRIDING SYSTEM VALUE
				SELECT p.* FROM unnest($1::text[]) AS r (body), jsonb_populate_record(NULL::`+table+`, r.body::jsonb) p`, texts(rows))
		}
		return tx.SendBatch(l.t.Context(), q).Close()
	})
	if refused := new(pgconn.PgError); err != nil && !errors.As(err, &refused) {
		l.t.Fatal(err)
	}
	return err == nil
}

func texts(rows []row) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = string(r)
	}
	return out
}

// same reports whether both have the same rows.
func same(a, b []row) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// minus returns the rows of a that are not in b.
func minus(a, b []row) []row {
	in := map[row]bool{}
	for _, r := range b {
		in[r] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(r row) bool { return in[r] })
}

// raw writes a value as JSON.
func raw(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return bytes.TrimSpace(b)
}
