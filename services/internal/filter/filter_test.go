package filter_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
)

var columns = map[string]filter.Column{
	"account": {SQL: "a.path"},
	"amount":  {SQL: "e.amount", Number: true},
	"of":      {SQL: "t.sequence", Operand: "(SELECT sequence FROM leaves WHERE reference = %s)"},
	"kind": {SQL: "t.kind", Unordered: true, Value: func(text string) (any, error) {
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("must be a kind")
		}
		return n, nil
	}},
}

func must(field, operator string, value any) []filter.Comparison {
	return []filter.Comparison{{Field: field, Operator: operator, Value: value}}
}

func TestOnlyWhatMustHoldFixesAField(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`account = "a"`: true, `amount > 1 AND account = "a"`: true, `account = "a" OR amount > 1`: false,
		`NOT account = "a"`: false, `account != "a"`: false, `account >= "a"`: false, ``: false,
	} {
		c, err := filter.Parse(text, columns, 1)
		if err != nil {
			t.Fatal(err)
		}
		if value, got := c.Fixed("account"); got != want || want && value != "a" {
			t.Errorf("%s: %v, %t", text, value, got)
		}
	}
}

func TestFilterBecomesConditionWithParameters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]filter.Condition{
		``:                    {SQL: "TRUE"},
		`account = "asset:x"`: {SQL: "a.path = $3", Args: []any{"asset:x"}, Must: must("account", "=", "asset:x")},
		`amount >= 500`:       {SQL: "e.amount >= $3", Args: []any{int64(500)}, Must: must("amount", ">=", int64(500))},
		`of = "x"`: {
			SQL: "t.sequence = (SELECT sequence FROM leaves WHERE reference = $3)", Args: []any{"x"}, Must: must("of", "=", "x"),
		},
		`kind != "7"`:       {SQL: "t.kind <> $3", Args: []any{7}, Must: must("kind", "<>", 7)},
		`NOT account = "a"`: {SQL: "(a.path = $3) IS NOT TRUE", Args: []any{"a"}},
		`account = "fund:*"`: {
			SQL: "(a.path >= $3 AND a.path < $4)", Args: []any{"fund:", "fund:\U0010ffff"},
			Must: append(must("account", ">=", "fund:"), must("account", "<", "fund:\U0010ffff")...),
		},
		`account != "fund:*"`:  {SQL: "(a.path >= $3 AND a.path < $4) IS NOT TRUE", Args: []any{"fund:", "fund:\U0010ffff"}},
		`account = "*:x"`:      {SQL: "a.path = $3", Args: []any{"*:x"}, Must: must("account", "=", "*:x")},
		`amount<1 OR amount>2`: {SQL: "(e.amount < $3 OR e.amount > $4)", Args: []any{int64(1), int64(2)}},
		`account = "a" AND (amount = 1 OR amount = 2)`: {
			SQL: "(a.path = $3 AND (e.amount = $4 OR e.amount = $5))", Args: []any{"a", int64(1), int64(2)},
			Must: must("account", "=", "a"),
		},
		`account = "'; DROP TABLE leaves; --"`: {
			SQL: "a.path = $3", Args: []any{"'; DROP TABLE leaves; --"}, Must: must("account", "=", "'; DROP TABLE leaves; --"),
		},
	} {
		got, err := filter.Parse(text, columns, 3)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(filter.Condition{})); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func TestWhatIsNoFilterOverTheColumnsIsRefusedByField(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`secret = "x"`, `account`, `account = amount`, `"a" = account`, `amount = "1"`, `account = 1`,
		`kind = "DONATION"`, `account : "a"`, `account = "a`, `account = "a" account = "b"`, `)`, `timestamp("x") = "y"`,
		strings.Repeat(`account = "a" AND `, 200) + `account = "a"`,
		strings.Repeat("(", 1000) + `account = "a"` + strings.Repeat(")", 1000),
		"account = \"\xff\"", `of > "x"`, `of != "x"`, `NOT of >= "x"`,
		`kind > "1"`, `account > "fund:*"`, `kind = "7*"`, `account = "\u0000"`, `account = "a\x00*"`,
	} {
		_, err := filter.Parse(text, columns, 1)
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid || len(f.Violations) != 1 || f.Violations[0].Field != "filter" {
			t.Errorf("%.40s: got %v, want a violation of the field", text, err)
		}
	}
}

// Whoever is refused learns what there is to compare, and never reads the filter back.
func TestARefusalSaysWhatAFilterMayBe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`account = "a" AND`: "cannot be read: write comparisons joined by AND, OR and NOT, with text in quotes",
		`secret = "x"`:      "must compare account, kind, of with text in quotes, or amount with whole numbers",
		`amount = "1"`:      "must compare account, kind, of with text in quotes, or amount with whole numbers",
		`kind < "7"`:        "kind may be compared with = and != only",
		`account < "a*"`:    `account may be compared with = and != only where the text ends in "*"`,
		`account = "\x00"`:  "account must not be compared with a zero byte",
	} {
		_, err := filter.Parse(text, columns, 1)
		if f := fault.As(err); f == nil || f.Violations[0].Description != want {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestABeginningOrBoundsMakeARange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`account = "a*"`: true, `account >= "a" AND account < "b"`: true, `account = "a*" AND amount = 1`: true,
		`account = "a"`: false, `account >= "a"`: false, `account != "a*"`: false, `NOT account = "a*"`: false, `account = "a*" OR amount = 1`: false,
	} {
		c, err := filter.Parse(text, columns, 1)
		if err != nil {
			t.Fatal(err)
		}
		if first, end, got := c.Range("account"); got != want || want && (first != "a" || end == nil) {
			t.Errorf("%s: %v to %v, %t", text, first, end, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`account = "a" AND (amount >= 1 OR NOT kind = "3")`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := filter.Parse(text, columns, 1)
		if err != nil && fault.As(err) == nil {
			t.Errorf("%q: error is no fault: %v", text, err)
		}
		if err == nil && strings.Count(c.SQL, "$") != len(c.Args) {
			t.Errorf("%q: %q has other than %d parameters", text, c.SQL, len(c.Args))
		}
	})
}
