package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Beancount writes a journal that bean-check accepts. Accounts are named as
// BeancountAccount says; the path stands beside each that is opened.
func Beancount(w io.Writer, accounts Accounts, transactions Transactions) error {
	return write(w, beancount{}, ";", accounts, transactions)
}

type beancount struct{}

// beancountRoots places each class under one of Beancount's five roots.
var beancountRoots = []struct {
	class account.Class
	root  string
}{
	{account.ClassAsset, "Assets"}, {account.ClassFund, "Equity:Fund"}, {account.ClassRound, "Liabilities:Round"},
	{account.ClassAward, "Liabilities:Award"}, {account.ClassTransit, "Liabilities:Transit"},
	{account.ClassDeficit, "Equity:Deficit"}, {account.ClassSuspense, "Liabilities:Suspense"},
	{account.ClassFX, "Equity:Fx"}, {account.ClassEquity, "Equity:Balance"},
}

func (beancount) currency(w *bufio.Writer, code string, _ int) {
	fmt.Fprintf(w, "1970-01-01 commodity %s\n", code)
}

func (beancount) account(w *bufio.Writer, path string) {
	fmt.Fprintf(w, "1970-01-01 open %s\n  path: \"%s\"\n", BeancountAccount(path), path)
}

func (beancount) transaction(w *bufio.Writer, t *leaf.Transaction) {
	fmt.Fprintf(w, "\n%s * \"%s\"\n  sequence: %d\n  reference: \"%s\"\n  source: \"%s\"\n  occurred: %s\n",
		t.BookingDate, t.Kind, t.Sequence, t.Reference, t.Source, t.OccurredOn)
	if t.Reverses != nil {
		fmt.Fprintf(w, "  reverses: \"%s\"\n", t.Reverses.Reference)
	}
	for _, e := range t.Entries {
		fmt.Fprintf(w, "  %s  %s\n", BeancountAccount(e.Account), signed(e))
	}
}

// BeancountAccount names a path as Beancount wants it: the class becomes a root. A
// part of letters alone begins with a capital; in any other all letters are
// capitals, "_" becomes "-", and "-" becomes "-x". "award:a_7q" becomes
// "Liabilities:Award:A-7Q". Currencies, which only fx has, stay as they are.
func BeancountAccount(path string) string {
	class, rest, _ := strings.Cut(path, ":")
	name := ""
	for _, r := range beancountRoots {
		if r.class == account.Class(class) {
			name = r.root
		}
	}
	for part := range strings.SplitSeq(rest, ":") {
		name += ":" + beancountPart(part)
	}
	return name
}

// encoded and decoded are each other's reverse: no part has capitals, so that an x
// which is not one stands behind a "-" that was one.
var (
	encoded = strings.NewReplacer("_", "-", "-", "-x")
	decoded = strings.NewReplacer("-x", "-", "-", "_")
)

func beancountPart(part string) string {
	switch {
	case part == "" || account.Currency(part):
		return part
	case lettersAlone(part):
		return strings.ToUpper(part[:1]) + part[1:]
	}
	return encoded.Replace(strings.ToUpper(part))
}

func lettersAlone(part string) bool { return !strings.ContainsAny(part, "0123456789_-") }

var errBeancount = errors.New("not the name of an account of the ledger")

// ParseBeancountAccount returns the path that BeancountAccount has named.
func ParseBeancountAccount(name string) (string, error) {
	for _, r := range beancountRoots {
		rest, ok := strings.CutPrefix(name, r.root+":")
		if !ok {
			continue
		}
		path := string(r.class)
		for part := range strings.SplitSeq(rest, ":") {
			if r.class != account.ClassFX || !account.Currency(part) {
				part = strings.ToLower(decoded.Replace(part))
			}
			path += ":" + part
		}
		if _, err := account.Parse(path); err != nil || BeancountAccount(path) != name {
			return "", errBeancount
		}
		return path, nil
	}
	return "", errBeancount
}
