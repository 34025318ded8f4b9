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

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// smallLedger and largeLedger are the sizes of the growth figure, in entries.
const (
	smallLedger = 100_000
	largeLedger = 10_000_000
)

// growthDays is how long the ledgers are kept: three years.
const growthDays = 1096

// growthTurns is how often each read is timed, after warming up.
const (
	growthTurns = 300
	growthWarm  = 50
)

// BenchmarkGrowth times reads of a small ledger and of a large one in turns, each
// in a database of its own. Both have the same three years, accounts of funds and
// kinds, and a hundred times as much is booked on each day of the large one: else
// the days would be measured that a balance at a date sums up, not the entries.
// The figure is the worst of balances and pages of entries; other reads stand
// beside it. What days cost is in the lines "young": there the small ledger is
// the first eleven days of the large one.
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
	small := grown(b, cluster, "small", Life{Entries: smallLedger, Days: growthDays, Last: today})
	days := max(2, growthDays*smallLedger/entries+1)
	young := grown(b, cluster, "young", Life{Entries: entries / growthDays * days, Days: days, Last: today})
	large := grown(b, cluster, "large", Life{Entries: entries, Days: growthDays, Last: today})
	worst := 0.0
	for _, name := range slices.Sorted(maps.Keys(large.reads())) {
		times := inTurns(b, small.reads()[name], young.reads()[name], large.reads()[name])
		ratio, span := float64(times[2])/float64(times[0]), float64(times[2])/float64(times[1])
		fmt.Printf("figure ledger.growth.%s %.2f ratio\n", name, ratio)
		fmt.Printf("figure ledger.growth.young.%s %.2f ratio\n", name, span)
		b.Logf("%s: small %v, young %v, large %v", name, times[0], times[1], times[2])
		if balanceOrPage[name] {
			worst = max(worst, ratio)
		}
	}
	fmt.Printf("figure ledger.balance.growth %.2f ratio\n", worst)
}

// grownLedger is a ledger and how it came to be.
type grownLedger struct {
	store *store.Store
	Life
}

func grown(b *testing.B, cluster *pgcluster.Cluster, name string, life Life) grownLedger {
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
	if err := loadAll(ctx, db, name, life.Units()); err != nil {
		b.Fatal(err)
	}
	took := time.Since(begin)
	b.Logf("%s: %d entries loaded in %v, %.0f a second", name, life.Entries, took.Round(time.Second), float64(life.Entries)/took.Seconds())
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
	return grownLedger{s, life}
}

// inTurns times reads one after the other and returns the median of each.
func inTurns(b *testing.B, reads ...func(i int) error) []time.Duration {
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
	var medians []time.Duration
	for _, t := range times {
		slices.Sort(t)
		medians = append(medians, t[growthTurns/2])
	}
	return medians
}

// balanceOrPage are the reads that the goal is about.
var balanceOrPage = map[string]bool{
	"balance": true, "balance_at_sequence": true, "balance_at_date": true, "page_of_account": true, "page_of_entries": true,
}

// reads are what is timed, each with other accounts and days from turn to turn.
func (g grownLedger) reads() map[string]func(i int) error {
	ctx := context.Background()
	// A day early enough that more than a page is behind it.
	dayOf := func(i int) (int, leaf.Day) {
		n := g.Days/2 + i%max(1, g.Days/4)
		return n, g.On(n)
	}
	at := func(i int) int64 { n, _ := dayOf(i); return int64(n * g.Leaves()) }
	fund := func(i int) string { return fmt.Sprintf("fund:f%d:clearing", i%lifeFunds) }
	return map[string]func(i int) error{
		"balance": func(i int) error {
			_, err := g.store.Balances(ctx, []leaf.Account{{Path: fund(i), Currency: "EUR"}})
			return err
		},
		"balance_at_sequence": func(i int) error {
			sequence := at(i)
			return some(g.store.Accounts(ctx, query.Accounts{Prefix: fund(i), Sequence: &sequence, Limit: 2}))
		},
		"balance_at_date": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Accounts(ctx, query.Accounts{Prefix: fund(i), Date: day, Limit: 2}))
		},
		"page_of_account": func(i int) error {
			return some(g.store.Entries(ctx, fmt.Sprintf(`account = %q`, fund(i)), at(i), 0, 51))
		},
		"page_of_accounts": func(i int) error {
			return some(g.store.Entries(ctx, fmt.Sprintf(`account = "fund:f%d:*"`, i%lifeFunds), at(i), 0, 51))
		},
		"page_of_entries": func(i int) error { return some(g.store.Entries(ctx, "", at(i), 0, 51)) },
		"page_of_day": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Entries(ctx, fmt.Sprintf(`booking_date = %q`, day), -1, 0, 51))
		},
		"page_of_kind": func(i int) error {
			return some(g.store.Entries(ctx, `kind = "ROUND_HOLD"`, at(i), 0, 3))
		},
		"page_since_day": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Transactions(ctx, fmt.Sprintf(`kind = "BANK_GIFT" AND occurred_on >= %q`, day), -1, 21))
		},
		"source": func(i int) error {
			n, _ := dayOf(i)
			return some(g.store.Transactions(ctx, fmt.Sprintf(`source = %q`, donationName(n, i%20)), -1, 51))
		},
		"trace_of_payment": func(i int) error {
			n, _ := dayOf(i)
			found, _, err := g.store.Trace(ctx, traceOf(fmt.Sprintf("paymentPlans/d%d/payments/y0", n), 0, 500))
			return some(found, err)
		},
		"awards_at_date": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.Accounts(ctx, query.Accounts{Prefix: "award:", Date: day, Limit: 51}))
		},
		"trial_balance_at_date": func(i int) error {
			_, day := dayOf(i)
			lines, _, err := g.store.TrialBalance(ctx, query.TrialBalance{Date: day, Limit: 51})
			return some(lines, err)
		},
		"fund_statement": func(i int) error {
			_, day := dayOf(i)
			return some(g.store.FundTotals(ctx, fmt.Sprintf("f%d", i%lifeFunds), day-10, day))
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
