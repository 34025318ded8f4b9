// Package payment holds payments, their attempts, and what a line of a bank
// statement says about them. An attempt becomes FAILED only by the rail's own
// proof, or where nothing was sent. All else that is not certain is UNKNOWN: it is
// looked up, never sent again.
package payment

import (
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// State is where a payment stands. The zero State is invalid.
type State string

// A payment that all goes well with goes from Pending to Confirmed.
const (
	Pending   State = "PENDING"   // its plan is not released
	Submitted State = "SUBMITTED" // its rail is owed it, or has it and it has not left
	Sent      State = "SENT"      // it has left
	Settled   State = "SETTLED"   // the bank has paid
	Confirmed State = "CONFIRMED" // the family has the money
	Failed    State = "FAILED"    // no money has left
	Returned  State = "RETURNED"  // the money came back
	Cancelled State = "CANCELLED" // it was taken out of its plan
)

// moves lists where a payment may go from each state. A statement may know more
// than this system: SUBMITTED may become SETTLED or RETURNED at once.
var moves = map[State][]State{
	Pending:   {Submitted, Cancelled},
	Submitted: {Sent, Settled, Failed, Returned},
	Sent:      {Settled, Failed, Returned},
	Settled:   {Confirmed, Returned},
	Confirmed: {Returned},
	Failed:    {Submitted},
}

// Move reports, as a fault, that a payment in state from may not go to state to.
func Move(from, to State) error { return fault.Move("payment", moves, from, to) }

// Answer is what a family says about a payment; empty before.
type Answer string

// A family has one of three answers.
const (
	Received           Answer = "RECEIVED"
	NotReceived        Answer = "NOT_RECEIVED"
	ReceivedWithIssues Answer = "RECEIVED_WITH_ISSUES" // less than expected, or with trouble
)

// Confirms reports whether the answer says that the money arrived.
func (a Answer) Confirms() bool { return a == Received || a == ReceivedWithIssues }

// Payment is one transfer to one family.
type Payment struct {
	ID         string
	PlanID     string
	State      State
	Family     string
	Currency   string
	Minor      int64
	Shares     []Share `db:"-"`
	Attempts   int
	Failure    string
	Answer     Answer
	CodeIssued bool
	// ReportedByOwner is true where the case's owner had the code.
	ReportedByOwner bool
	SettledOn       string
	// Overdue is true where it left longer ago than its rail takes.
	Overdue bool
	// Record is what people said about its last attempt, where they did.
	Record    Record `db:"-"`
	CreatedAt time.Time
}

// Share is the part of a payment that one award carries, in minor units.
type Share struct {
	Award string
	Minor int64
}

// AttemptState is where an attempt stands. The zero AttemptState is invalid.
type AttemptState string

// All but the last two are live: a payment has at most one such attempt.
const (
	AttemptClaimed  AttemptState = "CLAIMED"  // a worker has begun with it; handed over, it waits to leave
	AttemptSent     AttemptState = "SENT"     // it has left
	AttemptSettled  AttemptState = "SETTLED"  // the bank has paid
	AttemptUnknown  AttemptState = "UNKNOWN"  // the rail may have it
	AttemptFailed   AttemptState = "FAILED"   // no money has left, and none will
	AttemptReturned AttemptState = "RETURNED" // the money came back
)

// Live reports whether a payment can have no other attempt beside one in this state.
func (s AttemptState) Live() bool { return open(s) || s == AttemptSettled }

// attemptMoves lists where an attempt may go from each state.
var attemptMoves = map[AttemptState][]AttemptState{
	AttemptClaimed: {AttemptSent, AttemptUnknown, AttemptFailed, AttemptSettled, AttemptReturned},
	AttemptUnknown: {AttemptSent, AttemptFailed, AttemptSettled, AttemptReturned},
	AttemptSent:    {AttemptSettled, AttemptFailed, AttemptReturned},
	AttemptSettled: {AttemptReturned},
}

// MoveAttempt reports, as a fault, that an attempt in state from may not go to
// state to.
func MoveAttempt(from, to AttemptState) error { return fault.Move("attempt", attemptMoves, from, to) }

// Attempt is one try to carry out a payment.
type Attempt struct {
	PaymentID  string
	Number     int
	State      AttemptState
	Currency   string
	Minor      int64
	EndToEndID string
	FileID     string
	PlanID     string
	Failure    string
	Claimed    time.Time
	// Handed is true from before a rail outside was called, or since a local one has
	// it: the attempt may leave.
	Handed bool
	// Debited is true once a statement showed the money leaving.
	Debited bool
	// Credited is true once a statement showed the money coming back.
	Credited bool
	// Confirmed is true where the family has confirmed the payment.
	Confirmed bool
}

// AttemptName makes an attempt's resource name.
func AttemptName(paymentID string, number int) string {
	return resource.Attempt.Of(paymentID, strconv.Itoa(number))
}
