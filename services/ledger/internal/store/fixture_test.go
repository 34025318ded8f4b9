package store_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/audittest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// today is the day of every fact in these tests.
const today = booktest.Today

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open founds a ledger in a database of the test's own.
func open(t *testing.T) (*store.Store, *postgres.DB) {
	t.Helper()
	db := postgrestest.New(t, store.Migrations())
	return found(t, db, "main"), db
}

// found founds a ledger in which people decide without grants.
func found(t testing.TB, db *postgres.DB, ledger string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), db, ledger)
	if err != nil {
		t.Fatal(err)
	}
	return s.WithoutRoles()
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

// audit verifies a whole ledger as an outsider would, and returns its size.
func audit(t fatal, s *store.Store) int64 {
	t.Helper()
	report, err := audittest.Audit(context.Background(), s)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	if !report.OK() {
		t.Fatalf("verify found %v", report.Findings)
	}
	return report.Size
}
