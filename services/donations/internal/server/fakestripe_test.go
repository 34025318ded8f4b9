package server_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/duty"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// fakeStripe is Stripe in memory: pages, payments and what was credited.
type fakeStripe struct {
	quiet    // nothing comes back
	mu       sync.Mutex
	byKey    map[string]string // idempotency key → session
	sessions map[string]*stripeapi.Session
	intents  map[string]*stripeapi.PaymentIntent
	requests []stripeapi.CheckoutRequest
	fail     []error // what the next calls answer, after having their effect
	reads    int
	asked    time.Time      // before when the balance was asked for
	balance  []money.Amount // what it was
	country  string         // of the cards that are used
}

func newFakeStripe() *fakeStripe {
	return &fakeStripe{byKey: map[string]string{}, sessions: map[string]*stripeapi.Session{}, intents: map[string]*stripeapi.PaymentIntent{}, country: "DE"}
}

func (f *fakeStripe) BalanceAt(_ context.Context, before time.Time) ([]money.Amount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = before
	return f.balance, f.failure()
}

// failure takes the next planned failure.
func (f *fakeStripe) failure() error {
	if len(f.fail) == 0 {
		return nil
	}
	err := f.fail[0]
	f.fail = f.fail[1:]
	return err
}

func (f *fakeStripe) CreateCheckoutSession(_ context.Context, r stripeapi.CheckoutRequest) (stripeapi.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r)
	id, ok := f.byKey[r.IdempotencyKey]
	if !ok {
		id = fmt.Sprintf("cs_test_%d", len(f.sessions)+1)
		f.byKey[r.IdempotencyKey] = id
		f.sessions[id] = &stripeapi.Session{
			ID: id, URL: "https://checkout.example/" + id, ExpiresAt: time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second),
			Status: "open", PaymentStatus: "unpaid", Reference: r.Reference, Amount: r.Amount,
		}
	}
	return *f.sessions[id], f.failure()
}

// CreateCustomer makes somebody who gives again and again.
func (f *fakeStripe) CreateCustomer(context.Context, string, string) (string, error) {
	return "cus_1", nil
}

// CreateSavePage makes a page like any other: what is saved on it is nobody's.
func (f *fakeStripe) CreateSavePage(ctx context.Context, r stripeapi.SaveRequest) (stripeapi.Session, error) {
	return f.CreateCheckoutSession(ctx, stripeapi.CheckoutRequest{IdempotencyKey: r.IdempotencyKey, Reference: r.Reference})
}

func (f *fakeStripe) ExpireSession(_ context.Context, id, _ string) (stripeapi.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.sessions[id]
	switch {
	case !ok:
		return stripeapi.Session{}, stripeapi.ErrNotFound
	case s.Status != "open":
		return stripeapi.Session{}, stripeapi.ErrRefused
	}
	s.Status, s.URL = "expired", ""
	return *s, f.failure()
}

func (f *fakeStripe) GetCheckoutSession(_ context.Context, id string) (stripeapi.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	s, ok := f.sessions[id]
	if !ok {
		return stripeapi.Session{}, stripeapi.ErrNotFound
	}
	return *s, f.failure()
}

func (f *fakeStripe) GetPaymentIntent(_ context.Context, id string) (stripeapi.PaymentIntent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reads++
	pi, ok := f.intents[id]
	if !ok {
		return stripeapi.PaymentIntent{}, stripeapi.ErrNotFound
	}
	return *pi, f.failure()
}

func (f *fakeStripe) GetCharge(_ context.Context, id string) (stripeapi.Charge, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, pi := range f.intents {
		if pi.LatestCharge != nil && pi.LatestCharge.ID == id {
			return *pi.LatestCharge, f.failure()
		}
	}
	return stripeapi.Charge{}, stripeapi.ErrNotFound
}

// page returns the page of a pledge ("pledges/pg_…").
func (f *fakeStripe) page(pledge string) *stripeapi.Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.sessions {
		if "pledges/"+s.Reference == pledge {
			return s
		}
	}
	return nil
}

// try lets a donor try to pay; a decline leaves the page open.
func (f *fakeStripe) try(pledge string, declined bool) (intent string) {
	return f.tryPage(f.page(pledge).ID, declined)
}

// pay lets a donor pay on a page.
func (f *fakeStripe) pay(session string) (intent string) { return f.tryPage(session, false) }

func (f *fakeStripe) tryPage(session string, declined bool) (intent string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.sessions[session]
	id := "pi_" + s.ID
	pi := &stripeapi.PaymentIntent{ID: id, Reference: s.Reference, Amount: s.Amount}
	f.intents[id], s.PaymentIntentID = pi, id
	if declined {
		pi.Status, pi.FailureCode = "requires_payment_method", "card_declined"
		return id
	}
	pi.Status, s.Status, s.URL = stripeapi.Held, "complete", ""
	pi.LatestCharge = &stripeapi.Charge{
		ID: "ch_" + s.ID, PaymentIntentID: id, Reference: s.Reference, Status: "succeeded", Amount: s.Amount, CardCountry: f.country,
	}
	return id
}

// CapturePayment takes what a payment holds.
func (f *fakeStripe) CapturePayment(_ context.Context, id, _ string) (stripeapi.PaymentIntent, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pi, ok := f.intents[id]
	if !ok || pi.Status != stripeapi.Held {
		return stripeapi.PaymentIntent{}, stripeapi.ErrRefused
	}
	session := strings.TrimPrefix(id, "pi_")
	pi.Status, pi.Received = "succeeded", pi.Amount
	charge := *pi.LatestCharge
	charge.Captured, charge.Balance = true, settled("txn_"+session, pi.Amount, 100)
	pi.LatestCharge = &charge
	f.sessions[session].PaymentStatus = "paid"
	return *pi, f.failure()
}

// ReleasePayment gives back what a payment holds.
func (f *fakeStripe) ReleasePayment(_ context.Context, id, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	pi, ok := f.intents[id]
	if !ok || pi.Status != stripeapi.Held {
		return stripeapi.ErrRefused
	}
	pi.Status = "canceled"
	return f.failure()
}

// taken lets a donor pay on a pledge's page, and takes the money.
func (f *fakeStripe) taken(pledge string) (intent string) {
	intent = f.try(pledge, false)
	if _, err := f.CapturePayment(context.Background(), intent, ""); err != nil {
		panic(err)
	}
	return intent
}

// settled is what Stripe credits: gross, less 1.5 % and 25, in EUR; percent is
// the exchange rate from the charged currency.
func settled(id string, charged money.Amount, percent int64) *stripeapi.BalanceTransaction {
	gross := charged.MinorUnits * percent / 100
	fee := gross*15/1000 + 25
	return &stripeapi.BalanceTransaction{
		ID: id, Type: "charge", ReportingCategory: "charge", Status: "pending",
		Gross:   money.Amount{MinorUnits: gross, Currency: "EUR"},
		Fee:     money.Amount{MinorUnits: fee, Currency: "EUR"},
		Net:     money.Amount{MinorUnits: gross - fee, Currency: "EUR"},
		Created: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
	}
}

// quiet is a Stripe to which nothing happens but payments.
type quiet struct{}

func (quiet) GetRefund(context.Context, string) (stripeapi.Refund, error) {
	return stripeapi.Refund{}, stripeapi.ErrNotFound
}

func (quiet) GetDispute(context.Context, string) (stripeapi.Dispute, error) {
	return stripeapi.Dispute{}, stripeapi.ErrNotFound
}

func (quiet) GetWarning(context.Context, string) (stripeapi.Warning, error) {
	return stripeapi.Warning{}, stripeapi.ErrNotFound
}

func (quiet) GetPayout(context.Context, string) (stripeapi.Payout, error) {
	return stripeapi.Payout{}, stripeapi.ErrNotFound
}

func (quiet) CreateRefund(context.Context, stripeapi.RefundRequest) (stripeapi.Refund, error) {
	return stripeapi.Refund{}, stripeapi.ErrRefused
}

func (quiet) ListRefunds(context.Context, string, func(stripeapi.Refund) error) error {
	return stripeapi.ErrNotFound
}

func (quiet) ListBalanceTransactions(context.Context, stripeapi.BalancePage) ([]stripeapi.BalanceTransaction, bool, error) {
	return nil, false, nil
}

func (quiet) ListEvents(context.Context, time.Time, string) ([]stripeapi.Event, bool, error) {
	return nil, false, nil
}

// noGivings is a Stripe where nobody gives again and again.
type noGivings struct{ duty.Givings }

// GetSubscription finds none.
func (noGivings) GetSubscription(context.Context, string) (stripeapi.Subscription, error) {
	return stripeapi.Subscription{}, stripeapi.ErrNotFound
}

// GetInvoice finds none.
func (noGivings) GetInvoice(context.Context, string) (stripeapi.Invoice, error) {
	return stripeapi.Invoice{}, stripeapi.ErrNotFound
}
