package store_test

import (
	"bytes"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

func TestLeavesAreGivenOutAsTheTablesHaveThem(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]string{
		"an amount":           `UPDATE entries SET amount = amount + 1 WHERE sequence = 1 AND number = 1`,
		"a side":              `UPDATE entries SET side = 3 - side WHERE sequence = 1`,
		"a deleted entry":     `DELETE FROM entries WHERE sequence = 1 AND number = 2`,
		"a source":            `UPDATE transactions SET source = 'donations/d_x' WHERE sequence = 1`,
		"a day":               `UPDATE transactions SET occurred_on = occurred_on - 1 WHERE sequence = 1`,
		"a kind":              `UPDATE transactions SET kind = kind + 1 WHERE sequence = 1`,
		"a deleted row":       `DELETE FROM entries WHERE sequence = 1; DELETE FROM transactions WHERE sequence = 1`,
		"an entry's number":   `UPDATE entries SET number = 9 WHERE sequence = 1 AND number = 2`,
		"a currency":          `UPDATE entries SET currency = 'PLN' WHERE sequence = 1`,
		"a day without end":   `UPDATE transactions SET booking_date = 'infinity' WHERE sequence = 1`,
		"bytes under a row":   `UPDATE leaves SET bytes = set_byte(bytes, length(bytes) - 1, 9) WHERE sequence = 1`,
		"a reference":         `UPDATE leaves SET reference = 'x' WHERE sequence = 1`,
		"a deleted leaf":      `DELETE FROM leaves WHERE sequence = 1`,
		"a row of a decision": `INSERT INTO decisions SELECT ledger_id, sequence, 1, '', '', occurred_on FROM transactions WHERE sequence = 1`,
		"two accounts' names": `UPDATE entries e SET account = o.account FROM entries o WHERE e.sequence = 1 AND o.sequence = 1 AND o.number = 3 - e.number`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, db := open(t)
			if _, _, err := s.Batch(t.Context(), []book.Unit{unit(t, booktest.Gift("a", 1), booktest.Gift("b", 2), booktest.Gift("c", 3))}, store.Memory{}); err != nil {
				t.Fatal(err)
			}
			read := func() (leaves [][]byte) {
				if err := s.Leaves(t.Context(), 0, 3, func(leaf []byte) error {
					leaves = append(leaves, bytes.Clone(leaf))
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				return leaves
			}
			before := read()
			if _, err := postgrestest.Owner(t, db).Pool.Exec(t.Context(), `GRANT ALL ON leaves, transactions, entries TO CURRENT_USER;
				ALTER TABLE leaves DISABLE TRIGGER USER; ALTER TABLE entries DISABLE TRIGGER USER; ALTER TABLE transactions DISABLE TRIGGER USER; `+edit); err != nil {
				t.Fatal(err)
			}
			after := read()
			if len(after) != 3 || !bytes.Equal(before[0], after[0]) || bytes.Equal(before[1], after[1]) || !bytes.Equal(before[2], after[2]) {
				t.Errorf("the change does not show in leaf 1 alone")
			}
		})
	}
}
