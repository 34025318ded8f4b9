package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

func TestALedgerLoadedInBulkIsAsIfItHadBeenPosted(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	loaded, posted := found(t, db, "loaded"), found(t, db, "posted")
	units := slices.Collect(Life{Days: 2, Entries: 4000, Last: today}.Units())

	// When the same days are loaded and posted,
	if err := loadAll(t.Context(), db, "loaded", slices.Values(units)); err != nil {
		t.Fatal(err)
	}
	var memory store.Memory
	for _, u := range units {
		outcomes, after, err := posted.Batch(t.Context(), []book.Unit{u}, memory)
		if err != nil || outcomes[0].Err != nil {
			t.Fatal(err, outcomes)
		}
		memory = after
	}

	// then both verify, all tables but the leaves' random bytes are the same,
	if a, b := audit(t, loaded), audit(t, posted); a != b || a == 0 {
		t.Errorf("loaded %d leaves, posted %d", a, b)
	}
	if diff := cmp.Diff(contents(t, db, "posted"), contents(t, db, "loaded")); diff != "" {
		t.Error(diff)
	}
	// and posting goes on.
	if _, _, err := loaded.Batch(t.Context(), []book.Unit{unit(t, booktest.Gift("next", 5))}, store.Memory{}); err != nil {
		t.Fatal(err)
	}
	audit(t, loaded)
}

// contents digests what a ledger's tables hold. Numbers of accounts depend on the
// order within a batch: paths stand for them.
func contents(t *testing.T, db *postgres.DB, ledger string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, columns := range map[string]string{
		"accounts":     `a.path, a.currency, a.pool FROM accounts a`,
		"transactions": `a.sequence, a.kind, a.source, a.occurred_on, a.booking_date, a.reverses FROM transactions a`,
		"decisions":    `a.sequence, a.kind, a.resource, a.person, a.day FROM decisions a`,
		"entries":      `a.sequence, a.number, n.path, a.currency, a.side, a.amount, a.balance FROM entries a JOIN accounts n USING (ledger_id, account)`,
		"balances":     `n.path, n.currency, a.limited, a.debits, a.credits FROM balances a JOIN accounts n USING (ledger_id, account)`,
		"day_totals":   `n.path, n.currency, a.booking_date, a.kind, a.debits, a.credits FROM day_totals a JOIN accounts n USING (ledger_id, account)`,
		"pool_totals":  `a.pool, a.currency, a.span, a.first_day, a.kind, a.debits, a.credits FROM pool_totals a`,
		"tiles":        `a.level, a.tile, length(a.hashes) FROM tiles a`,
		"head":         `a.size, a.accounts FROM head a`,
	} {
		var digest string
		err := db.Pool.QueryRow(t.Context(), fmt.Sprintf(`
			SELECT COUNT(*) || ' ' || md5(string_agg(r::text, '|' ORDER BY r::text))
			FROM (SELECT %s WHERE a.ledger_id = (SELECT ledger_id FROM head WHERE name = $1)) r`, columns), ledger).Scan(&digest)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = digest
	}
	return out
}
