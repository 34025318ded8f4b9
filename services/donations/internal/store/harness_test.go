package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// noon is when tests begin.
func noon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// bench is a store with one partner and a clock that the test moves.
type bench struct {
	*store.Store
	t       testing.TB
	db      *postgres.DB
	clock   atomic.Pointer[time.Time]
	partner partner.Partner
	made    atomic.Int64 // pledges, for receipts that differ
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t, db: postgrestest.New(t, store.Migrations())}
	b.at(noon())
	b.Store = store.New(b.db, dutytest.Queue(t), rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler)), func() time.Time { return *b.clock.Load() })
	b.partner = b.newPartner()
	chosen(t, b.db)
	return b
}

// chosen has somebody choose that the general fund promises 100 % of a gift.
func chosen(t testing.TB, db *postgres.DB) {
	t.Helper()
	if _, err := db.Pool.Exec(context.Background(), `UPDATE funds SET promises_full = true WHERE id = 'general'`); err != nil {
		t.Fatal(err)
	}
}

// at moves the clock.
func (b *bench) at(now time.Time) { b.clock.Store(&now) }

func (b *bench) newPartner() partner.Partner {
	b.t.Helper()
	p, err := partner.New("Friends", nil, []string{"https://friends.example/"}, noon())
	if err == nil {
		p, err = b.CreatePartner(context.Background(), p)
	}
	if err != nil {
		b.t.Fatalf("create partner: %v", err)
	}
	return p
}

// asked is a good pledge of 50.00 EUR to funds, not stored yet.
func (b *bench) asked(funds ...string) pledge.Pledge {
	b.t.Helper()
	hash := sha256.Sum256([]byte(fmt.Sprint("receipt ", b.made.Add(1))))
	r := pledge.Request{
		Partner: b.partner.ID, Amount: postingtest.EUR(5000), ReturnURL: "https://friends.example/thanks", ReceiptSHA256: hash[:],
	}
	for _, f := range funds {
		r.Designations = append(r.Designations, pledge.Designation{Fund: f})
	}
	p, err := pledge.New(r, *b.clock.Load())
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *bench) pledge(funds ...string) pledge.Pledge {
	b.t.Helper()
	p, err := b.CreatePledge(context.Background(), b.asked(funds...))
	if err != nil {
		b.t.Fatalf("create pledge: %v", err)
	}
	return p
}

// checkoutOf is the payment page of a pledge, as Stripe has made it.
func checkoutOf(p pledge.Pledge) pledge.Checkout {
	c := p.Checkout
	c.State, c.SessionID, c.URL = pledge.CheckoutOpen, "cs_"+c.ID, "https://checkout.example/"+c.ID
	c.ExpiresAt = c.CreatedAt.Add(24 * time.Hour)
	return c
}

// paid is a look at a payment that has succeeded, settled in a currency.
func paid(p pledge.Pledge, currency string) donation.Reading {
	return donation.Reading{
		Pledge: p.ID, State: donation.Succeeded, Charged: p.Charge(),
		Payment: donation.Payment{IntentID: "pi_" + p.ID, ChargeID: "ch_" + p.ID, BalanceID: "txn_" + p.ID},
		Settled: &donation.Settlement{
			Gross: money.Amount{MinorUnits: 5000, Currency: currency}, Fee: money.Amount{MinorUnits: 100, Currency: currency},
			ReceivedOn: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
		},
	}
}

// tried is a look at a payment that brought no money.
func tried(p pledge.Pledge, state donation.State) donation.Reading {
	return donation.Reading{
		Pledge: p.ID, State: state, Charged: p.Charge(), Payment: donation.Payment{IntentID: "pi_" + p.ID},
	}
}

// donation is the only one of a pledge.
func (b *bench) donation(p pledge.Pledge) donation.Donation {
	b.t.Helper()
	all, err := b.PaymentsOf(context.Background(), p.ID)
	if err != nil || len(all) == 0 {
		b.t.Fatalf("%d donations, %v", len(all), err)
	}
	return all[0]
}

// secret is the service's, for the records of calls.
var secret = idempotency.Secret("secret of the records")

// call is the context of a call with an idempotency key; a second one with the same
// key is its repeat.
func call(key string) context.Context {
	var request proto.Message = &typev1.Money{MinorUnits: 1, CurrencyCode: "EUR"}
	return idempotency.Into(context.Background(), secret.NewCall("partners/p_1", "/test/Call", key, false, time.Now(), request))
}

// count counts rows.
func (b *bench) count(table, where string) (n int) {
	b.t.Helper()
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT count(*) FROM `+table+` WHERE `+where).Scan(&n); err != nil {
		b.t.Fatalf("count %s: %v", table, err)
	}
	return n
}

// must fails the test at an error.
func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}
