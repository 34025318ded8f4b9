package duty

import (
	"context"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// pagesAtOnce is how many pages of a list are read by one run of the duty, which then goes
// on from there.
const pagesAtOnce = 10

// Lists are Stripe's lists that are read again, newest first.
type Lists interface {
	// ListBalanceTransactions reads a page of movements of the balance.
	ListBalanceTransactions(ctx context.Context, r stripeapi.BalancePage) (page []stripeapi.BalanceTransaction, more bool, err error)
	// ListEvents reads a page of the events since a time, after the one with an id.
	ListEvents(ctx context.Context, since time.Time, after string) (page []stripeapi.Event, more bool, err error)
}

// Tasks lists what is done once a minute: readings that are due again, and telling what
// waits too long.
func (w *Worker) Tasks() []duty.Task {
	return []duty.Task{
		{Name: "read Stripe's lists again", Do: func(ctx context.Context) error { return w.Store.OweSweeps(ctx, false) }},
		{Name: "delete old messages to partners", Do: w.Store.DropDeliveries},
		{Name: "tell what of Stripe's waits too long", Do: w.Alarm},
	}
}

// Alarm tells the log which items wait too long, once a day.
func (w *Worker) Alarm(ctx context.Context) error {
	list, err := w.Store.Alarms(ctx)
	for _, i := range list {
		w.Log.ErrorContext(ctx, "an item of Stripe waits too long", "alarm", true, "item", i.ID, "reason", i.Reason, "days", i.Waited(w.now()))
	}
	return err
}

// Sweep reads a list of Stripe again since 72 hours before its last reading: what was
// never told is found.
func (w *Worker) Sweep(ctx context.Context, id string) error {
	sweep, err := w.Store.BeginSweep(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // done by another run
	}
	if err != nil {
		return err
	}
	read := w.sweepBalance
	if id == store.EventSweep {
		read = w.sweepEvents
	}
	for range pagesAtOnce {
		last, more, err := read(ctx, sweep)
		if err != nil {
			return err
		}
		sweep.Place = last
		if err := w.Store.SweepTo(ctx, id, last, !more); err != nil || !more {
			return err
		}
	}
	return duty.ErrUnfinished
}

func (w *Worker) sweepBalance(ctx context.Context, sweep store.Sweep) (last string, more bool, err error) {
	page, more, err := w.Lists.ListBalanceTransactions(ctx, stripeapi.BalancePage{Since: sweep.Since, After: sweep.Place})
	if err != nil {
		return "", false, silent(err)
	}
	var list []movement.Movement
	for _, b := range page {
		list, last = append(list, movementOf(b)), b.ID
	}
	return last, more && last != "", w.Store.AddMovements(ctx, list...)
}

func (w *Worker) sweepEvents(ctx context.Context, sweep store.Sweep) (last string, more bool, err error) {
	page, more, err := w.Lists.ListEvents(ctx, sweep.Since, sweep.Place)
	if err != nil {
		return "", false, silent(err)
	}
	var list []event.Event
	for _, e := range page {
		now := w.now()
		last = e.ID
		list = append(list, event.Event{
			ID: e.ID, Type: e.Type, Object: event.Object{Kind: e.ObjectKind, ID: e.ObjectID}, Payment: e.PaymentID, OccurredAt: e.Created, ReceivedAt: now, Week: event.Week(now),
		})
	}
	return last, more && last != "", w.Store.AddFound(ctx, list)
}
