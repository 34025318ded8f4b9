package duty

import (
	"context"
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// movementOf is a movement as Stripe tells it.
func movementOf(b stripeapi.BalanceTransaction) movement.Movement {
	return movement.Movement{
		BalanceID: b.ID, Category: b.ReportingCategory, Source: b.SourceID, Gross: b.Gross, Fee: b.Fee, Net: b.Net, OccurredAt: b.Created,
	}
}

// moved records what a movement is, nil for none.
func (w *Worker) moved(ctx context.Context, b *stripeapi.BalanceTransaction, e movement.Entry, about movement.Subject) error {
	if b == nil {
		return nil
	}
	if err := w.Store.AddMovements(ctx, movementOf(*b)); err != nil {
		return err
	}
	return w.Store.Understand(ctx, b.ID, e, about, "")
}

// suspend books movements that nobody can explain to suspense, where they wait for people;
// one that is nil has not happened.
func (w *Worker) suspend(ctx context.Context, reason string, list ...*stripeapi.BalanceTransaction) error {
	for _, b := range list {
		if b == nil {
			continue
		}
		if err := w.Store.AddMovements(ctx, movementOf(*b)); err != nil {
			return err
		}
		if err := w.Store.Understand(ctx, b.ID, movement.Suspense, movement.Subject{}, reason); err != nil {
			return err
		}
	}
	return nil
}

// Movement understands a movement of the balance: it reads what it came from. What cannot
// be understood goes to suspense.
func (w *Worker) Movement(ctx context.Context, id string) error {
	m, err := w.Store.OwedMovement(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // understood by another run
	}
	if err != nil {
		return err
	}
	object, entry := movement.Of(m.Category)
	if entry = m.Judge(entry); object == movement.OfNothing || entry == movement.Suspense || entry == movement.Nothing {
		return w.Store.Understand(ctx, m.BalanceID, entry, movement.Subject{}, movement.Reason(m.Category, event.UnknownType))
	}
	reason, err := w.source(ctx, object, m)
	if err != nil {
		return err
	}
	// Whatever the source has not explained is for a person.
	if reason == "" {
		reason = movement.Reason(m.Category, event.UnknownType)
	}
	return w.Store.Understand(ctx, m.BalanceID, movement.Suspense, movement.Subject{}, reason)
}

// source reads what a movement came from.
func (w *Worker) source(ctx context.Context, object movement.Object, m movement.Movement) (reason string, err error) {
	switch object {
	case movement.OfCharge:
		if m.Category == "charge_failure" {
			return w.failedCharge(ctx, m)
		}
		return w.charge(ctx, m.Source)
	case movement.OfRefund:
		return w.refund(ctx, m.Source)
	case movement.OfDispute:
		return w.dispute(ctx, m.Source)
	default:
		return w.payout(ctx, m.Source)
	}
}

// failedCharge finds the donation whose payment has failed after it was credited.
func (w *Worker) failedCharge(ctx context.Context, m movement.Movement) (reason string, err error) {
	id, err := w.Store.DonationOfCharge(ctx, m.Source)
	if fault.OfKind(err, fault.NotFound) {
		return event.UnknownPayment, nil
	}
	if err != nil {
		return "", err
	}
	return "", w.Store.Understand(ctx, m.BalanceID, movement.ChargeFailure, movement.Subject{Donation: id}, "")
}

// PostMovement books a movement of the balance.
func (w *Worker) PostMovement(ctx context.Context, id string) error {
	b, err := w.Store.PrepareBooking(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // posted by another run
	}
	if err != nil {
		return err
	}
	booked, err := w.Ledger.Post(ctx, &ledgerv1.PostRequest{Transactions: w.drafts(b)})
	if err != nil {
		return fmt.Errorf("post movement %s: %w", id, err)
	}
	return w.Store.MovementPosted(ctx, id, posted(booked.GetTransactions()))
}

// posted says what of the ledger's answer is kept.
func posted(list []*ledgerv1.Transaction) store.Posted {
	p := store.Posted{Waiting: map[string]int64{}}
	for _, t := range list {
		for _, e := range t.GetEntries() {
			minor := e.GetAmount().GetMinorUnits()
			if e.GetSide() == ledgerv1.Side_SIDE_DEBIT {
				p.Debits = append(p.Debits, movement.Booked{Account: e.GetAccount(), Minor: minor})
				continue
			}
			path, err := account.Parse(e.GetAccount())
			if err == nil && path.Class == account.ClassFund && e.GetAccount() == account.FundClearing(path.Parts[0]) {
				p.Waiting[path.Parts[0]] += minor
			}
		}
	}
	return p
}
