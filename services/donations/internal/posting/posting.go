// Package posting tells the ledger about gifts and about what has cleared. A
// posting that is repeated is booked once: its reference is the fact's own.
package posting

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Ledger books transactions; one call is one unit.
type Ledger interface {
	// Post books all of a request's transactions or none.
	Post(ctx context.Context, r *ledgerv1.PostRequest, opts ...grpc.CallOption) (*ledgerv1.PostResponse, error)
}

// Poster posts what the store owes.
type Poster struct {
	store  *store.Store
	ledger Ledger
	// secret keys the references, so that the ledger never holds an id of Stripe
	// and nobody can look one up in it.
	secret []byte
}

// New returns a poster; secret has 32 bytes and never changes.
func New(s *store.Store, ledger Ledger, secret []byte) *Poster {
	return &Poster{store: s, ledger: ledger, secret: secret}
}

// Donation posts a gift and the fee that was taken from it, as one unit.
func (p *Poster) Donation(ctx context.Context, id string) error {
	d, err := p.store.OwedDonation(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	request := &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{p.gift(d)}}
	if d.Settled.Fee.MinorUnits > 0 {
		request.Transactions = append(request.Transactions, p.fee(d))
	}
	if _, err := p.ledger.Post(ctx, request); err != nil {
		return fmt.Errorf("post donation %s: %w", id, err)
	}
	return p.store.DonationPosted(ctx, id)
}

func (p *Poster) gift(d donation.Donation) *ledgerv1.TransactionDraft {
	currency := d.Settled.Gross.Currency
	entries := []*ledgerv1.EntryDraft{
		entry(donation.Processor, ledgerv1.Side_SIDE_DEBIT, d.Settled.Gross.MinorUnits, currency),
	}
	for _, c := range donation.Credits(d.Parts) {
		entries = append(entries, entry(c.Account, ledgerv1.Side_SIDE_CREDIT, c.Amount, currency))
	}
	return &ledgerv1.TransactionDraft{
		Reference: p.reference(d), Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION,
		Source: "donations/" + d.ID, OccurredOn: d.Settled.ReceivedOn.Format(time.DateOnly), Entries: entries,
	}
}

func (p *Poster) fee(d donation.Donation) *ledgerv1.TransactionDraft {
	fee := d.Settled.Fee
	draft := &ledgerv1.TransactionDraft{
		Reference: p.reference(d) + "/fee", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE,
		Source: "donations/" + d.ID, OccurredOn: d.Settled.ReceivedOn.Format(time.DateOnly),
		Entries: []*ledgerv1.EntryDraft{entry(donation.Processor, ledgerv1.Side_SIDE_CREDIT, fee.MinorUnits, fee.Currency)},
	}
	for _, s := range donation.FeeSources(d.Parts) {
		draft.Sources = append(draft.Sources, &ledgerv1.OrderedSources{Accounts: s.Accounts, Amount: amount(s.Amount, fee.Currency)})
	}
	return draft
}

// reference names the fact by an HMAC of Stripe's id of the balance transaction.
func (p *Poster) reference(d donation.Donation) string {
	mac := hmac.New(sha256.New, p.secret)
	mac.Write([]byte(d.Payment.BalanceID))
	return "donation/" + hex.EncodeToString(mac.Sum(nil))
}

// Run posts a clearing run: one sum of one fund becomes available.
func (p *Poster) Run(ctx context.Context, id string) error {
	r, err := p.store.OwedRun(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	_, err = p.ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{{
		Reference: "clearing/" + r.ID, Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_CLEARING,
		Source: "clearingRuns/" + r.ID, OccurredOn: r.ClearedOn.Format(time.DateOnly),
		Entries: []*ledgerv1.EntryDraft{
			entry(donation.Clearing(r.Fund), ledgerv1.Side_SIDE_DEBIT, r.Amount.MinorUnits, r.Amount.Currency),
			entry(donation.Available(r.Fund), ledgerv1.Side_SIDE_CREDIT, r.Amount.MinorUnits, r.Amount.Currency),
		},
	}}})
	if err != nil {
		return fmt.Errorf("post clearing run %s: %w", id, err)
	}
	return p.store.RunPosted(ctx, id)
}

func entry(account string, side ledgerv1.Side, minor int64, currency string) *ledgerv1.EntryDraft {
	return &ledgerv1.EntryDraft{Account: account, Side: side, Amount: amount(minor, currency)}
}

func amount(minor int64, currency string) *typev1.Money {
	return &typev1.Money{MinorUnits: minor, CurrencyCode: currency}
}
