package bundletest

import (
	"context"
	"io/fs"
	"maps"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// Server is a log that also shows tables, as a running server does. The tables
// are right, and may then be changed.
type Server struct {
	*Log
	// Records are the lines of its books.
	Records []tables.Record
	// Published are its checkpoints.
	Published []tables.Published
	// Keys are those of the log; the one that signs where none is given.
	Keys []tables.Key
	// Silent shows neither.
	Silent bool
}

// Serve makes the tables of a sealed log, whose checkpoint is the only one.
func (l *Log) Serve() *Server {
	s := &Server{Log: l}
	c, err := checkpoint.Unverified(l.signed)
	if err != nil {
		panic(err)
	}
	s.Publish(l)
	head := tables.Head{Ledger: "main", Size: c.Size, Root: c.Root}
	s.Records = []tables.Record{{Head: &head}}
	balances, days := map[tables.Account]tables.Balance{}, map[tables.Day]tables.Day{}
	kinds := map[int64]leaf.Kind{}
	for _, x := range l.Leaves {
		if x.Close != nil {
			head.Open = (x.Close.Last + 1).String()
		}
		if x.Transaction != nil {
			kinds[x.Transaction.Sequence] = x.Transaction.Kind
			tally(balances, days, kinds, x.Transaction)
		}
	}
	for _, b := range slices.Collect(maps.Values(balances)) {
		s.Records = append(s.Records, tables.Record{Balance: &b})
	}
	for _, d := range slices.Collect(maps.Values(days)) {
		s.Records = append(s.Records, tables.Record{Day: &d})
	}
	return s
}

// tally adds a transaction to balances and days.
func tally(balances map[tables.Account]tables.Balance, days map[tables.Day]tables.Day, kinds map[int64]leaf.Kind, t *leaf.Transaction) {
	kind := t.Kind
	if t.Reverses != nil {
		kind = kinds[t.Reverses.Sequence]
	}
	for _, e := range t.Entries {
		a := tables.Account{Path: e.Account, Currency: e.Currency}
		b := balances[a]
		key := tables.Day{Account: a, Date: t.BookingDate.String(), Kind: int64(kind)}
		d, ok := days[key]
		if !ok {
			d = key
		}
		if e.Side == leaf.Debit {
			b.Debits, d.Debits = b.Debits+e.Amount, d.Debits+e.Amount
		} else {
			b.Credits, d.Credits = b.Credits+e.Amount, d.Credits+e.Amount
		}
		b.Account, b.Limited = a, account.Limited(a.Path)
		balances[a], days[key] = b, d
	}
}

// Publish appends the checkpoint of a sealed log to the published ones.
func (s *Server) Publish(l *Log) {
	c, err := checkpoint.Unverified(l.signed)
	if err != nil {
		panic(err)
	}
	previous := int64(-1)
	if n := len(s.Published); n > 0 {
		previous = s.Published[n-1].Size
	}
	s.Published = append(s.Published, tables.Published{Size: c.Size, Root: c.Root, Previous: previous, Note: l.signed})
}

// Books shows the records.
func (s *Server) Books(_ context.Context, _ int64, fn func(tables.Record) error) error {
	if s.Silent {
		return fs.ErrNotExist
	}
	for _, r := range s.Records {
		if err := fn(r); err != nil {
			return err
		}
	}
	return nil
}

// Checkpoints shows two checkpoints at a time.
func (s *Server) Checkpoints(_ context.Context, from int64) (tables.List, error) {
	if s.Silent {
		return tables.List{}, fs.ErrNotExist
	}
	keys := s.Keys
	if keys == nil {
		keys = []tables.Key{{Verifier: s.Signer.VerifierKey()}}
	}
	rest := slices.DeleteFunc(slices.Clone(s.Published), func(p tables.Published) bool { return p.Size < from })
	return tables.List{Keys: keys, Checkpoints: rest[:min(2, len(rest))]}, nil
}
