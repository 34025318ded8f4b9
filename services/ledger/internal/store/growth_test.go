package store_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/pgcluster"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store/storetest"
)

// smallLedger and largeLedger are the sizes of the growth figure, in entries.
const (
	smallLedger = 100_000
	largeLedger = 10_000_000
)

// growthTurns is how often each read is timed, after warming up.
const (
	growthTurns = 300
	growthWarm  = 50
)

// BenchmarkGrowth times reads of a small ledger and of a large one in turns: the
// first month of a fund and ten years of it, each in a database of its own. The
// figure is the worst of the balances and pages of entries; the other reads are
// printed beside it.
func BenchmarkGrowth(b *testing.B) {
	entries := largeLedger
	if text := os.Getenv("SOLIDARITY_GROWTH_ENTRIES"); text != "" { // a shorter run while working on it
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		entries = n
	}
	cluster := postgrestest.Cluster(b, true, "shared_buffers=1GB", "max_wal_size=8GB", "maintenance_work_mem=256MB")
	small := grown(b, cluster, "small", smallLedger)
	large := grown(b, cluster, "large", entries)
	worst := 0.0
	for _, name := range slices.Sorted(maps.Keys(small.reads())) {
		was, is := inTurns(b, small.reads()[name], large.reads()[name])
		ratio := float64(is) / float64(was)
		fmt.Printf("figure ledger.growth.%s %.2f ratio\n", name, ratio)
		b.Logf("%s: %v at %d entries, %v at %d", name, was, small.entries, is, large.entries)
		if balanceOrPage[name] {
			worst = max(worst, ratio)
		}
	}
	fmt.Printf("figure ledger.balance.growth %.2f ratio\n", worst)
}

// grownLedger is a ledger of a number of entries.
type grownLedger struct {
	store   *store.Store
	entries int
	days    int
}

func grown(b *testing.B, cluster *pgcluster.Cluster, name string, entries int) grownLedger {
	b.Helper()
	ctx := context.Background()
	url, _ := postgrestest.Migrated(b, cluster, name, store.Migrations())
	db, err := postgres.Open(ctx, url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(db.Close)
	begin := time.Now()
	s := found(b, db, name)
	if err := storetest.Load(ctx, db, name, storetest.Years(entries, today)); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d entries loaded in %v", entries, time.Since(begin).Round(time.Second))
	for _, statement := range []string{`VACUUM ANALYZE`, `CHECKPOINT`} {
		admin, err := postgres.Open(ctx, cluster.AdminURL(name)+"&statement_timeout=0")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := admin.Pool.Exec(ctx, statement); err != nil {
			b.Fatal(err)
		}
		admin.Close()
	}
	return grownLedger{s, entries, entries / storetest.PerDay}
}

// inTurns times two reads one after the other and returns the median of each.
func inTurns(b *testing.B, reads ...func(i int) error) (time.Duration, time.Duration) {
	b.Helper()
	times := make([][]time.Duration, len(reads))
	for i := range growthWarm + growthTurns {
		for n, read := range reads {
			begin := time.Now()
			if err := read(i); err != nil {
				b.Fatal(err)
			}
			if i >= growthWarm {
				times[n] = append(times[n], time.Since(begin))
			}
		}
	}
	for _, t := range times {
		slices.Sort(t)
	}
	return times[0][growthTurns/2], times[1][growthTurns/2]
}

// balanceOrPage are the reads that the goal is about.
var balanceOrPage = map[string]bool{
	"balance": true, "balance_at_sequence": true, "balance_at_date": true,
	"page_of_account": true, "page_of_entries": true, "page_of_day": true, "page_of_kind": true, "source": true,
}

// reads are what is timed, each with other accounts and days from turn to turn.
func (g grownLedger) reads() map[string]func(i int) error {
	ctx := context.Background()
	// A day early enough that both ledgers have more behind it than before.
	dayOf := func(i int) (int, leaf.Day) {
		n := g.days/2 + i%max(1, g.days/4)
		return n, today - 3650 + leaf.Day(n) + 1
	}
	at := func(i int) int64 { n, _ := dayOf(i); return int64(n) * (storetest.PerDay + 12) / 2 }
	fund := func(i int) string { return fmt.Sprintf("fund:f%d:clearing", i%20) }
	return map[string]func(i int) error{
		"balance": func(i int) error {
			_, err := g.store.Balances(ctx, []book.Account{{Path: fund(i), Currency: "EUR"}})
			return err
		},
		"balance_at_sequence": func(i int) error {
			sequence := at(i)
			return some(g.store.Accounts(ctx, store.AccountQuery{Prefix: fund(i), Sequence: &sequence, Limit: 2}))
		},
		"balance_at_date": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Accounts(ctx, store.AccountQuery{Prefix: fund(i), Date: day, Limit: 2}))
		},
		"page_of_account": func(i int) error {
			return some(g.store.Entries(ctx, fmt.Sprintf(`account = %q`, fund(i)), at(i), 0, 51))
		},
		"page_of_entries": func(i int) error { return some(g.store.Entries(ctx, "", at(i), 0, 51)) },
		"page_of_day": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Entries(ctx, fmt.Sprintf(`booking_date = %q`, day), -1, 0, 51))
		},
		"page_of_kind": func(i int) error {
			return some(g.store.Entries(ctx, `kind = "ROUND_HOLD"`, at(i), 0, 11))
		},
		"page_since_day": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Transactions(ctx, fmt.Sprintf(`kind = "BANK_GIFT" AND occurred_on >= %q`, day), -1, 51))
		},
		"source": func(i int) error {
			n, _ := dayOf(i)
			return some(g.store.Transactions(ctx, fmt.Sprintf(`source = %q`, storetest.Donation(n, i%400)), -1, 51))
		},
		"trace_of_payment": func(i int) error {
			n, _ := dayOf(i)
			found, _, err := g.store.Trace(ctx, fmt.Sprintf("paymentPlans/d%d/payments/y%d", n, i%50), 500)
			return some(found, err)
		},
		"awards_at_date": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Accounts(ctx, store.AccountQuery{Prefix: "award:", Date: day, Limit: 51}))
		},
		"trial_balance_at_date": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.TrialBalance(ctx, store.TrialBalanceQuery{Date: day, Limit: 51}))
		},
		"fund_statement": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.FundTotals(ctx, fmt.Sprintf("f%d", i%20), day-10, day))
		},
		"income_statement": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.PoolTotals(ctx, day-10, day))
		},
	}
}

// some is an error where a read found nothing, which would be measured for nothing.
func some[T any](rows []T, err error) error {
	if err == nil && len(rows) == 0 {
		return fmt.Errorf("the read found nothing")
	}
	return err
}
