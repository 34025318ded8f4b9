package store_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// A month and ten years of gifts.
const (
	fewGifts  = 10_000
	manyGifts = 500_000
)

// filled is a store with so many gifts, five to a pledge, one an hour. One in a hundred
// has failed, and one pledge has given a hundred times.
func filled(t testing.TB, gifts int) *bench {
	t.Helper()
	b := newBench(t)
	owner, err := postgrestest.Owner(t, b.db).Pool.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Release()
	for _, sql := range []string{
		`SELECT set_config('statement_timeout', '0', false) WHERE $1::int > 0 AND $2 <> ''`,
		`INSERT INTO pledges (id, partner_id, currency, amount, tip, return_url, receipt_sha256, state, recurrence, version, created_at, mac)
			SELECT 'pg_' || i, $2, 'EUR', 5000, 0, 'https://friends.example/', sha256(i::text::bytea),
				CASE WHEN i % 20 = 0 THEN 'LAPSED' ELSE 'FULFILLED' END, '', 1, timestamptz '2026-11-24' - i * interval '5 hours', sha256('x')
			FROM generate_series(1, $1::int / 5) i`,
		`INSERT INTO pledge_designations (pledge_id, position, fund_id, share, amount, promises_full, reserve_share, operations_share)
			SELECT id, 0, CASE WHEN right(id, 1) IN ('1', '4', '7') THEN 'general' ELSE 'emergency' END, 1, 5000, false, 0, 0 FROM pledges WHERE $1::int > 0 AND $2 <> ''`,
		`INSERT INTO checkouts (id, pledge_id, partner_id, number, state, created_at)
			SELECT 'co' || id, id, partner_id, 1, 'EXPIRED', created_at FROM pledges WHERE $1::int > 0 AND $2 <> ''`,
		`INSERT INTO donations (id, pledge_id, partner_id, state, charged_currency, charged, intent_id, charge_id, balance_id, currency,
				gross, fee, rate, received_on, created_at, posted_at, clears_at)
			SELECT 'd_' || i, 'pg_' || CASE WHEN i % 5000 < 100 AND i < 5000 THEN 1 ELSE 1 + i % ($1::int / 5) END, $2, 'SUCCEEDED', 'EUR', 5000,
				'pi_' || i, 'ch_' || i, 'txn_' || i, 'EUR', 5000, 100, '', '2026-11-24', timestamptz '2026-11-24' - i * interval '1 hour', now(), now()
			FROM generate_series(1, $1::int) i WHERE i % 100 <> 7`,
		`INSERT INTO donations (id, pledge_id, partner_id, state, charged_currency, charged, intent_id, created_at)
			SELECT 'd_' || i, 'pg_' || CASE WHEN i < 2000 THEN 1 ELSE 1 + i % 1000 END, $2, 'FAILED', 'EUR', 5000, 'pi_' || i, timestamptz '2026-11-24' - i * interval '1 hour'
			FROM generate_series(1, $1::int) i WHERE i % 100 = 7`,
		`INSERT INTO donation_parts (donation_id, position, fund_id, amount, reserve, operations, fee, promises_full, clears)
			SELECT id, 0, CASE WHEN right(id, 1) IN ('1', '4', '7') THEN 'general' ELSE 'emergency' END, 5000, 0, 0, 100, false, 4900
			FROM donations WHERE state = 'SUCCEEDED' AND $1::int > 0 AND $2 <> ''`,
	} {
		if _, err := owner.Exec(context.Background(), sql, gifts, b.partner.ID); err != nil {
			t.Fatalf("%v\n%s", err, sql)
		}
	}
	if _, err := owner.Exec(context.Background(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	return b
}

// lists are what people ask of the lists.
func (b *bench) lists() map[string]func() (int, error) {
	lists := map[string]func() (int, error){}
	partner := `partner = "partners/` + b.partner.ID + `"`
	for name, filter := range map[string]string{
		"newest": "", "state": `state = FAILED`, "pledge": `pledge = "pledges/pg_1"`,
		"pledge_state":   `pledge = "pledges/pg_1" AND state = FAILED`,
		"pledge_paid":    `pledge = "pledges/pg_1" AND state = SUCCEEDED`,
		"partner_state":  partner + ` AND state = FAILED`,
		"age_state":      `state = SUCCEEDED AND create_time < "2026-10-20T00:00:00Z"`,
		"fund":           `fund = "funds/general"`,
		"fund_state_age": partner + ` AND fund = "funds/general" AND state = SUCCEEDED AND create_time < "2026-10-20T00:00:00Z"`,
		"all":            `pledge = "pledges/pg_1" AND ` + partner + ` AND fund = "funds/general" AND state = SUCCEEDED AND create_time < "2026-11-20T00:00:00Z"`,
	} {
		lists["donations."+name] = func() (int, error) {
			list, err := b.Donations(context.Background(), store.Everything, page.Page{Size: 50, Filter: filter})
			return len(list), err
		}
	}
	for name, filter := range map[string]string{"state": `state = LAPSED`, "partner_fund": partner + ` AND fund = "funds/general"`} {
		lists["pledges."+name] = func() (int, error) {
			list, err := b.Pledges(context.Background(), store.Everything, page.Page{Size: 50, Filter: filter})
			return len(list), err
		}
	}
	return lists
}

// However many gifts there are, a page of a list looks at few rows.
func TestAPageOfGiftsIsFoundAndNotSearchedFor(t *testing.T) {
	t.Parallel()
	b := filled(t, 5000)
	watched, rows := postgrestest.Watched(t, b.db)
	b.Store = store.New(watched, dutytest.Queue(t), nil, noon)
	for name, list := range b.lists() {
		if looked := rows.During(func() {
			if n, err := list(); err != nil || n == 0 && name != "donations.all" {
				t.Errorf("%s: %d rows, %v", name, n, err)
			}
		}); looked > 1500 {
			t.Errorf("%s: %d rows are looked at", name, looked)
		}
	}
}

// BenchmarkLists prints how much longer the pages of lists take among many gifts than among
// few: medians of turns that alternate.
func BenchmarkLists(b *testing.B) {
	const turns = 30
	few, many := filled(b, fewGifts).lists(), filled(b, manyGifts).lists()
	for b.Loop() {
		worst := 0.0
		for name := range few {
			var took [2][]time.Duration
			for range turns {
				for i, list := range []func() (int, error){few[name], many[name]} {
					began := time.Now()
					if _, err := list(); err != nil {
						b.Fatal(err)
					}
					took[i] = append(took[i], time.Since(began))
				}
			}
			for i := range took {
				slices.Sort(took[i])
			}
			ratio := float64(took[1][turns/2]) / float64(took[0][turns/2])
			worst = max(worst, ratio)
			fmt.Printf("figure growth.%s %.2f ratio\n", name, ratio)
		}
		fmt.Printf("figure growth.gifts %.2f ratio\n", worst)
	}
}
