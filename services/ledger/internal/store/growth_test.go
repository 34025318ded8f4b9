package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// The sizes of the growth figure, in entries.
const (
	smallLedger = 100_000
	largeLedger = 10_000_000
)

// BenchmarkGrowth measures reads of a small ledger and, after it has grown, of a
// large one. The gifts come over ten years, into 20 funds, from 5,000 accounts.
func BenchmarkGrowth(b *testing.B) {
	ctx := context.Background()
	cluster := postgrestest.Cluster(b, false, "shared_buffers=1GB", "max_wal_size=8GB")
	url, _ := postgrestest.Migrated(b, cluster, "growth", store.Migrations())
	db, err := postgres.Open(ctx, url)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	s := found(b, db, "main")
	g := &growing{b: b, store: s}
	g.to(smallLedger)
	small := g.measure()
	g.to(largeLedger)
	large := g.measure()
	worst := 0.0
	for name, was := range small {
		ratio := float64(large[name]) / float64(was)
		fmt.Printf("figure ledger.growth.%s %.2f ratio\n", name, ratio)
		worst = max(worst, ratio)
	}
	fmt.Printf("figure ledger.balance.growth %.2f ratio\n", worst)
}

// growing is a ledger that is being filled.
type growing struct {
	b     *testing.B
	store *store.Store
	edge  merkle.Edge
	gifts int64
}

// to fills the ledger up to a number of entries, two for each gift.
func (g *growing) to(entries int64) {
	const perUnit, perBatch = 500, 8
	for g.gifts*2 < entries {
		units := make([]book.Unit, perBatch)
		for i := range units {
			drafts := make([]book.Draft, 0, perUnit)
			for range min(perUnit, entries/2-g.gifts) {
				drafts = append(drafts, g.gift())
			}
			units[i] = unit(g.b, drafts...)
		}
		var err error
		if _, g.edge, err = g.store.Batch(context.Background(), units, g.edge); err != nil {
			g.b.Fatal(err)
		}
	}
}

func (g *growing) gift() book.Draft {
	n := g.gifts
	g.gifts++
	d := draft(leaf.Donation, fmt.Sprintf("donation/%d", n),
		debit(fmt.Sprintf("asset:cash:h%d", n%5000), 100), credit(fmt.Sprintf("fund:f%d:clearing", n%20), 100))
	d.Source = fmt.Sprintf("donations/d_%d", n)
	d.OccurredOn = today - leaf.Day(3650-n*3650/(largeLedger/2))
	return d
}

// measure times each kind of read, median of many.
func (g *growing) measure() map[string]time.Duration {
	ctx := context.Background()
	middle := g.gifts / 2
	reads := map[string]func(i int) error{
		"balance": func(i int) error {
			_, err := g.store.Balances(ctx, []book.Account{{Path: fmt.Sprintf("fund:f%d:clearing", i%20), Currency: "EUR"}})
			return err
		},
		"balance_at_sequence": func(i int) error {
			_, err := g.store.Accounts(ctx, store.AccountQuery{Prefix: fmt.Sprintf("fund:f%d:", i%20), Sequence: &middle, Limit: 2})
			return err
		},
		"page_of_account": func(i int) error {
			_, err := g.store.Entries(ctx, fmt.Sprintf(`account = "fund:f%d:clearing"`, i%20), middle, 0, 51)
			return err
		},
		"page_of_entries": func(int) error {
			_, err := g.store.Entries(ctx, "", middle, 0, 51)
			return err
		},
		"source": func(i int) error {
			_, err := g.store.Transactions(ctx, fmt.Sprintf(`source = "donations/d_%d"`, i), -1, 51)
			return err
		},
	}
	medians := map[string]time.Duration{}
	for name, read := range reads {
		times := make([]time.Duration, 0, 300)
		for i := range 350 {
			begin := time.Now()
			if err := read(i); err != nil {
				g.b.Fatalf("%s: %v", name, err)
			}
			if i >= 50 { // warm
				times = append(times, time.Since(begin))
			}
		}
		slices.Sort(times)
		medians[name] = times[len(times)/2]
	}
	return medians
}
