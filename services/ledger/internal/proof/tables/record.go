// Package tables is the text in which a server shows what it has derived from
// the leaves of its log: head, balances, totals by day and published checkpoints.
// A verifier reads it to compare it with what it has recomputed itself.
package tables

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// maxField bounds a field of a line; no path is as long.
const maxField = 500

// Record is one line of the text: exactly one field is set.
type Record struct {
	Head    *Head
	Wrong   string
	Balance *Balance
	Day     *Day
}

// Head is the row of the log's head. It stands first.
type Head struct {
	// Ledger is the id of the ledger.
	Ledger string
	// Size is the number of leaves, published or not.
	Size int64
	// Root is the RFC 6962 root over them.
	Root merkle.Hash
	// Open is the first day whose period is not closed as of the size that was
	// asked for, as "2026-11-24"; empty while none is closed.
	Open string
}

// Account is an account as the tables name it: where they have no path for it, a
// hash sign and its number.
type Account struct {
	Path     string
	Currency string
}

// Balance is what was booked on an account, in minor units.
type Balance struct {
	Account
	// Limited says that credits less debits may never be below zero.
	Limited bool
	Debits  int64
	Credits int64
}

// Day is what was booked on an account on a day under a kind, in minor units.
type Day struct {
	Account
	// Date is the booking date as "2026-11-24".
	Date string
	// Kind is the number of the transactions' kind; a reversal counts under that
	// of what it reverses.
	Kind    int64
	Debits  int64
	Credits int64
}

// Later is what a head says of its first open day where a period was closed after
// the size that was asked for: the server has compared it then.
const Later = "later"

var errLine = errors.New("not a line of the books")

// append writes the record as a line.
func (r Record) append(dst []byte) []byte {
	var fields []string
	switch {
	case r.Head != nil:
		h := r.Head
		fields = []string{"head", h.Ledger, number(h.Size), base64.StdEncoding.EncodeToString(h.Root[:]), h.Open}
	case r.Balance != nil:
		b := r.Balance
		fields = []string{"balance", b.Path, b.Currency, strconv.FormatBool(b.Limited), number(b.Debits), number(b.Credits)}
	case r.Day != nil:
		d := r.Day
		fields = []string{"day", d.Path, d.Currency, d.Date, number(d.Kind), number(d.Debits), number(d.Credits)}
	default:
		fields = []string{"wrong", r.Wrong}
	}
	for i, f := range fields {
		if i > 0 {
			dst = append(dst, '\t')
		}
		dst = append(dst, Plain(f)...)
	}
	return append(dst, '\n')
}

// parse reads a line without its newline.
func parse(line string) (Record, error) {
	f := strings.Split(line, "\t")
	n := numbers{}
	switch {
	case f[0] == "head" && len(f) == 5:
		h := Head{Ledger: f[1], Size: n.at(f[2]), Open: f[4]}
		root, err := base64.StdEncoding.Strict().DecodeString(f[3])
		if n.err != nil || err != nil || copy(h.Root[:], root) != len(root) || len(root) != merkle.HashSize {
			return Record{}, errLine
		}
		return Record{Head: &h}, nil
	case f[0] == "balance" && len(f) == 6:
		limited, err := strconv.ParseBool(f[3])
		b := Balance{Account{f[1], f[2]}, limited, n.at(f[4]), n.at(f[5])}
		return Record{Balance: &b}, errors.Join(err, n.err)
	case f[0] == "day" && len(f) == 7:
		d := Day{Account{f[1], f[2]}, f[3], n.at(f[4]), n.at(f[5]), n.at(f[6])}
		return Record{Day: &d}, n.err
	case f[0] == "wrong" && len(f) == 2:
		return Record{Wrong: f[1]}, nil
	}
	return Record{}, errLine
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// numbers parses numbers and keeps the first error.
type numbers struct{ err error }

func (n *numbers) at(text string) int64 {
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil && n.err == nil {
		n.err = fmt.Errorf("%w: %q is no number", errLine, text)
	}
	return v
}

// Plain returns the beginning of a text, in which everything but printable ASCII is
// a question mark: what was put into a table by hand must break neither lines nor
// terminals.
func Plain(text string) string {
	if len(text) > maxField {
		text = text[:maxField] + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}
