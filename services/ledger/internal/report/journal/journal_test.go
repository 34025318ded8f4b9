package journal_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/journal"
)

// books returns a log with several currencies, a late booking and a reversal.
func books(t *testing.T) *bundletest.Log {
	t.Helper()
	l := bundletest.Story(t)
	l.Post(leaf.FX, "2026-11-23", "payment/y_2/attempts/1/exchange", "paymentPlans/p_1/payments/y_2",
		bundletest.C("fx:EUR:PLN", 1000), bundletest.D("fund:general:available", 1000),
		bundletest.Line{Side: leaf.Debit, Account: "fx:EUR:PLN", Currency: "PLN", Amount: 4257},
		bundletest.Line{Side: leaf.Credit, Account: "transit:csv", Currency: "PLN", Amount: 4257})
	for currency, amount := range map[string]int64{"JPY": 700, "BHD": 1234, "BGN": 99} { // the last is no more
		l.Adjust(leaf.OpeningBalance, "2026-11-23", currency,
			bundletest.Line{Side: leaf.Debit, Account: "asset:cash:s_1", Currency: currency, Amount: amount},
			bundletest.Line{Side: leaf.Credit, Account: "equity:opening", Currency: currency, Amount: amount})
	}
	return l
}

// accounts gives the paths of all accounts.
func accounts(l *bundletest.Log) journal.Accounts {
	seen := map[string]bool{}
	for t := range l.Transactions {
		for _, e := range t.Entries {
			seen[e.Account] = true
		}
	}
	return func(yield func(string, error) bool) {
		for _, path := range slices.Sorted(maps.Keys(seen)) {
			if !yield(path, nil) {
				return
			}
		}
	}
}

// dated gives the transactions in the order of booking date and sequence.
func dated(l *bundletest.Log) journal.Transactions {
	var all []*leaf.Transaction
	for t := range l.Transactions {
		all = append(all, t)
	}
	slices.SortStableFunc(all, func(a, b *leaf.Transaction) int { return int(a.BookingDate) - int(b.BookingDate) })
	return func(yield func(*leaf.Transaction, error) bool) {
		for _, t := range all {
			if !yield(t, nil) {
				return
			}
		}
	}
}

// trial adds up "account amount" as the tools print it: debits positive.
func trial(l *bundletest.Log) map[string]string {
	sums := map[[2]string]int64{}
	for t := range l.Transactions {
		for _, e := range t.Entries {
			sums[[2]string{e.Account, e.Currency}] = -e.Balance
		}
	}
	out := map[string]string{}
	for k, n := range sums {
		if n != 0 {
			out[k[0]+" "+k[1]] = money.Amount{MinorUnits: n, Currency: k[1]}.String()
		}
	}
	return out
}

// run calls a tool on a file that holds text.
func run(t *testing.T, file string, text []byte, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), file)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		args[i] = strings.ReplaceAll(a, "FILE", path)
	}
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("%s is not installed: run make tools", name)
	}
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestHledgerAcceptsTheJournalAndHasTheSameBalances(t *testing.T) {
	t.Parallel()
	l := books(t)
	var text bytes.Buffer
	if err := journal.Hledger(&text, accounts(l), dated(l)); err != nil {
		t.Fatal(err)
	}
	run(t, "a.journal", text.Bytes(), "hledger", "-f", "FILE", "check", "--strict", "ordereddates")
	out := run(t, "b.journal", text.Bytes(), "hledger", "-f", "FILE", "balance", "--flat", "-N", "--layout=bare", "-O", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rows[1:] {
		if strings.Trim(r[2], "0.") != "" {
			got[r[0]+" "+r[1]] = r[2] + " " + r[1]
		}
	}
	if diff := cmp.Diff(trial(l), got); diff != "" {
		t.Errorf("(-ledger +hledger)\n%s", diff)
	}
}

func TestBeancountAcceptsTheJournal(t *testing.T) {
	t.Parallel()
	l := books(t)
	var text bytes.Buffer
	if err := journal.Beancount(&text, accounts(l), dated(l)); err != nil {
		t.Fatal(err)
	}
	run(t, "a.beancount", text.Bytes(), "bean-check", "FILE")
	for key := range trial(l) {
		path, _, _ := strings.Cut(key, " ")
		if !strings.Contains(text.String(), " open "+journal.BeancountAccount(path)+"\n  path: \""+path+"\"\n") {
			t.Errorf("%s is not opened under its path", path)
		}
	}
}

func TestTheTableHoldsEveryEntryAndItsManifestFits(t *testing.T) {
	t.Parallel()
	l := books(t)
	var archive bytes.Buffer
	if err := journal.CSVArchive(&archive, dated(l)); err != nil {
		t.Fatal(err)
	}
	table, manifest := unzip(t, archive.Bytes(), "entries.csv"), unzip(t, archive.Bytes(), "manifest.json")
	var m journal.Manifest
	if err := json.Unmarshal(manifest, &m); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(table)
	if m.SHA256 != hex.EncodeToString(sum[:]) || int(m.Rows) != len(rows)-1 || len(m.Columns) != len(rows[0]) {
		t.Errorf("%+v over %d rows", m, len(rows))
	}
	if want := "24,2,2026-11-02,2026-11-02,DONATION,stripe/9f3a/charge,donations/d_1,,fund:general:clearing,EUR,,49.00,49.00"; strings.Join(rows[4], ",") != want {
		t.Errorf("row %v", rows[4])
	}
	for _, r := range rows {
		for i, cell := range r {
			if strings.IndexAny(cell, "=+@\t\r") == 0 || strings.HasPrefix(cell, "-") && m.Columns[i].Name != "balance" {
				t.Errorf("a spreadsheet may take %q for a formula", cell)
			}
		}
	}
}

func unzip(t *testing.T, archive []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAJournalThatBreaksOffHasNoEnd(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("the database went away")
	broken := func(yield func(*leaf.Transaction, error) bool) {
		for t, err := range dated(books(t)) {
			if !yield(t, err) {
				return
			}
		}
		yield(nil, errBroken)
	}
	backwards := func(yield func(*leaf.Transaction, error) bool) {
		var all []*leaf.Transaction
		for t := range dated(books(t)) {
			all = append(all, t)
		}
		for _, t := range slices.Backward(all) {
			if !yield(t, nil) {
				return
			}
		}
	}
	opened := accounts(books(t))
	writers := map[string]func(io.Writer, journal.Transactions) error{
		"hledger":   func(w io.Writer, all journal.Transactions) error { return journal.Hledger(w, opened, all) },
		"beancount": func(w io.Writer, all journal.Transactions) error { return journal.Beancount(w, opened, all) },
		"csv":       journal.CSVArchive,
	}
	for name, write := range writers {
		var text bytes.Buffer
		if err := write(&text, broken); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(text.String(), "end:") || strings.Contains(text.String(), "manifest.json") {
			t.Errorf("%s: broken off, but it ends as a whole one does", name)
		}
		if err := write(io.Discard, backwards); err == nil || !strings.Contains(err.Error(), "order") {
			t.Errorf("%s: backwards: %v", name, err)
		}
	}
}
