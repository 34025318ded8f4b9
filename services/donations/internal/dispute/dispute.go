// Package dispute holds gifts that a donor's bank asks back: a projection of Stripe's
// disputes as last read.
package dispute

import (
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// State is where a dispute stands.
type State = back.DisputeState

// The states.
const (
	None    = back.NoDispute
	Won     = back.Won
	Inquiry = back.Inquiry
	Lost    = back.Lost
	Open    = back.Open
)

// Of translates Stripe's word for a dispute's status. A word that is not known is an open
// dispute.
func Of(status string) State {
	switch {
	case status == "won":
		return Won
	case status == "lost":
		return Lost
	case status == "warning_closed":
		return None
	case strings.HasPrefix(status, "warning_"):
		return Inquiry
	default:
		return Open
	}
}

// Dispute is a bank that asks for a gift back.
type Dispute struct {
	ID, Donation, Partner string
	State                 State
	// Amount is in the currency of the charge.
	Amount money.Amount
	// StripeID is Stripe's.
	StripeID string
	// Withdrawn says that Stripe has taken the money, and has not given it back.
	Withdrawn bool
	CreatedAt time.Time
}

// Reading is what one look at Stripe's dispute said.
type Reading struct {
	StripeID string
	State    State
	Amount   money.Amount
	// Charge is Stripe's id of the payment.
	Charge string
}

// WarnedFor is how long a gift whose card was reported for fraud stays in question unless
// somebody decides: so long may the card's holder dispute it.
const WarnedFor = 120 * 24 * time.Hour
