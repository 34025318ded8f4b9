// Package rail carries payments out. A rail takes an instruction once per
// attempt, by its end-to-end id, and can be asked what became of it.
package rail

import "github.com/solidarity-fund/solidarity/services/internal/fault"

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
func (s Sender) Account() string { return "asset:bank:" + s.ID }

// Name makes a rail's resource name.
func Name(id string) string { return "rails/" + id }

// SenderName makes a sender's resource name.
func SenderName(railID, id string) string { return Name(railID) + "/senders/" + id }

// Refusal is the fault for an instruction that a rail will never carry out.
func Refusal(cause error) *fault.Fault {
	return fault.New(fault.Invalid, "DESTINATION_REFUSED", "The rail cannot pay to this destination.").With(cause)
}
