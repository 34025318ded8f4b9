package railtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// onceRules are that one end-to-end id is one payment, whatever happens.
func onceRules() []Rule {
	return []Rule{
		{"preparing has no effect", preparingHasNoEffect},
		{"the same instruction twice is one payment", twiceIsOne},
		{"many at once are one payment", manyAreOne},
		{"another instruction under the same id is refused", anotherIsRefused},
		{"a crash between any two steps loses and doubles nothing", crashBetween},
		{"a crash in the middle of handing over loses and doubles nothing", crashWithin},
	}
}

func preparingHasNoEffect(ctx context.Context, b Bench) error {
	in, r := one(b), b.Rail()
	if err := r.Prepare(ctx, in); err != nil {
		return fmt.Errorf("prepare: %w", err)
	}
	if err := polled(ctx, r, in.Attempt, payment.NotKnown); err != nil {
		return err
	}
	return leave(b)
}

func twiceIsOne(ctx context.Context, b Bench) error {
	in, r := one(b), b.Rail()
	first, err := r.Submit(ctx, in)
	if err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	for what, again := range map[string]rail.Rail{"the same process": r, "another process": b.Rail()} {
		if found, err := again.Submit(ctx, in); err != nil || found != first {
			return fmt.Errorf("%s submits again: %d, %w, first %d", what, found, err, first)
		}
	}
	return leave(b, in)
}

func manyAreOne(ctx context.Context, b Bench) error {
	in := one(b)
	var group sync.WaitGroup
	for range 8 {
		r := b.Rail()
		group.Go(func() { _, _ = r.Submit(ctx, in) }) // all but one may lose the race
	}
	group.Wait()
	if _, err := b.Rail().Submit(ctx, in); err != nil {
		return fmt.Errorf("submit after them: %w", err)
	}
	return leave(b, in)
}

func anotherIsRefused(ctx context.Context, b Bench) error {
	in, r := one(b), b.Rail()
	if _, err := r.Submit(ctx, in); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	larger := in
	larger.Attempt.Minor++
	if _, err := r.Submit(ctx, larger); !fault.Is(err, fault.ReasonReferenceConflict) {
		return fmt.Errorf("another amount: %w", unexpected(err))
	}
	elsewhere := in
	elsewhere.Destination = another(in.Destination)
	if _, err := b.Rail().Submit(ctx, elsewhere); !fault.Is(err, fault.ReasonReferenceConflict) {
		return fmt.Errorf("another destination: %w", unexpected(err))
	}
	return leave(b, in)
}

// crashBetween takes the steps in their order, each by a process that has just begun, and
// begins anew after each.
func crashBetween(ctx context.Context, b Bench) error {
	in := one(b)
	steps := []func() error{
		func() error { return b.Rail().Prepare(ctx, in) },
		func() error { _, err := b.Rail().Submit(ctx, in); return err },
		func() error { return polled(ctx, b.Rail(), in.Attempt, payment.Waiting, payment.Taken) },
		func() error { return leave(b, in) },
		func() error { return polled(ctx, b.Rail(), in.Attempt, payment.Taken) },
		func() error { return reconciled(ctx, b, b.Rail(), in) },
	}
	for crash := range steps {
		for i, step := range steps[:crash+1] {
			if i == 2 && crash > 3 {
				continue // it has left by now
			}
			if err := step(); err != nil {
				return fmt.Errorf("after a crash behind step %d, step %d: %w", crash, i, err)
			}
		}
	}
	return leave(b, in)
}

// crashWithin loses the effect of handing over, or its answer. What the rail says then
// must be true.
func crashWithin(ctx context.Context, b Bench) error {
	for _, after := range []bool{false, true} {
		in := one(b)
		b.FailNext(after)
		if _, err := b.Rail().Submit(ctx, in); err == nil || fault.OfKind(err, fault.Invalid) {
			return fmt.Errorf("a broken hand-over is answered: %w", unexpected(err))
		}
		want := []payment.Finding{payment.NotKnown}
		if after {
			want = []payment.Finding{payment.Waiting, payment.Taken}
		}
		if err := polled(ctx, b.Rail(), in.Attempt, want...); err != nil {
			return fmt.Errorf("after the effect %t: %w", after, err)
		}
		if err := submittedOnce(ctx, b, in); err != nil {
			return fmt.Errorf("after the effect %t: %w", after, err)
		}
	}
	return nil
}

// submittedOnce hands an instruction over, perhaps again, and checks that it leaves once.
func submittedOnce(ctx context.Context, b Bench, in payment.Instruction) error {
	if _, err := b.Rail().Submit(ctx, in); err != nil {
		return fmt.Errorf("submit again: %w", err)
	}
	if err := b.Leave(); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	left, err := b.Left()
	if err != nil {
		return err
	}
	times := 0
	for _, sent := range left {
		if sent.EndToEndID == in.Attempt.EndToEndID {
			times++
		}
	}
	if times != 1 {
		return fmt.Errorf("it has left %d times", times)
	}
	return nil
}

// unexpected is the error that came, or one that says that none did.
func unexpected(err error) error {
	if err == nil {
		return errors.New("no error came")
	}
	return err
}

// another is a destination of the same form that differs.
func another(d payment.Destination) payment.Destination {
	switch {
	case d.BankAccount != nil:
		b := *d.BankAccount
		b.Holder += " other"
		return payment.Destination{BankAccount: &b}
	case d.Wallet != nil:
		return payment.Destination{Wallet: &payment.Wallet{Network: d.Wallet.Network, Address: d.Wallet.Address + "x"}}
	case d.Collector != nil:
		c := *d.Collector
		c.FullName += " other"
		return payment.Destination{Collector: &c}
	case d.Payee != nil:
		p := *d.Payee
		p.Bill += "x"
		return payment.Destination{Payee: &p}
	}
	p := payment.Parcel{}
	if d.Parcel != nil {
		p = *d.Parcel
	}
	p.Address += " other"
	return payment.Destination{Parcel: &p}
}
