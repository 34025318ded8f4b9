package store_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// Statements are planned while their tables are empty and nobody has counted them; a gift
// must be found, not searched for, also after many have come since.
func TestAGiftIsRecordedWithoutSearchingThroughTheOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	watched, rows := postgrestest.Watched(t, b.db)
	b.Store = store.New(watched, dutytest.Queue(t), rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler)), noon)
	gift := func() {
		p, err := b.CreatePledge(context.Background(), b.asked("general"))
		b.must(err)
		b.must(b.AddEvent(context.Background(), told("evt_"+p.ID, noon()), nil))
		b.must(b.Record(context.Background(), paid(p, "EUR"), noon()))
		owed, err := b.OwedDonations(context.Background(), b.donation(p).ID, 50)
		if err != nil || len(owed) != 1 {
			t.Fatalf("%d are owed, %v", len(owed), err)
		}
		b.must(b.DonationsPosted(context.Background(), []string{owed[0].ID}, nil))
		b.must(b.SettleEvent(context.Background(), "evt_"+p.ID, "HANDLED", ""))
	}
	for range 7 { // after which plans are kept
		gift()
	}
	few := rows.During(gift)
	owner := postgrestest.Owner(t, b.db).Pool
	for _, sql := range []string{
		`ALTER TABLE donations SET (autovacuum_enabled = false)`,
		`ALTER TABLE stripe_events SET (autovacuum_enabled = false)`,
		`INSERT INTO donations (id, pledge_id, partner_id, state, charged_currency, charged, intent_id, charge_id, balance_id, currency,
				gross, fee, rate, received_on, created_at, posted_at, clears_at)
			SELECT 'd_' || i, (SELECT min(id) FROM pledges), partner_id, 'SUCCEEDED', 'EUR', 5000,
				'pi_' || i, 'ch_' || i, 'txn_' || i, 'EUR', 5000, 100, '', '2026-11-24', created_at, now(), now()
			FROM generate_series(1, 4000) i, (SELECT partner_id, created_at FROM pledges LIMIT 1) p`,
		`INSERT INTO stripe_events (id, type, object_kind, object_id, payment_id, occurred_at, received_at, week, state, reason, handled_at)
			SELECT 'evt_' || i, 'charge.succeeded', 'charge', 'ch_' || i, 'pi_' || i, now(), now(), '2026-W48', 'HANDLED', '', now() FROM generate_series(1, 4000) i`,
	} {
		if _, err := owner.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if many := rows.During(gift); many > 2*few+100 {
		t.Errorf("among few a gift looks at %d rows, among many at %d", few, many)
	}
}
