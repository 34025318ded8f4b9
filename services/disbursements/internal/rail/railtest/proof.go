package railtest

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// proofRules are that a failure is final, and final only with proof.
func proofRules() []Rule {
	return []Rule{
		{"that something went wrong is no refusal", troubleIsNoRefusal},
		{"a failure is final, and only with proof", failureIsFinal},
		{"what is on its way has not failed", onItsWayIsNoFailure},
	}
}

// troubleIsNoRefusal breaks the hand-over: nobody may take that for a failure.
func troubleIsNoRefusal(ctx context.Context, b Bench) error {
	for _, after := range []bool{false, true} {
		in := one(b)
		b.FailNext(after)
		_, err := b.Rail().Submit(ctx, in)
		if err == nil || fault.OfKind(err, fault.Invalid) {
			return fmt.Errorf("after the effect %t: %w", after, unexpected(err))
		}
		if !after {
			continue
		}
		for range 3 {
			if err := polled(ctx, b.Rail(), in.Attempt, payment.Waiting, payment.Taken); err != nil {
				return err
			}
		}
	}
	return nil
}

func failureIsFinal(ctx context.Context, b Bench) error {
	in, r := one(b), b.Rail()
	if _, err := r.Submit(ctx, in); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	if err := b.Refuse(in); err != nil {
		return fmt.Errorf("refuse: %w", err)
	}
	want := payment.NotKnown
	if r.Capabilities().Proves {
		want = payment.Refused
	}
	for range 2 {
		if err := polled(ctx, b.Rail(), in.Attempt, want); err != nil {
			return err
		}
		// Whoever submits it again all the same does not bring it back.
		if _, err := b.Rail().Submit(ctx, in); r.Capabilities().Proves && !fault.OfKind(err, fault.Invalid) {
			return fmt.Errorf("what was refused is handed over again: %w", unexpected(err))
		}
	}
	if !r.Capabilities().Proves {
		return nil
	}
	return leave(b)
}

func onItsWayIsNoFailure(ctx context.Context, b Bench) error {
	in, r := one(b), b.Rail()
	never := one(b)
	if err := polled(ctx, r, never.Attempt, payment.NotKnown); err != nil {
		return err // nobody has handed it over yet, and somebody may
	}
	if _, err := r.Submit(ctx, in); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	if err := polled(ctx, r, in.Attempt, payment.Waiting, payment.Taken); err != nil {
		return err
	}
	if err := leave(b, in); err != nil {
		return err
	}
	return polled(ctx, b.Rail(), in.Attempt, payment.Taken)
}
