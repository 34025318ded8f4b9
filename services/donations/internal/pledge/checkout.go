package pledge

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// MaxCheckouts bounds the payment pages of one pledge.
const MaxCheckouts = 10

// Checkout is one payment page of a pledge, at Stripe. A pledge has one at a time that
// can be paid on.
type Checkout struct {
	ID string
	// Number counts the pledge's pages from 1.
	Number int
	State  CheckoutState
	// SessionID is Stripe's id of the page, empty until it is made.
	SessionID string
	// URL is where the donor pays, stored only while the page is OPEN.
	URL string
	// ExpiresAt is when Stripe closes the page, zero until it is made.
	ExpiresAt, CreatedAt time.Time
}

// CheckoutState is where a payment page stands, in the contract's word. The zero
// CheckoutState is invalid.
type CheckoutState string

// A page that is Expired may still have to be closed at Stripe.
const (
	CheckoutPending CheckoutState = "PENDING" // to be made
	CheckoutOpen    CheckoutState = "OPEN"    // can be paid on
	CheckoutPaid    CheckoutState = "PAID"    // the money came by it
	CheckoutExpired CheckoutState = "EXPIRED" // not to be paid on any more
	CheckoutRefused CheckoutState = "REFUSED" // never made: the processor refused, or did not answer in time
)

// checkoutMoves are the steps of a page.
var checkoutMoves = map[CheckoutState][]CheckoutState{
	// A page may be paid that we have never heard of as made.
	CheckoutPending: {CheckoutOpen, CheckoutPaid, CheckoutExpired, CheckoutRefused},
	CheckoutOpen:    {CheckoutPaid, CheckoutExpired},
	// A payment that was under way arrives; a try that was under way is refused.
	CheckoutExpired: {CheckoutPaid, CheckoutRefused},
}

// Move returns to if a page may go there from s; staying is allowed.
func (s CheckoutState) Move(to CheckoutState) (CheckoutState, error) {
	if s == to || slices.Contains(checkoutMoves[s], to) {
		return to, nil
	}
	return s, fault.State("checkout", string(s), string(to))
}

// CheckPayable returns the fault of a page that is refused:
// Precondition, PAYMENT_REFUSED.
func (c Checkout) CheckPayable() error {
	if c.State == CheckoutRefused {
		return refused()
	}
	return nil
}

func newCheckout(number int, now time.Time) Checkout {
	return Checkout{ID: resource.NewID(resource.KindCheckout), Number: number, State: CheckoutPending, CreatedAt: now}
}

// NextCheckout is a further page of a pledge, which takes the place of the one before.
// A pledge that does not wait for its money gets none, unless it is one that goes on,
// for another card; nor does one that has had
// MaxCheckouts.
func (p Pledge) NextCheckout(now time.Time) (Checkout, error) {
	if _, err := p.State.Move(Pending); err != nil && !(p.Recurring() && p.Running()) {
		return Checkout{}, err
	}
	if p.Checkout.Number >= MaxCheckouts {
		return Checkout{}, fault.New(fault.Precondition, fault.ReasonTooManyCheckouts, "The pledge has had as many payment pages as it may have.")
	}
	return newCheckout(p.Checkout.Number+1, now), nil
}

func refused() error {
	return fault.New(fault.Precondition, fault.ReasonPaymentRefused, "The payment processor does not take this payment.")
}
