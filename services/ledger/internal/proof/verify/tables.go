package verify

import (
	"context"
	"errors"
	"io/fs"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// tabled is a source that also shows what it has derived from its leaves: a
// running server.
type tabled interface {
	// Books calls fn with what the tables say as of a size.
	Books(ctx context.Context, size int64, fn func(tables.Record) error) error
	// Checkpoints returns some of the published checkpoints from a size on, the
	// smallest first; none where there are no more.
	Checkpoints(ctx context.Context, from int64) (tables.List, error)
}

// dayKey is what a server adds up by.
type dayKey struct {
	account accountKey
	day     leaf.Day
	kind    leaf.Kind
}

// sums are debits and credits.
type sums struct{ debits, credits int64 }

// total adds a transaction to the totals of its day. Their number grows with
// accounts and days, which is why they are kept only for a server.
func (b *bookkeeper) total(t *leaf.Transaction, kind leaf.Kind) {
	if b.byDay == nil {
		return
	}
	for i := range t.Entries {
		e := &t.Entries[i]
		key := dayKey{accountKey{e.Account, e.Currency}, t.BookingDate, kind}
		sum := b.byDay[key]
		if e.Side == leaf.Debit {
			sum.debits += e.Amount
		} else {
			sum.credits += e.Amount
		}
		b.byDay[key] = sum
	}
}

// comparison compares a server's tables with what the leaves add up to.
type comparison struct {
	*bookkeeper
	head     bool // the server has shown one
	compared map[accountKey]bool
}

// compareTables compares all that a server shows.
func (v *verification) compareTables(ctx context.Context, source tabled, b *bookkeeper) error {
	if err := v.unlisted(ctx); err != nil {
		return err
	}
	c := comparison{bookkeeper: b, compared: make(map[accountKey]bool, len(b.accounts))}
	err := source.Books(ctx, v.head.Size, c.record)
	if errors.Is(err, fs.ErrNotExist) {
		v.report.whole(RuleMissing, "the server does not show its books")
		return nil
	}
	if err != nil {
		return err
	}
	v.report.Compared = true
	c.missing()
	return nil
}

// record compares one record.
func (c *comparison) record(r tables.Record) error {
	switch {
	case r.Head != nil:
		c.compareHead(r.Head)
	case r.Balance != nil:
		c.balance(r.Balance)
	case r.Day != nil:
		c.day(r.Day)
	default:
		c.report.whole(RuleTables, "%s", r.Wrong)
	}
	if c.report.full() {
		return errStop
	}
	return nil
}

func (c *comparison) compareHead(h *tables.Head) {
	if c.head {
		c.report.whole(RuleHead, "the server shows more than one head")
	}
	c.head = true
	if h.Ledger != c.ledger && c.ledger != "" {
		c.report.whole(RuleHead, "the head is of the ledger %s, the leaves are of %s", h.Ledger, c.ledger)
	}
	open := ""
	if c.closed > 0 {
		open = (c.closed + 1).String()
	}
	if h.Open != open && h.Open != tables.Later {
		c.report.whole(RuleHead, "the head's first open day is %q, the leaves say %q", h.Open, open)
	}
}

func (c *comparison) balance(b *tables.Balance) {
	key := accountKey{b.Path, b.Currency}
	s := c.accounts[key]
	if s == nil || c.compared[key] {
		c.report.whole(RuleBalances, "the server has an account %s in %s with debits of %d and credits of %d, the leaves have none",
			b.Path, b.Currency, b.Debits, b.Credits)
		return
	}
	c.compared[key] = true
	if credits := s.balance + s.debits; b.Debits != s.debits || b.Credits != credits {
		c.report.whole(RuleBalances, "the server has debits of %d and credits of %d %s on %s, the leaves add up to %d and %d",
			b.Debits, b.Credits, b.Currency, b.Path, s.debits, credits)
	}
	if b.Limited != s.path.Limited {
		c.report.whole(RuleBalances, "the server takes %s in %s for limited: %t, its path says %t", b.Path, b.Currency, b.Limited, s.path.Limited)
	}
}

func (c *comparison) day(d *tables.Day) {
	day, err := leaf.ParseDay(d.Date)
	key := dayKey{accountKey{d.Path, d.Currency}, day, leaf.Kind(d.Kind)}
	sum, ok := c.byDay[key]
	if !ok || err != nil || d.Kind != int64(key.kind) {
		c.report.whole(RuleDays, "the server has a total of %s in %s on %s under kind %d, the leaves have none", d.Path, d.Currency, d.Date, d.Kind)
		return
	}
	delete(c.byDay, key)
	if d.Debits != sum.debits || d.Credits != sum.credits {
		c.report.whole(RuleDays, "the server has debits of %d and credits of %d %s on %s on %s under %s, the leaves add up to %d and %d",
			d.Debits, d.Credits, d.Currency, d.Path, d.Date, key.kind, sum.debits, sum.credits)
	}
}

// missing reports what the server has not shown.
func (c *comparison) missing() {
	if !c.head {
		c.report.whole(RuleHead, "the server shows no head")
	}
	for key := range c.accounts {
		if !c.compared[key] {
			c.report.whole(RuleBalances, "the server has no balance of %s in %s, the leaves have one", key.path, key.currency)
		}
	}
	for key := range c.byDay {
		c.report.whole(RuleDays, "the server has no total of %s in %s on %s under %s, the leaves have one",
			key.account.path, key.account.currency, key.day, key.kind)
	}
}
