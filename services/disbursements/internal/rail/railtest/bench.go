// Package railtest holds the rules that every rail keeps, as one suite. A rail's own
// test gives the suite a bench for each rule: the rail over an outside that keeps what
// reaches it and can fail. The package's tests run it over a rail in memory, as it is
// and broken once for each rule.
package railtest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
)

// Bench is a rail over an outside that the suite can look at.
type Bench interface {
	// Rail is the rail as a process that has just begun makes it: of what an earlier one
	// held in memory nothing is left.
	Rail() rail.Rail
	// Claimed are instructions of n attempts that were just claimed and that the rail
	// can carry out; where payments leave in files, all of one file.
	Claimed(n int) []payment.Instruction
	// Cancellation takes the attempts of some instructions back.
	Cancellation(in []payment.Instruction) payment.Cancellation
	// FailNext lets the next effect of the rail fail once: before it, or after it, so
	// that its answer is lost.
	FailNext(after bool)
	// Leave lets everything leave that waits: a file is fetched, a provider pays.
	Leave() error
	// Refuse has the outside refuse an attempt that was handed over and has not left.
	Refuse(in payment.Instruction) error
	// Left are the payments that have left, each time that they did.
	Left() ([]Sent, error)
	// Report is a file from outside that says that all which left was paid.
	Report() ([]byte, error)
}

// Sent is a payment that has left.
type Sent struct {
	EndToEndID string
	Minor      int64
}

// Rule is one rule of rails.
type Rule struct {
	// Name says the rule.
	Name string
	// Check returns how a rail breaks the rule, nil where it keeps it.
	Check func(ctx context.Context, b Bench) error
}

// Rules are the rules that every rail keeps.
func Rules() []Rule {
	return slices.Concat(onceRules(), saidRules(), cancelRules(), proofRules())
}

// Run runs the rules over a rail, each over a bench of its own.
func Run(t *testing.T, newBench func(t *testing.T) Bench) {
	t.Helper()
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			t.Parallel()
			if err := rule.Check(context.Background(), newBench(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// one is the instruction of one claimed attempt.
func one(b Bench) payment.Instruction { return b.Claimed(1)[0] }

// leftOnce checks that each of some instructions has left once, with its amount, and
// nothing else has.
func leftOnce(b Bench, want ...payment.Instruction) error {
	left, err := b.Left()
	if err != nil {
		return err
	}
	if len(left) != len(want) {
		return fmt.Errorf("%d payments have left, want %d", len(left), len(want))
	}
	for _, in := range want {
		if !slices.Contains(left, Sent{in.Attempt.EndToEndID, in.Attempt.Minor}) {
			return fmt.Errorf("what has left is not what was handed over: %v", left)
		}
	}
	return nil
}

// leave lets all leave that waits, and checks that this is each of some instructions,
// once.
func leave(b Bench, want ...payment.Instruction) error {
	if err := b.Leave(); err != nil {
		return fmt.Errorf("leave: %w", err)
	}
	return leftOnce(b, want...)
}

// polled checks what the rail finds. A rail that cannot look up knows nothing.
func polled(ctx context.Context, r rail.Rail, a payment.Attempt, want ...payment.Finding) error {
	found, err := r.Poll(ctx, a)
	if err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	if !r.Capabilities().LooksUp {
		want = []payment.Finding{payment.NotKnown}
	}
	if !slices.Contains(want, found) {
		return fmt.Errorf("the rail finds %d, want one of %d", found, want)
	}
	return nil
}
