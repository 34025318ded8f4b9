package allocation

import "math/big"

// Reason says what stopped a request from receiving more. The zero Reason is
// invalid.
type Reason string

// What stops a request.
const (
	CapReached     Reason = "CAP_REACHED"      // it received all that it may
	FundsExhausted Reason = "FUNDS_EXHAUSTED"  // its funds ran dry at its level
	MinimumNotMet  Reason = "MINIMUM_NOT_MET"  // its minimum could not be met
	NoEligibleFund Reason = "NO_ELIGIBLE_FUND" // no fund of the round accepts it
	BelowStep      Reason = "BELOW_STEP"       // what it may receive is less than a step
)

// Allocation is what the round gives one request, and why.
type Allocation struct {
	// Request is the request as the snapshot holds it.
	Request Request
	// Amount is the sum of the shares, in minor units, zero or more.
	Amount int64
	// Shares say which fund pays what.
	Shares []Share
	// Level is how much a weight of one received, in minor units, as an exact
	// fraction ("12500/3"); empty where funds did not stop the request.
	Level string
	// Reason is what stopped it.
	Reason Reason
}

// Share is the part of an amount that one fund carries.
type Share struct {
	// Fund is the fund's name.
	Fund string
	// Amount is in minor units, above zero.
	Amount int64
}

func (e *engine) allocations(shares [][]Share) []Allocation {
	list := make([]Allocation, len(e.wants))
	for i, w := range e.wants {
		list[i] = Allocation{
			Request: e.snapshot.Requests[i], Amount: w.got * e.snapshot.Step, Shares: shares[i], Reason: w.stopped,
		}
		if w.stopped == FundsExhausted {
			list[i].Level = w.level.text(e.snapshot.Step)
		}
	}
	return list
}

// text writes the level in minor units as a reduced fraction.
func (l level) text(step int64) string {
	n := new(big.Int).Mul(big.NewInt(l.num), big.NewInt(step))
	return new(big.Rat).SetFrac(n, big.NewInt(l.den)).RatString()
}
