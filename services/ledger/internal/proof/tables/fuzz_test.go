package tables_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// FuzzBooks: whatever is read can be written and read again; only fields that are
// longer than a server writes them are cut, once.
func FuzzBooks(f *testing.F) {
	account := tables.Account{Path: "fund:general:clearing", Currency: "EUR"}
	f.Add(write([]tables.Record{
		{Head: &tables.Head{Ledger: "main", Size: 7, Root: [32]byte{1}, Open: "2026-11-24"}}, {Wrong: "rows too many"},
		{Balance: &tables.Balance{Account: account, Limited: true, Debits: 1, Credits: 2}},
		{Day: &tables.Day{Account: account, Date: "2026-11-24", Kind: 1, Debits: 1, Credits: 2}},
	}))
	f.Add([]byte("solidarity-ledger-books/1\nbalance\tx\tEUR\t1\t+1\t-9223372036854775808\nend\t1\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, err := read(text)
		if err != nil {
			return
		}
		for _, r := range records {
			if set(r.Head)+set(r.Balance)+set(r.Day) > 1 {
				t.Fatalf("a record of several kinds: %+v", r)
			}
		}
		once, err := read(write(records))
		if err != nil || len(once) != len(records) {
			t.Fatalf("%d records of %d are read again, %v", len(once), len(records), err)
		}
		if twice, err := read(write(once)); err != nil || !cmp.Equal(once, twice) {
			t.Fatalf("%v\n%s", err, cmp.Diff(once, twice))
		}
	})
}

// set counts a field that is set.
func set[T any](field *T) int {
	if field == nil {
		return 0
	}
	return 1
}
