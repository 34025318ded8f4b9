// Package rail carries payments out. A rail takes an instruction once per
// attempt, by its end-to-end id, and can be asked what became of it.
package rail

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Rail is a way by which money travels.
type Rail interface {
	// Local reports whether Submit notes the hand-over itself, in the transaction
	// of its effect, so that its outcome is never unknown.
	Local() bool
	// Submit hands an instruction over. A fault of kind Invalid proves that it was
	// not taken and never will be.
	Submit(ctx context.Context, in payment.Instruction) error
	// Lookup tells what the rail knows of an attempt.
	Lookup(ctx context.Context, a payment.Attempt) (payment.Finding, error)
}

// Config is a rail as it is configured.
type Config struct {
	// ID names it: "sepa" for rails/sepa.
	ID string
	// Currencies are what it carries, ISO 4217.
	Currencies []string
	// Senders may send over it.
	Senders []Sender
	// Files is true where payments leave in files, each of at most the sender's
	// exposure cap; otherwise each leaves alone.
	Files bool
}

// FileSize is how many payments of a sender go into one file; 0 where there are
// no files.
func (c Config) FileSize(s Sender) int {
	if !c.Files {
		return 0
	}
	return max(s.ExposureCap, 1)
}

// Sender is an account that payments leave from.
type Sender struct {
	// ID names it: "main" for rails/sepa/senders/main.
	ID string
	// Name, IBAN and BIC are the account's; BIC may be empty.
	Name, IBAN, BIC string
	// Currency is the account's, ISO 4217.
	Currency string
	// ExposureCap is how many families one file may hold.
	ExposureCap int
}

// Account is the sender's account in the ledger.
func (s Sender) Account() string { return account.Bank(s.ID) }

// Refusal is the fault for an instruction that a rail will never carry out.
func Refusal(cause error) *fault.Fault {
	return fault.New(fault.Invalid, fault.ReasonDestinationRefused, "The rail cannot pay to this destination.").With(cause)
}
