package dumptest

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Row is a row of a dump: its texts and numbers by column, bytes in hexadecimal.
type Row struct {
	Table   string
	Texts   map[string]string
	Numbers map[string]int64
	place   int // on the disk
}

// Dump are the rows of one database or of several, in the order of the disk.
type Dump []Row

// Read reads all tables as somebody does who has the files and no key.
func Read(ctx context.Context, conn *pgx.Conn) (Dump, error) {
	rows, err := conn.Query(ctx, `SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	var dump Dump
	for _, table := range tables {
		rows, err := conn.Query(ctx, `SELECT to_jsonb(t) FROM `+pgx.Identifier{table}.Sanitize()+` t ORDER BY ctid`)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[map[string]json.RawMessage])
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
		for _, line := range lines {
			dump = append(dump, rowOf(table, line))
		}
	}
	return dump, nil
}

func rowOf(table string, line map[string]json.RawMessage) Row {
	r := Row{Table: table, Texts: map[string]string{}, Numbers: map[string]int64{}}
	for column, value := range line {
		var text string
		var number int64
		switch {
		case string(value) == "null":
		case json.Unmarshal(value, &number) == nil:
			r.Numbers[column] = number
		case json.Unmarshal(value, &text) == nil:
			r.Texts[column] = text
		default: // arrays and objects
			r.Texts[column] = string(value)
		}
	}
	return r
}

// With is the dump with one column of a table as it were without its protection: other
// says what stands there. Rows of which it says "" stay as they are.
func (d Dump) With(table, column string, other func(Row) string) Dump {
	out := slices.Clone(d)
	for i, r := range out {
		if r.Table != table {
			continue
		}
		if text := other(r); text != "" {
			out[i].Texts = maps.Clone(r.Texts)
			out[i].Texts[column] = text
		}
	}
	return out
}

// About are the rows that are about one of the targets, which are ids, and about no
// other: those that name it, and those that a value leads to, an id or a digest, which
// stands beside it alone; on from there in the same way, from database to database.
func (d Dump) About(targets []string) map[string][]Row {
	values := make([][]string, len(d))
	for i, r := range d {
		values[i] = r.values()
	}
	of := map[string]string{}
	for _, target := range targets {
		of[target] = target
	}
	for grown := true; grown; {
		beside := map[string]string{}
		for _, names := range values {
			target, one := only(names, of)
			for _, name := range names {
				if before, seen := beside[name]; one && seen && before != target {
					beside[name] = "" // of several
				} else if one && !seen {
					beside[name] = target
				}
			}
		}
		grown = false
		for name, target := range beside {
			if _, known := of[name]; !known {
				of[name], grown = target, true
			}
		}
	}
	about := map[string][]Row{}
	for i, r := range d {
		if target, one := only(values[i], of); one {
			r.place = i
			about[target] = append(about[target], r)
		}
	}
	return about
}

// only is the target that the names lead to, where it is one alone.
func only(names []string, of map[string]string) (target string, one bool) {
	for _, name := range names {
		switch found := of[name]; {
		case found == "" || found == target:
		case target != "":
			return "", false
		default:
			target = found
		}
	}
	return target, target != ""
}

// id is how ids of our own look.
var id = regexp.MustCompile(`\b[a-z]{1,4}_[0-9a-z]{26}\b`)

// staff is how a colleague's id begins: who works there has to do with many.
const staff = "s_"

// values are what a row can be joined by: the ids and digests in it that may be of one
// target alone.
func (r Row) values() (found []string) {
	for _, text := range r.Texts {
		if raw, ok := strings.CutPrefix(text, `\x`); ok {
			if len(raw) >= 32 {
				found = append(found, text)
			}
			b, err := hex.DecodeString(raw)
			if err != nil {
				continue
			}
			text = string(b)
		}
		found = append(found, id.FindAllString(text, -1)...)
	}
	return slices.DeleteFunc(found, func(value string) bool { return strings.HasPrefix(value, staff) })
}
