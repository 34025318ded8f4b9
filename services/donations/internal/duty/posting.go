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

// postsAtOnce is how many gifts are booked in one call, which is one unit of the ledger.
const postsAtOnce = 50

// Post books a gift and the fee that was taken from it. Others that wait are booked with
// it; where the ledger refuses them together, each is booked alone.
func (w *Worker) Post(ctx context.Context, id string) error {
	w.posting.Lock()
	defer w.posting.Unlock()
	list, err := w.Store.OwedDonations(ctx, id, postsAtOnce)
	if err != nil || len(list) == 0 || list[0].ID != id {
		return err // posted with others
	}
	if err = w.post(ctx, list); err == nil || len(list) == 1 {
		return err
	}
	return w.post(ctx, list[:1])
}

// post books gifts, as one unit.
func (w *Worker) post(ctx context.Context, list []donation.Donation) error {
	var drafts []*ledgerv1.TransactionDraft
	var ids, of []string // of says whose draft is which
	for _, d := range list {
		ids = append(ids, d.ID)
		drafts, of = append(drafts, w.gift(d)), append(of, d.ID)
		if d.Settled.Fee.MinorUnits > 0 {
			drafts, of = append(drafts, w.fee(d)), append(of, d.ID)
		}
	}
	booked, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: drafts})
	if err != nil {
		return fmt.Errorf("post donation %s and %d with it: %w", list[0].ID, len(list)-1, err)
	}
	if len(booked.GetTransactions()) != len(drafts) {
		return fmt.Errorf("post donations: %d answers for %d drafts", len(booked.GetTransactions()), len(drafts))
	}
	advanced := map[string][]donation.Advance{}
	for i, t := range booked.GetTransactions() {
		if list := advances(t); len(list) > 0 {
			advanced[of[i]] = list
		}
	}
	return w.Store.DonationsPosted(ctx, ids, advanced)
}

func (w *Worker) gift(d donation.Donation) *ledgerv1.TransactionDraft {
	g := posting.Gift{Key: w.KeyOf(d.Payment.BalanceID), Donation: d.ID, On: rpc.Day(d.Settled.ReceivedOn), Gross: d.Settled.Gross}
	for _, c := range donation.Credits(d.Parts) {
		g.Credits = append(g.Credits, posting.Part{Account: c.Account, Minor: c.Amount})
	}
	return posting.Donation(g)
}

func (w *Worker) fee(d donation.Donation) *ledgerv1.TransactionDraft {
	f := posting.Fee{Key: w.KeyOf(d.Payment.BalanceID), Donation: d.ID, On: rpc.Day(d.Settled.ReceivedOn), Amount: d.Settled.Fee}
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
