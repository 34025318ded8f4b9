package duty

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Submit hands a released payment to its rail, in five steps:
//
//  1. It claims the attempt. The claim is on disk before anything leaves.
//  2. It books the money from the awards into transit.
//  3. It has families release the destination, which is the last check.
//  4. It calls the rail. That a rail outside may have been called is on disk before; one
//     in this database notes it with the effect.
//  5. It notes the rail's answer. What waits in a file is SENT when that is fetched.
//
// After a crash this database knows whether the attempt can have been sent. If it
// can, the attempt is UNKNOWN: it is looked up, never sent again. The same holds
// where the ledger knows an attempt that this database does not, since that is then
// an older copy of itself.
func (w *Worker) Submit(ctx context.Context, paymentID string) error {
	c, err := w.Store.Claim(ctx, paymentID)
	if err != nil || c == nil {
		return err
	}
	err = w.submit(ctx, c)
	if free := w.Store.Release(context.WithoutCancel(ctx), c); err == nil {
		err = free
	}
	if err != nil {
		return fmt.Errorf("attempt %d of payment %s: %w", c.Attempt.Number, paymentID, err)
	}
	return nil
}

func (w *Worker) submit(ctx context.Context, c *store.Claim) error {
	if err := w.uncontradicted(ctx, c.Attempt.PaymentID); err != nil {
		return err
	}
	r, err := w.Rails.Find(c.Rail)
	if err != nil {
		return err
	}
	switch {
	case c.Attempt.State == payment.AttemptClaimed && c.Attempt.Handed && r.Capabilities().Local:
		return nil // it waits to leave
	case c.Attempt.State == payment.AttemptUnknown, c.Attempt.Handed:
		return w.lookUp(ctx, c, r)
	}
	return w.send(ctx, c, r)
}

// send takes an attempt that has not been handed over as far as it comes.
func (w *Worker) send(ctx context.Context, c *store.Claim, r rail.Rail) error {
	replayed, err := w.book(ctx, c)
	switch {
	case fault.Is(err, fault.ReasonInsufficientFunds):
		return w.short(ctx, c, err)
	case fault.Is(err, fault.ReasonReferenceConflict), err == nil && replayed && c.Fresh:
		return w.lookUp(ctx, c, r)
	case err != nil:
		return fmt.Errorf("book: %w", w.alarmed(ctx, c, err))
	}
	if paid, err := w.Store.PaidAfterFailed(ctx, c.Attempt.PaymentID); err != nil {
		return err
	} else if paid {
		return w.Store.NoteFailed(ctx, c.Attempt, string(fault.ReasonPaidAfterFailed), true)
	}
	destination, err := w.release(ctx, c, r.Capabilities().FormsOf(c.Sender))
	switch {
	case fault.Is(err, fault.ReasonReleaseConflict):
		return w.lookUp(ctx, c, r)
	case fault.Is(err, fault.ReasonNotInPlan), fault.Is(err, fault.ReasonDecisionsMissing):
		_ = w.alarmed(ctx, c, err)
		return w.Store.NoteFailed(ctx, c.Attempt, string(fault.As(err).Reason), true)
	case fault.OfKind(err, fault.Precondition), fault.OfKind(err, fault.NotFound):
		return w.Store.NoteFailed(ctx, c.Attempt, string(fault.As(err).Reason), true)
	case err != nil:
		return fmt.Errorf("have destination released: %w", err)
	}
	if err := w.Store.KeepMeant(ctx, c.Attempt, destination.Account()); err != nil {
		return err
	}
	return w.hand(ctx, c, r, destination)
}

// alarmed tells the operator of a payment that people did not decide about: somebody
// has written to this database by hand.
func (w *Worker) alarmed(ctx context.Context, c *store.Claim, err error) error {
	if fault.Is(err, fault.ReasonDecisionsMissing) || fault.Is(err, fault.ReasonNotInPlan) {
		w.Log.ErrorContext(ctx, "a payment was to be made that its plan's people did not decide about", "plan", c.Attempt.PlanID,
			"payment", c.Attempt.PaymentID, "reason", fault.As(err).Reason, "alarm", true)
	}
	return err
}

// book moves the money of the awards into transit.
func (w *Worker) book(ctx context.Context, c *store.Claim) (replayed bool, err error) {
	a := c.Attempt
	return w.post(ctx, posting.AttemptSubmitted(posting.Attempt{
		Plan: a.PlanID, Payment: a.PaymentID, Number: a.Number, Rail: c.Rail, On: rpc.Day(a.Claimed),
		Amount: amount(a.Minor, a.Currency), Awards: awardParts(c.Shares),
	}))
}

// short judges an attempt whose awards do not hold the money. It waits where the
// ledger is still owed the way back of an earlier attempt. Otherwise the attempt has
// failed: nothing was booked and nothing sent.
func (w *Worker) short(ctx context.Context, c *store.Claim, cause error) error {
	waits, err := w.Store.AwardsAwaitMoney(ctx, c.Attempt.PaymentID)
	if err != nil {
		return err
	}
	if waits {
		return cause
	}
	return w.Store.NoteFailed(ctx, c.Attempt, "INSUFFICIENT_FUNDS", false)
}

// hand calls the rail. Only the rail's own refusal is a failure; anything else
// that goes wrong leaves the outcome open.
func (w *Worker) hand(ctx context.Context, c *store.Claim, r rail.Rail, d payment.Destination) error {
	in := payment.Instruction{Attempt: c.Attempt, Sender: c.Sender, Destination: d}
	if err := r.Prepare(ctx, in); fault.OfKind(err, fault.Invalid) {
		return w.Store.NoteFailed(ctx, c.Attempt, string(fault.As(err).Reason), true)
	} else if err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	local := r.Capabilities().Local
	if !local {
		if err := w.Store.NoteHanded(ctx, c.Attempt); err != nil {
			return fmt.Errorf("note hand-over: %w", err)
		}
	}
	finding, err := r.Submit(ctx, in)
	switch {
	case err == nil && finding == payment.Taken:
		return w.Store.NoteSent(ctx, c.Attempt)
	case err == nil && local:
		return nil // noted with the effect: it waits to leave
	case fault.OfKind(err, fault.Invalid):
		return w.Store.NoteFailed(ctx, c.Attempt, string(fault.As(err).Reason), true)
	case local:
		return fmt.Errorf("hand over: %w", err) // noted with the effect, or neither is there
	}
	w.Log.WarnContext(ctx, "outcome of attempt unknown", "payment", c.Attempt.PaymentID, "attempt", c.Attempt.Number)
	return w.Store.NoteUnknown(ctx, c.Attempt)
}

// lookUp asks the rail what it knows. Where it cannot tell, the attempt stays
// UNKNOWN until it can, or a statement does.
func (w *Worker) lookUp(ctx context.Context, c *store.Claim, r rail.Rail) error {
	if err := w.Store.NoteUnknown(ctx, c.Attempt); err != nil {
		return err
	}
	if !r.Capabilities().LooksUp {
		return nil
	}
	finding, err := r.Poll(ctx, c.Attempt)
	if err != nil {
		return fmt.Errorf("look up: %w", err)
	}
	switch finding {
	case payment.Taken:
		return w.Store.NoteSent(ctx, c.Attempt)
	case payment.Refused:
		return w.Store.NoteFailed(ctx, c.Attempt, "RAIL_REFUSED", true)
	}
	return nil
}
