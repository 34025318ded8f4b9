// Package journal writes the ledger's transactions for the tools that auditors
// already have: hledger, Beancount and spreadsheets. The writers stream; their
// memory does not grow with the books.
package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Transactions gives transactions in the order of booking date and sequence. It
// ends after the first error.
type Transactions = iter.Seq2[*leaf.Transaction, error]

// Accounts gives the path of each account once, those of all transactions at
// least. It ends after the first error.
type Accounts = iter.Seq2[string, error]

var (
	errOrder    = errors.New("transactions are not in the order of booking date and sequence")
	errCurrency = errors.New("currency has no known number of decimals")
)

// format is one kind of journal.
type format interface {
	// transaction writes one transaction; account and currency of each entry were
	// announced before.
	transaction(w *bufio.Writer, t *leaf.Transaction)
	// account announces an account.
	account(w *bufio.Writer, path string)
	// currency announces a currency that is met for the first time.
	currency(w *bufio.Writer, code string, decimals int)
}

// write streams accounts and transactions in a format and ends with a line that says how
// many there were, so that a cut off journal can be told from a whole one.
func write(out io.Writer, f format, comment string, accounts Accounts, transactions Transactions) error {
	w := bufio.NewWriter(out)
	for path, err := range accounts {
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		f.account(w, path)
	}
	currencies := map[string]bool{}
	var last order
	n := 0
	for t, err := range transactions {
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		if !last.before(t) {
			return fmt.Errorf("write journal: transaction %d: %w", t.Sequence, errOrder)
		}
		for _, e := range t.Entries {
			if !money.Defined(e.Currency) {
				return fmt.Errorf("write journal: transaction %d: %w", t.Sequence, errCurrency)
			}
			if !currencies[e.Currency] {
				currencies[e.Currency] = true
				f.currency(w, e.Currency, money.Exponent(e.Currency))
			}
		}
		f.transaction(w, t)
		n++
	}
	fmt.Fprintf(w, "%s end: %d transactions\n", comment, n)
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// order remembers where the journal stands.
type order struct {
	day      leaf.Day
	sequence int64
}

// before reports whether t comes after what was there, and moves on to it.
func (o *order) before(t *leaf.Transaction) bool {
	ok := o.day == 0 || t.BookingDate > o.day || t.BookingDate == o.day && t.Sequence > o.sequence
	*o = order{t.BookingDate, t.Sequence}
	return ok
}

// signed writes an entry's amount as these tools have it: debits positive.
func signed(e leaf.Entry) string {
	text := money.Amount{MinorUnits: e.Amount, Currency: e.Currency}.String()
	if e.Side == leaf.Credit {
		return "-" + text
	}
	return text
}
