// Package dispute holds gifts that a donor's bank asks back: a projection of Stripe's
// disputes as last read.
package dispute

import (
	"slices"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// State is where a dispute stands, in the contract's word; of a donation the gravest of
// its disputes.
type State string

// Won and Lost are decided; None is an inquiry that ended without a dispute.
const (
	None    State = "NONE"
	Won     State = "WON"
	Inquiry State = "INQUIRY"
	Lost    State = "LOST"
	Open    State = "OPEN"
)

// byGravity are the states, the gravest last.
var byGravity = []State{None, Won, Inquiry, Lost, Open}

// Graver returns the graver of two states.
func (s State) Graver(other State) State {
	return byGravity[max(slices.Index(byGravity, s), slices.Index(byGravity, other))]
}

// Waits reports whether a gift is in question because of it.
func (s State) Waits() bool { return s == Inquiry || s == Open }

// Follows reports whether a reading that says next may replace s: an inquiry may become a
// dispute, and what is decided is not undecided by an older reading that arrives late.
func (s State) Follows(next State) bool {
	switch s {
	case Inquiry:
		return next != s
	case Open:
		return next == Won || next == Lost || next == None
	default:
		return !next.Waits() && next != s && s != None
	}
}

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
