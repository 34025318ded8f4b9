package duty

import (
	"context"
	"fmt"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// PostBankGift books a gift by bank transfer; from then on it waits to clear, by the
// policy for gifts that no new partner brought.
func (w *Worker) PostBankGift(ctx context.Context, id string) error {
	g, err := w.Store.OwedBankGift(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	booked := posting.BankGift(posting.GiftByBank{
		Line: g.Line, BankGift: g.ID, Bank: g.Bank, On: rpc.Day(g.ReceivedOn), Amount: g.Amount,
		Credits: []posting.Part{{Account: account.FundClearing(g.Fund), Minor: g.Amount.MinorUnits}},
	})
	if _, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{booked}}); err != nil {
		return fmt.Errorf("post gift by transfer %s: %w", id, err)
	}
	clears := g.ReceivedOn
	if !w.NoDelays {
		p, err := w.policy(ctx)
		if err != nil {
			return err
		}
		clears = p.ClearsAt(rules.Gift{ReceivedOn: g.ReceivedOn, Gross: g.Amount, PartnerSince: time.Time{}})
	}
	return w.Store.BankGiftPosted(ctx, id, clears)
}
