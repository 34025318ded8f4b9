package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// findings are what the store finds wrong with its own rows.
func findings(t *testing.T, s *store.Store) (wrong []string) {
	t.Helper()
	if err := s.Dump(context.Background(), 0, func(r tables.Record) error {
		if r.Wrong != "" {
			wrong = append(wrong, r.Wrong)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return wrong
}

func TestLooksThatTheLogCannotHaveHadAreFound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		looks string
		found string // day of the look that is named, empty for none
	}{
		"as they were":          {`(1, '2026-11-20', 0), (1, '2026-11-21', 1), (1, '2026-11-22', 1)`, ""},
		"larger than the log":   {`(1, '2026-11-20', 1), (1, '2026-11-21', 3)`, "2026-11-21"},
		"smaller than before":   {`(1, '2026-11-20', 2), (1, '2026-11-21', 1), (1, '2026-11-22', 2)`, "2026-11-21"},
		"of a ledger not there": {`(7, '2026-11-20', 0)`, "ledger 7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Given a log of two leaves
			s, db := open(t)
			w := &writer{t: t, store: s}
			if err := w.book(booktest.Gift("a", 1), booktest.Gift("b", 1)); err != nil {
				t.Fatal(err)
			}
			// when somebody writes looks at it by hand,
			if _, err := db.Pool.Exec(t.Context(), `INSERT INTO daily_looks (ledger_id, day, size) VALUES `+test.looks); err != nil {
				t.Fatal(err)
			}
			// then those that cannot have been are named.
			wrong := findings(t, s)
			if test.found == "" && len(wrong) != 0 || test.found != "" && (len(wrong) != 1 || !strings.Contains(wrong[0], test.found)) {
				t.Errorf("found %q, want %q", wrong, test.found)
			}
		})
	}
}
