// Package donation holds money received under a pledge: the state as last read
// from the payment processor, the division among funds, and what the books must
// say about it.
package donation

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// State is where a payment stands, in the contract's word. The zero State is
// invalid.
type State string

// A payment is Pending until the processor has the money or the try has failed.
const (
	Pending   State = "PENDING"   // a payment is under way
	Succeeded State = "SUCCEEDED" // the money was received
	Failed    State = "FAILED"    // the last try failed
)

// Follows reports whether a reading that says next may replace s. Received
// money is never unreceived: an older reading that arrives late changes nothing.
// A failed try may be followed by a good one on the same page.
func (s State) Follows(next State) bool { return s != Succeeded && s != next }

// Donation is money received, or on its way, under a pledge.
type Donation struct {
	ID, Pledge, Partner string
	State               State
	// Failure says why it failed, NoFailure where it did not or nobody knows.
	Failure Failure
	// Charged is what the donor's card was charged.
	Charged money.Amount
	// Payment holds the processor's ids.
	Payment Payment
	// Settled is nil until the state is Succeeded.
	Settled *Settlement
	// Parts divide Settled.Gross; empty until the state is Succeeded.
	Parts     []Part
	CreatedAt time.Time
	// PostedAt is when the ledger had booked it, nil before.
	PostedAt *time.Time
	// ClearedOn is the day on which all parts had become available, nil before; HasCleared
	// says that some part has.
	ClearedOn  *time.Time
	HasCleared bool
	// Refunded is how much of Charged has gone back, in its minor units; RefundWaits the
	// state of a refund that has not ended, empty for none.
	Refunded    int64
	RefundWaits back.RefundState
	// Dispute is the gravest state of its disputes.
	Dispute back.DisputeState
	// WarnedUntil is until when its card's report for fraud puts it in question.
	WarnedUntil *time.Time
}

// InQuestion reports whether the donation does not clear.
func (d Donation) InQuestion(now time.Time) bool {
	return d.RefundWaits != "" || d.Dispute.Waits() || d.WarnedUntil != nil && now.Before(*d.WarnedUntil)
}

// Advance is a part of a fee that nobody could pay: a deficit of the fund.
type Advance struct {
	Fund   string
	Amount int64 // minor units of the settlement currency
}

// Payment are the processor's ids of a payment; they stay in this service.
type Payment struct {
	IntentID, ChargeID, BalanceID string
}

// Settlement is what the processor credited.
type Settlement struct {
	// Gross and Fee are in the settlement currency.
	Gross, Fee money.Amount
	// Rate is the exchange rate from the charged currency as decimal text, empty
	// where the currencies are the same.
	Rate string
	// ReceivedOn is the UTC day of the balance transaction.
	ReceivedOn time.Time
}

// Net is gross less fee.
func (s Settlement) Net() money.Amount {
	return money.Amount{MinorUnits: s.Gross.MinorUnits - s.Fee.MinorUnits, Currency: s.Gross.Currency}
}

// Reading is what one look at the processor's objects said about a payment.
type Reading struct {
	// Pledge is the pledge's id that the payment carries.
	Pledge string
	// Session is the processor's page that was paid on, empty where that is not known.
	Session string
	Payment Payment
	State   State
	Failure Failure
	Charged money.Amount
	// Settled is set exactly where State is Succeeded.
	Settled *Settlement
}
