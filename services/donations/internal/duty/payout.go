package duty

import (
	"context"
	"fmt"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/payout"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// payout reads a payout again, and what it did to the balance.
func (w *Worker) payout(ctx context.Context, stripeID string) (reason string, err error) {
	p, err := w.Objects.GetPayout(ctx, stripeID)
	if err != nil {
		return unreadable(err)
	}
	id, err := w.Store.RecordPayout(ctx, payout.Reading{
		StripeID: p.ID, State: payout.Of(p.Status), Amount: p.Amount, Automatic: p.Automatic, CreatedOn: day(p.Created), ExpectedOn: day(p.ArrivesAt),
	})
	if err == nil {
		err = w.moved(ctx, p.Balance, movement.Payout, movement.Subject{Payout: id})
	}
	if err == nil {
		err = w.moved(ctx, p.Failure, movement.PayoutFailed, movement.Subject{Payout: id})
	}
	return "", err
}

// PayoutLines reads what a payout consists of, and whether it adds up.
func (w *Worker) PayoutLines(ctx context.Context, id string) error {
	p, err := w.Store.Payout(ctx, id)
	if err != nil {
		return err
	}
	var ids []string
	var sums []money.Amount
	for page := (stripeapi.BalancePage{PayoutID: p.StripeID}); ; {
		list, more, err := w.Lists.ListBalanceTransactions(ctx, page)
		if err != nil {
			return silent(err)
		}
		var lines []movement.Movement
		for _, b := range list {
			page.After = b.ID
			if object, _ := movement.Of(b.ReportingCategory); object == movement.OfPayout && b.SourceID == p.StripeID {
				continue // the payout itself
			}
			lines, ids, sums = append(lines, movementOf(b)), append(ids, b.ID), append(sums, b.Net)
		}
		if err := w.Store.AddMovements(ctx, lines...); err != nil {
			return err
		}
		if !more || len(list) == 0 {
			break
		}
	}
	whole := payout.AddsUp(p.Amount, sums)
	if !whole && w.now().Before(p.CreatedAt.Add(linesWithin)) {
		return w.Store.LinesLater(ctx, id, w.now().Add(linesWait))
	}
	return w.Store.LinesRead(ctx, p, ids, whole)
}

// Stripe tells the lines of a payout some time after the payout itself.
const (
	linesWithin = 24 * time.Hour // from when on they should be there
	linesWait   = time.Hour
)

// PostArrival books that a payout has arrived at the bank.
func (w *Worker) PostArrival(ctx context.Context, id string) error {
	a, err := w.Store.OwedArrival(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	draft := posting.StripePayoutArrived(posting.Payout{
		Key: w.KeyOf(a.BalanceID), ID: id, On: rpc.Day(*a.Payout.ArrivedOn), Amount: a.Payout.Amount,
	}, a.Bank)
	if _, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: one(draft)}); err != nil {
		return fmt.Errorf("post arrival of payout %s: %w", id, err)
	}
	return w.Store.ArrivalPosted(ctx, id)
}
