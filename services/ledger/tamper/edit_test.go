package tamper

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// edit is one tampering: rows that are replaced by others.
type edit struct {
	what        string
	table       string
	remove, add map[string][]row
}

// kinds of edit of one table.
const (
	update     = "update"
	remove     = "delete"
	insert     = "insert"
	swap       = "swap"
	rolledBack = "roll back"
	cutOff     = "cut off"
)

// attempts bounds the draws until one changes something that the constraints allow.
const attempts = 60

// draw draws an edit of a kind that changes something; column is that which is
// updated or swapped. It is nil where the kind makes nothing of this table.
func (l *ledger) draw(r *rand.Rand, kind, name string, c column) *edit {
	t := l.tables[name]
	if len(t.rows) == 0 {
		return nil
	}
	pick := func() row { return t.rows[r.IntN(len(t.rows))] }
	one, other := pick(), pick()
	e := &edit{table: name, remove: map[string][]row{}, add: map[string][]row{}}
	switch kind {
	case update:
		f := one.fields()
		f[c.name] = mutate(r, c, f[c.name], other.fields()[c.name])
		e.what = fmt.Sprintf("update %s.%s of %s: %.80s", name, c.name, brief(one), f[c.name])
		e.remove[name], e.add[name] = []row{one}, []row{rowOf(f)}
	case remove:
		e.what = fmt.Sprintf("delete %s %s", name, brief(one))
		e.remove[name] = []row{one}
	case insert:
		e.add[name] = []row{t.copied(r, one)}
		e.what = fmt.Sprintf("insert %s %s", name, brief(e.add[name][0]))
	case swap:
		f, g := one.fields(), other.fields()
		f[c.name], g[c.name] = g[c.name], f[c.name]
		e.what = fmt.Sprintf("swap %s.%s of %s and %s", name, c.name, brief(one), brief(other))
		e.remove[name], e.add[name] = []row{one, other}, []row{rowOf(f), rowOf(g)}
	case rolledBack:
		return l.rollBack()
	case cutOff:
		return l.cutOff(1 + r.Int64N(40))
	}
	if one == other && kind == swap || same(e.remove[name], e.add[name]) {
		return nil
	}
	return e
}

// copied is a row again under another key.
func (t *table) copied(r *rand.Rand, one row) row {
	f := one.fields()
	changed := false
	for !changed {
		for _, c := range t.columns {
			if unseen[t.name+"."+c.name] != "" {
				continue
			}
			isKey := false
			for _, u := range t.unique {
				isKey = isKey || u == c.name
			}
			if isKey && r.IntN(2) == 0 {
				f[c.name] = mutate(r, c, f[c.name], f[c.name])
				changed = true
			}
		}
	}
	return rowOf(f)
}

// cutOff deletes the newest leaves with all their rows and sets the head back, but
// leaves what was counted.
func (l *ledger) cutOff(n int64) *edit {
	size := l.memory.Size() - n
	e := &edit{what: fmt.Sprintf("cut %d leaves off", n), table: "leaves", remove: map[string][]row{}, add: map[string][]row{}}
	for _, name := range []string{"leaves", "transactions", "entries", "decisions", "periods"} {
		for _, r := range l.tables[name].rows {
			if sequence, err := strconv.ParseInt(r.text("sequence"), 10, 64); err == nil && sequence >= size {
				e.remove[name] = append(e.remove[name], r)
			}
		}
	}
	head := l.tables["head"].rows[0]
	f := head.fields()
	f["size"] = raw(size)
	e.remove["head"], e.add["head"] = []row{head}, []row{rowOf(f)}
	return e
}

// rollBack brings every table back to what it was at an earlier time.
func (l *ledger) rollBack() *edit {
	e := &edit{what: "roll back", table: rolledBack, remove: map[string][]row{}, add: map[string][]row{}}
	for name, early := range l.early {
		now := l.rows(name)
		if gone := minus(now, early); len(gone) > 0 {
			e.remove[name] = gone
		}
		if back := minus(early, now); len(back) > 0 {
			e.add[name] = back
		}
	}
	return e
}

// mutate draws another value of a column; other is that of another row.
func mutate(r *rand.Rand, c column, value, other json.RawMessage) json.RawMessage {
	if c.nullable && r.IntN(5) == 0 {
		return raw(nil)
	}
	if r.IntN(4) == 0 && string(other) != string(value) {
		return other
	}
	text := strings.Trim(string(value), `"`)
	switch c.kind {
	case "smallint", "integer", "bigint":
		n, _ := strconv.ParseInt(text, 10, 64)
		return raw([]int64{n + 1, n - 1, -n, 0, n + r.Int64N(1000), r.Int64N(30000)}[r.IntN(6)])
	case "boolean":
		return raw(text != "true")
	case "date":
		day, err := time.Parse(time.DateOnly, text)
		if err != nil {
			day = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
		}
		return raw(day.AddDate(0, 0, []int{1, -1, 400, -40000, 40000000}[r.IntN(5)]).Format("2006-01-02"))
	case "bytea":
		return raw(`\x` + mutateHex(r, strings.TrimPrefix(strings.ReplaceAll(text, `\\`, `\`), `\x`)))
	case "text":
		return raw(mutateText(r, text))
	case "jsonb":
		return mutateJSON(r, value)
	}
	panic("no mutation of a " + c.kind)
}

// mutateHex changes a byte, or the length by a hash.
func mutateHex(r *rand.Rand, digits string) string {
	switch {
	case len(digits) > 64 && r.IntN(6) == 0:
		return digits[:len(digits)-64]
	case r.IntN(6) == 0:
		return digits + digits[:min(64, len(digits))]
	case digits == "":
		return "00"
	}
	at := r.IntN(len(digits))
	return digits[:at] + string("0123456789abcdef"[r.IntN(16)]) + digits[at+1:]
}

// mutateJSON changes a number or, where it has none, drops everything.
func mutateJSON(r *rand.Rand, value json.RawMessage) json.RawMessage {
	numbers := regexp.MustCompile(`[1-9][0-9]*`).FindAllIndex(value, -1)
	if len(numbers) == 0 || r.IntN(5) == 0 {
		return raw(map[string]any{})
	}
	at := numbers[r.IntN(len(numbers))]
	return slices.Concat(value[:at[0]], []byte("7"), value[at[0]:at[1]], value[at[1]:])
}

func mutateText(r *rand.Rand, text string) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789:/_-AZ \n"
	letter := string(letters[r.IntN(len(letters))])
	if len(text) == 0 || r.IntN(3) == 0 {
		return text + letter
	}
	at := r.IntN(len(text))
	if r.IntN(3) == 0 {
		return text[:at] + text[at+1:]
	}
	return text[:at] + letter + text[at+1:]
}

// brief is what a reader of a failure needs to know of a row.
func brief(r row) string {
	f := r.fields()
	for _, long := range []string{"bytes", "hashes", "note", "root"} {
		delete(f, long)
	}
	return string(rowOf(f))
}
