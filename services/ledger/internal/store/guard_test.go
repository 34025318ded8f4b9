package store_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
)

func TestWhatIsBookedIsFinalAndBalancedAlsoByHand(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	u, err := book.NewUnit([]book.Decision{{Reference: "d", Kind: 1, Day: today}}, []book.Draft{gift("g", 100)}, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Batch(t.Context(), []book.Unit{u}, merkle.Edge{}); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`UPDATE leaves SET reference = 'x'`, `DELETE FROM leaves`, `TRUNCATE leaves`,
		`UPDATE transactions SET kind = 2`, `DELETE FROM transactions`,
		`UPDATE entries SET amount = 1`, `DELETE FROM entries`,
		`UPDATE decisions SET person = 'x'`, `DELETE FROM decisions`,
		`UPDATE accounts SET path = 'x'`, `DELETE FROM balances`, `DELETE FROM tiles`, `DELETE FROM head`,
		// one-sided, uneven, across currencies, a line added to a transaction
		`INSERT INTO entries VALUES (1, 5, 1, 1, 'EUR', 1, 100, 0)`,
		`INSERT INTO entries VALUES (1, 5, 1, 1, 'EUR', 1, 100, 0), (1, 5, 2, 2, 'EUR', 2, 99, 0)`,
		`INSERT INTO entries VALUES (1, 5, 1, 1, 'EUR', 1, 100, 0), (1, 5, 2, 2, 'USD', 2, 100, 0)`,
		`INSERT INTO entries VALUES (1, 1, 3, 1, 'EUR', 1, 100, 0), (1, 1, 4, 2, 'EUR', 2, 100, 0)`,
		// a limited account below zero
		`UPDATE balances SET debits = credits + 1 WHERE limited`,
	} {
		if _, err := db.Pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("allowed: %s", statement)
		}
	}
	// A balanced transaction by hand passes the trigger; the Merkle log finds it.
	if _, err := db.Pool.Exec(t.Context(), `INSERT INTO entries VALUES (1, 5, 1, 1, 'EUR', 1, 9, 0), (1, 5, 2, 2, 'EUR', 2, 9, 0)`); err != nil {
		t.Errorf("balanced entries: %v", err)
	}
}

func TestOwnerWhoTakesRightsBackIsStillRefused(t *testing.T) {
	t.Parallel()
	s, db := open(t)
	if _, _, err := s.Batch(t.Context(), []book.Unit{unit(t, gift("g", 1))}, merkle.Edge{}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(t.Context(), `GRANT ALL ON leaves, transactions, entries TO CURRENT_USER`); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`UPDATE leaves SET reference = 'x'`, `DELETE FROM transactions`, `TRUNCATE entries`} {
		if _, err := db.Pool.Exec(t.Context(), statement); err == nil {
			t.Errorf("allowed: %s", statement)
		}
	}
}
