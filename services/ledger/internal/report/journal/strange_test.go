package journal_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/journal"
)

// strange returns a log of what is legal but rare: parts of paths like dates, numbers,
// currencies and words of the tools, references like tags and dates, currencies
// without decimals and with three or four, amounts from the smallest to the largest
// that are posted, late facts and reversals.
func strange(t *testing.T) *bundletest.Log {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	part := func() string {
		return pick("2026-11-24", "0", "00", "1e5", "eur", "a--", "a-_-", "open", "date", "type", "true", "null", "include", "x", "xx-x", strings.Repeat("z_", 20))
	}
	path := func() string {
		return pick("asset:stripe", "asset:bank:"+part(), "asset:cash:"+part(), "fund:"+part()+":available", "fund:"+part()+":clearing",
			"transit:"+part(), "deficit:"+part(), "suspense:"+part(), "suspense:"+part()+":"+part(), "fx:EUR:JPY", "fx:gain_loss", "equity:opening")
	}
	l := bundletest.New(t)
	var posted []*leaf.Transaction
	for i := range 400 {
		if i%10 == 9 {
			l.Reverse(posted[r.IntN(len(posted))], "2026-11-23", fmt.Sprintf("reverse:%d", i))
			continue
		}
		currency := pick("EUR", "JPY", "KWD", "CLF", "UYW", "TRY", "ALL", "TOP", "BGN", "CVE")
		amount := int64(1) << r.IntN(50)
		lines := []bundletest.Line{
			{Side: leaf.Debit, Account: path(), Currency: currency, Amount: amount},
			{Side: leaf.Credit, Account: path(), Currency: currency, Amount: amount},
		}
		if i%7 == 0 { // a second currency, and an account twice
			lines = append(lines, bundletest.Line{Side: leaf.Debit, Account: lines[0].Account, Currency: "USD", Amount: 1},
				bundletest.Line{Side: leaf.Credit, Account: lines[0].Account, Currency: "USD", Amount: 1})
		}
		reference := fmt.Sprintf("%s:%d", pick("date", "date2", "2026/01/01", "type", "a..b", "0.5", "amt", "a--b", "end"), i)
		x := l.Post(leaf.Suspense, fmt.Sprintf("20%02d-02-%02d", 20+r.IntN(7), 1+r.IntN(28)), reference, pick("a/b", "date/2020", "x--y", "1/2/3"), lines...)
		if i%5 == 0 { // a fact that became known late
			x.BookingDate += leaf.Day(r.IntN(300))
		}
		posted = append(posted, x)
	}
	return l
}

// table reads comma-separated rows behind their heading.
func table(t *testing.T, text string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v in %q", err, text)
	}
	return rows[1:]
}

func TestTheToolsHaveTheBalancesOfStrangeBooks(t *testing.T) {
	t.Parallel()
	l := strange(t)
	want := trial(l)

	var text bytes.Buffer
	if err := journal.Hledger(&text, accounts(l), dated(l)); err != nil {
		t.Fatal(err)
	}
	run(t, "a.journal", text.Bytes(), "hledger", "-f", "FILE", "check", "--strict", "ordereddates")
	got := map[string]string{}
	for _, r := range table(t, run(t, "b.journal", text.Bytes(), "hledger", "-f", "FILE", "balance", "--flat", "-N", "--layout=bare", "-O", "csv")) {
		if strings.Trim(r[2], "0.") != "" {
			got[r[0]+" "+r[1]] = r[2] + " " + r[1]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-ledger +hledger)\n%s", diff)
	}

	text.Reset()
	if err := journal.Beancount(&text, accounts(l), dated(l)); err != nil {
		t.Fatal(err)
	}
	run(t, "a.beancount", text.Bytes(), "bean-check", "FILE")
	got = map[string]string{}
	for _, r := range table(t, run(t, "b.beancount", text.Bytes(), "bean-query", "-f", "csv", "FILE",
		"SELECT account, str(sum(position)) AS total GROUP BY account, currency")) { // as they are: a column of numbers is rounded
		path, err := journal.ParseBeancountAccount(strings.TrimSpace(r[0]))
		if err != nil {
			t.Fatalf("%q: %v", r[0], err)
		}
		if number, currency, some := strings.Cut(strings.Trim(r[1], "( )"), " "); some {
			currency = strings.TrimSpace(currency)
			got[path+" "+currency] = number + " " + currency
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-ledger +Beancount)\n%s", diff)
	}
}
