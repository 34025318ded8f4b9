package railtest

import (
	"context"
	"fmt"
	"sync"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// cancelRules are about taking back. A rail that cannot says so, which another rule asks.
func cancelRules() []Rule {
	return []Rule{
		{"what was cancelled never leaves", cancelledNeverLeaves},
		{"what has left is not cancelled", leftIsNotCancelled},
		{"all is cancelled or nothing", allOrNothing},
		{"who leaves and who cancels at once are not both right", cancelOrLeave},
	}
}

// submitted hands n attempts over; nil where the rail cannot cancel.
func submitted(ctx context.Context, b Bench, n int) ([]payment.Instruction, error) {
	r := b.Rail()
	if !r.Capabilities().Cancels {
		return nil, nil
	}
	all := b.Claimed(n)
	for _, in := range all {
		if _, err := r.Submit(ctx, in); err != nil {
			return nil, fmt.Errorf("submit: %w", err)
		}
	}
	return all, nil
}

func cancelledNeverLeaves(ctx context.Context, b Bench) error {
	all, err := submitted(ctx, b, 2)
	if err != nil || all == nil {
		return err
	}
	if err := b.Rail().Cancel(ctx, b.Cancellation(all)); err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	r := b.Rail()
	for _, in := range all {
		if err := polled(ctx, r, in.Attempt, payment.NotKnown, payment.Refused); err != nil {
			return err
		}
		if _, err := r.Submit(ctx, in); !fault.OfKind(err, fault.Invalid) {
			return fmt.Errorf("what was cancelled is handed over again: %w", unexpected(err))
		}
	}
	return leave(b)
}

func leftIsNotCancelled(ctx context.Context, b Bench) error {
	all, err := submitted(ctx, b, 2)
	if err != nil || all == nil {
		return err
	}
	if err := leave(b, all...); err != nil {
		return err
	}
	for range 2 {
		if err := b.Rail().Cancel(ctx, b.Cancellation(all)); !fault.Is(err, fault.ReasonPaymentLeft) {
			return fmt.Errorf("what has left is cancelled: %w", unexpected(err))
		}
	}
	if err := polled(ctx, b.Rail(), all[0].Attempt, payment.Taken); err != nil {
		return err
	}
	return leftOnce(b, all...)
}

// allOrNothing asks to take back what has left together with what has not. In files both
// are the same, and one that was never handed over stands for the other.
func allOrNothing(ctx context.Context, b Bench) error {
	first, err := submitted(ctx, b, 1)
	if err != nil || first == nil {
		return err
	}
	if err := leave(b, first...); err != nil {
		return err
	}
	second, err := submitted(ctx, b, 1)
	if err != nil {
		return err
	}
	both := append(first, second...)
	if !b.Rail().Capabilities().Files {
		if err := b.Rail().Cancel(ctx, b.Cancellation(both)); !fault.Is(err, fault.ReasonPaymentLeft) {
			return fmt.Errorf("a part that has left is cancelled: %w", unexpected(err))
		}
	}
	return leave(b, both...)
}

func cancelOrLeave(ctx context.Context, b Bench) error {
	all, err := submitted(ctx, b, 1)
	if err != nil || all == nil {
		return err
	}
	var cancelled error
	r := b.Rail()
	var group sync.WaitGroup
	group.Go(func() { cancelled = r.Cancel(ctx, b.Cancellation(all)) })
	group.Go(func() { _ = b.Leave() }) // it finds nothing to fetch where the other was first
	group.Wait()
	left, err := b.Left()
	if err != nil {
		return err
	}
	if (cancelled == nil) == (len(left) > 0) {
		return fmt.Errorf("%d payments have left, and cancelling them answers %w", len(left), unexpected(cancelled))
	}
	return nil
}
