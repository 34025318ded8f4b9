package round

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// AwardState is where an award stands. The zero AwardState is invalid.
type AwardState string

// The states of an award.
const (
	Available AwardState = "AVAILABLE"
	InPayment AwardState = "IN_PAYMENT"
	Paid      AwardState = "PAID"
	Cancelled AwardState = "CANCELLED"
)

// awardMoves lists where an award may go from each state.
var awardMoves = map[AwardState][]AwardState{
	Available: {InPayment, Cancelled},
	InPayment: {Available, Paid},
	Paid:      {Available}, // the payment came back
}

// MoveAward reports, as a fault, that an award in state from may not go to state
// to.
func MoveAward(from, to AwardState) error { return fault.Move("award", awardMoves, from, to) }

// AwardRecord is money set aside for one cycle of a request out of one fund.
type AwardRecord struct {
	ID         string
	State      AwardState
	RoundID    string
	Fund       string
	Currency   string
	Minor      int64
	AidRequest string
	Family     string
	Cycle      int32
	Part       int32
	Created    time.Time
}

// Outcome is what a commit made of an allocation.
type Outcome string

// The outcomes; empty before the commit.
const (
	Awarded  Outcome = "AWARDED"
	HeldBack Outcome = "HELD_BACK"
	Nothing  Outcome = "NOTHING"
)

// AlreadyAwarded is why an allocation is held back whose request another round
// has awarded meanwhile.
const AlreadyAwarded = "ALREADY_AWARDED"
