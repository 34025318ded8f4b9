package duty

import (
	"context"
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Post books a gift and the fee that was taken from it, as one unit.
func (w *Worker) Post(ctx context.Context, id string) error {
	d, err := w.Store.OwedDonation(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	drafts := []*ledgerv1.TransactionDraft{w.gift(d)}
	if d.Settled.Fee.MinorUnits > 0 {
		drafts = append(drafts, w.fee(d))
	}
	booked, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: drafts})
	if err != nil {
		return fmt.Errorf("post donation %s: %w", id, err)
	}
	return w.Store.DonationPosted(ctx, id, advances(booked.GetTransactions())...)
}

func (w *Worker) gift(d donation.Donation) *ledgerv1.TransactionDraft {
	g := posting.Gift{Key: w.keyOf(d.Payment.BalanceID), Donation: d.ID, On: rpc.Day(d.Settled.ReceivedOn), Gross: d.Settled.Gross}
	for _, c := range donation.Credits(d.Parts) {
		g.Credits = append(g.Credits, posting.Part{Account: c.Account, Minor: c.Amount})
	}
	return posting.Donation(g)
}

func (w *Worker) fee(d donation.Donation) *ledgerv1.TransactionDraft {
	f := posting.Fee{Key: w.keyOf(d.Payment.BalanceID), Donation: d.ID, On: rpc.Day(d.Settled.ReceivedOn), Amount: d.Settled.Fee}
	for _, s := range donation.FeeSources(d.Parts) {
		f.Draws = append(f.Draws, posting.Draw{Accounts: s.Accounts, Minor: s.Amount})
	}
	return posting.ProcessingFee(f)
}

// PostCleared books a clearing run: one sum of one fund becomes available.
func (w *Worker) PostCleared(ctx context.Context, id string) error {
	r, err := w.Store.OwedRun(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	cleared := posting.Clearing(posting.Cleared{Run: r.ID, Fund: r.Fund, On: rpc.Day(r.ClearedOn), Amount: r.Amount})
	if _, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{cleared}}); err != nil {
		return fmt.Errorf("post clearing run %s: %w", id, err)
	}
	return w.Store.RunPosted(ctx, id)
}
