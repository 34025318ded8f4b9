package journal_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/journal"
)

// beancountName is the grammar of Beancount's accounts, as far as ASCII goes.
var beancountName = regexp.MustCompile(`^(Assets|Liabilities|Equity)(:[A-Z0-9][A-Za-z0-9-]*)+$`)

// paths are of every class; parts are often short, so that they nearly collide.
var paths = rapid.Custom(func(t *rapid.T) string {
	part := func(name string) string {
		return rapid.StringMatching(rapid.SampledFrom([]string{`[a-z0-9][a-z0-9_-]{0,39}`, `[ax1][ax1_-]{0,3}`}).Draw(t, name+"'s sort")).Draw(t, name)
	}
	one, two := part("one"), part("two")
	return rapid.SampledFrom([]string{
		"asset:stripe", "asset:bank:" + one, "asset:cash:" + one, "fund:" + one + ":available", "fund:" + one + ":clearing",
		"round:" + one + ":" + two, "award:" + one, "transit:" + one, "deficit:" + one, "suspense:" + one, "suspense:" + one + ":" + two,
		"fx:gain_loss", "fx:EUR:PLN", "equity:opening",
	}).Draw(t, "path")
})

// bean-check itself has the last word on names.
func TestBeancountTakesTheNamesOfStrangePaths(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	opened := func(yield func(string, error) bool) {
		for _, part := range []string{"a", "a-", "a--", "a_", "a_-", "a-_x", "axx", "7", "7q", "a_7q", "eur", strings.Repeat("z-", 20)} {
			if !yield("award:"+part, nil) || !yield("round:"+part+":x--", nil) {
				return
			}
		}
	}
	if err := journal.Beancount(&text, opened, func(func(*leaf.Transaction, error) bool) {}); err != nil {
		t.Fatal(err)
	}
	run(t, "names.beancount", text.Bytes(), "bean-check", "FILE")
	if n := strings.Count(text.String(), " open "); n != 24 {
		t.Errorf("%d accounts are opened, not 24", n)
	}
}

func TestBeancountNamesGoBackToTheirPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"award:a_7q": "Liabilities:Award:A-7Q", "fund:general:available": "Equity:Fund:General:Available",
		"award:a-7q": "Liabilities:Award:A-x7Q", "transit:stripe-payout": "Liabilities:Transit:STRIPE-xPAYOUT",
		"fx:EUR:PLN": "Equity:Fx:EUR:PLN", "fx:gain_loss": "Equity:Fx:GAIN-LOSS", "asset:bank:x-x_x": "Assets:Bank:X-xX-X",
		"award:a--": "Liabilities:Award:A-x-x", "award:axx": "Liabilities:Award:Axx", "award:a1b": "Liabilities:Award:A1B",
		"fund:x--:available": "Equity:Fund:X-x-x:Available",
	} {
		if got := journal.BeancountAccount(path); got != want {
			t.Errorf("%s became %s", path, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := paths.Draw(t, "path"), paths.Draw(t, "another")
		name := journal.BeancountAccount(a)
		if got, err := journal.ParseBeancountAccount(name); err != nil || got != a {
			t.Fatalf("%s became %s and came back as %s, %v", a, name, got, err)
		}
		if !beancountName.MatchString(name) {
			t.Fatalf("%s became %s, which is no name", a, name)
		}
		if a != b && name == journal.BeancountAccount(b) {
			t.Fatalf("%s and %s both became %s", a, b, name)
		}
	})
	for _, name := range []string{"", "Assets", "Assets:", "Assets:Paypal", "Income:Gifts", "Liabilities:Award:a-7q", "Liabilities:Award:A-7q", "Liabilities:Award:AXX", "Liabilities:Award:", "Liabilities:Award::", "Equity:Fx:EUR"} {
		if got, err := journal.ParseBeancountAccount(name); err == nil {
			t.Errorf("%q became %s", name, got)
		}
	}
}
