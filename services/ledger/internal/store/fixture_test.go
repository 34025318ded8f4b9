package store_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/verify"
)

// today is the day of every fact in these tests.
var today = leaf.DayOf(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open founds a ledger in a database of the test's own.
func open(t *testing.T) (*store.Store, *postgres.DB) {
	t.Helper()
	db := postgrestest.New(t, store.Migrations())
	return found(t, db, "main"), db
}

func found(t testing.TB, db *postgres.DB, ledger string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), db, ledger)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fatal is what tests and rapid's checks have in common.
type fatal interface {
	Fatalf(format string, args ...any)
	Helper()
}

func unit(t fatal, drafts ...book.Draft) book.Unit {
	t.Helper()
	u, err := book.NewUnit(nil, drafts, today)
	if err != nil {
		t.Fatalf("unit: %v", err)
	}
	return u
}

func eur(minor int64) money.Amount { return money.Amount{MinorUnits: minor, Currency: "EUR"} }

func debit(account string, minor int64) book.Entry {
	return book.Entry{Account: account, Side: leaf.Debit, Amount: eur(minor)}
}

func credit(account string, minor int64) book.Entry {
	return book.Entry{Account: account, Side: leaf.Credit, Amount: eur(minor)}
}

func draft(kind leaf.Kind, reference string, entries ...book.Entry) book.Draft {
	return book.Draft{Reference: reference, Kind: kind, Source: "donations/d_1", OccurredOn: today, Entries: entries}
}

func gift(reference string, minor int64) book.Draft {
	return draft(leaf.Donation, reference, debit("asset:stripe", minor), credit("fund:general:clearing", minor))
}

// source makes a store what the offline verifier reads, up to a head.
type source struct {
	store *store.Store
	note  []byte
}

func (s source) Checkpoint(context.Context) ([]byte, error) { return s.note, nil }

func (s source) Tile(ctx context.Context, path string) ([]byte, error) {
	ref, err := merkle.ParsePath(path)
	if err != nil {
		return nil, err
	}
	if !ref.Entries {
		hashes, err := s.store.ReadTile(ctx, ref.Level, ref.Index, ref.Width)
		if err != nil {
			return nil, err
		}
		return hashes[:ref.Width*merkle.HashSize], nil
	}
	var out []byte
	err = s.store.Leaves(ctx, ref.Index*merkle.TileWidth, ref.Width, func(leaf []byte) error {
		out = merkle.AppendEntry(out, leaf)
		return nil
	})
	return out, err
}

// audit verifies a whole ledger as an outsider would, and returns its size.
func audit(t fatal, s *store.Store) int64 {
	t.Helper()
	ctx := context.Background()
	h, err := s.DurableHead(ctx)
	if err != nil {
		t.Fatalf("read head: %v", err)
	}
	signer, err := checkpoint.GenerateSigner("example.org/log")
	if err != nil {
		t.Fatalf("make key: %v", err)
	}
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: signer.Name(), Size: h.Size, Root: h.Root}, signer)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	key, err := checkpoint.ParseVerifier(signer.VerifierKey())
	if err != nil {
		t.Fatalf("parse key: %v", err)
	}
	report, err := verify.Run(ctx, verify.Options{Source: source{s, signed}, Keys: []note.Verifier{key}})
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	if !report.OK() {
		t.Fatalf("verify found %v", report.Findings)
	}
	return h.Size
}
