package filter_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
)

// line is a row that a filter is held against; it may have no amount.
type line struct {
	path   string
	amount *int64
}

// meant is a filter as text and what it means.
type meant struct {
	text  string
	holds func(line) bool
}

// compare is what an operator of a filter does with a difference.
func compare(operator string, difference int) bool {
	switch operator {
	case "=":
		return difference == 0
	case "!=":
		return difference != 0
	case "<":
		return difference < 0
	case "<=":
		return difference <= 0
	case ">":
		return difference > 0
	}
	return difference >= 0
}

var words = rapid.StringOfN(rapid.SampledFrom([]rune(`ab:'"\*%_$1é`)), 0, 4, -1)

func amountFilter(t *rapid.T) meant {
	operator, n := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(t, "operator"), rapid.Int64Range(0, 4).Draw(t, "amount")
	return meant{fmt.Sprintf("amount %s %d", operator, n), func(l line) bool {
		return l.amount != nil && compare(operator, int(*l.amount-n))
	}}
}

func accountFilter(t *rapid.T) meant {
	text := words.Draw(t, "text")
	operators := []string{"=", "!=", "<", "<=", ">", ">="}
	begin, beginning := strings.CutSuffix(text, "*")
	if beginning {
		operators = operators[:2]
	}
	operator := rapid.SampledFrom(operators).Draw(t, "operator")
	return meant{"account " + operator + " " + strconv.Quote(text), func(l line) bool {
		if beginning {
			return strings.HasPrefix(l.path, begin) == (operator == "=")
		}
		return compare(operator, strings.Compare(l.path, text))
	}}
}

// anyFilter draws a filter of at most so many levels.
func anyFilter(t *rapid.T, depth int) meant {
	kind := rapid.IntRange(0, 4).Draw(t, "kind")
	switch {
	case depth == 0 || kind == 0:
		return accountFilter(t)
	case kind == 1:
		return amountFilter(t)
	case kind == 2:
		inner := anyFilter(t, depth-1)
		return meant{"NOT (" + inner.text + ")", func(l line) bool { return !inner.holds(l) }}
	}
	left, right := anyFilter(t, depth-1), anyFilter(t, depth-1)
	if kind == 3 {
		return meant{"(" + left.text + ") AND (" + right.text + ")", func(l line) bool { return left.holds(l) && right.holds(l) }}
	}
	return meant{"(" + left.text + ") OR (" + right.text + ")", func(l line) bool { return left.holds(l) || right.holds(l) }}
}

func anyLine(t *rapid.T) line {
	l := line{path: words.Draw(t, "path")}
	if rapid.Bool().Draw(t, "has an amount") {
		n := rapid.Int64Range(0, 4).Draw(t, "of")
		l.amount = &n
	}
	return l
}

// must reports whether a comparison that a condition says must hold does.
func mustHold(l line, m filter.Comparison) bool {
	operator := strings.Replace(m.Operator, "<>", "!=", 1)
	if n, ok := m.Value.(int64); ok {
		return l.amount != nil && compare(operator, int(*l.amount-n))
	}
	return compare(operator, strings.Compare(l.path, m.Value.(string)))
}

// PostgreSQL finds by the condition what the filter says, also of what is not there.
func TestAFilterMeansInSQLWhatItSays(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, postgrestest.Tables(`SELECT 1;`))
	rapid.Check(t, func(r *rapid.T) {
		f, l := anyFilter(r, 3), anyLine(r)
		c, err := filter.Parse(f.text, map[string]filter.Column{
			"account": {SQL: `a.path COLLATE "C"`}, "amount": {SQL: "e.amount", Number: true},
		}, 3)
		if err != nil {
			r.Fatalf("%s: %v", f.text, err)
		}
		var got bool
		if err := db.Pool.QueryRow(t.Context(), `SELECT (`+c.SQL+`) IS TRUE FROM (SELECT $1::text AS path) a, (SELECT $2::bigint AS amount) e`,
			append([]any{l.path, l.amount}, c.Args...)...).Scan(&got); err != nil {
			r.Fatalf("%s as %s: %v", f.text, c.SQL, err)
		}
		if want := f.holds(l); got != want {
			r.Fatalf("%s of %+v is %t, want %t (%s, %v)", f.text, l, got, want, c.SQL, c.Args)
		}
		for _, m := range c.Must {
			if got && !mustHold(l, m) {
				r.Fatalf("%s holds of %+v, where %v must", f.text, l, m)
			}
		}
	})
}
