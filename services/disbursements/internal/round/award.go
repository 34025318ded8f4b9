package round

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// AwardState is where an award stands. The zero AwardState is invalid.
type AwardState string

// A payment that fails or comes back makes its awards available again.
const (
	Available AwardState = "AVAILABLE"  // it can be put into a plan
	InPayment AwardState = "IN_PAYMENT" // a payment has it
	Paid      AwardState = "PAID"       // its payment has settled
	Cancelled AwardState = "CANCELLED"  // its money goes back to the fund
)

// AwardVerb is what people do with an award.
type AwardVerb string

// CancelAward gives an award back; payments move awards through their other states.
const CancelAward AwardVerb = "cancel"

// awardSteps are what people do with awards.
var awardSteps = verb.Steps[AwardVerb, AwardState]{
	CancelAward: {From: []AwardState{Available}, To: Cancelled},
}

// InAward are the states in which a verb is open.
func InAward(v AwardVerb) []AwardState { return awardSteps.In(v) }

// May reports, as a fault, that nobody may do this with the award now.
func (a AwardRecord) May(v AwardVerb) error {
	if to, open := awardSteps.Take(v, a.State); !open {
		return fault.State("award", string(a.State), string(to))
	}
	if a.PaidAfterFailed {
		return fault.New(fault.Precondition, fault.ReasonPaidAfterFailed, "The bank has paid from the award by an attempt that had failed.")
	}
	return nil
}

// Source is what made an award: a round or an emergency grant, never both.
type Source struct {
	// RoundID and GrantID are the ids of the one and of the other; one is empty.
	RoundID, GrantID string
}

// Name is the source's resource name.
func (s Source) Name() string {
	if s.GrantID != "" {
		return resource.EmergencyGrant.Of(s.GrantID)
	}
	return resource.AllocationRound.Of(s.RoundID)
}

// AwardRecord is money set aside for one cycle of a request out of one fund.
type AwardRecord struct {
	ID    string
	State AwardState
	Source
	Fund       string
	Currency   string
	Minor      int64
	AidRequest string
	Family     string
	Cycle      int32
	Part       int32
	Created    time.Time
	// PaidAfterFailed says that the bank has paid from it by an attempt that had failed.
	PaidAfterFailed bool
}

// Outcome is what a commit made of an allocation.
type Outcome string

// An allocation has none before the commit.
const (
	Awarded  Outcome = "AWARDED"
	HeldBack Outcome = "HELD_BACK" // the family may not be given money now
	Nothing  Outcome = "NOTHING"   // the round gave it nothing
)

// AlreadyAwarded is why an allocation is held back whose request another round
// has awarded meanwhile.
const AlreadyAwarded = "ALREADY_AWARDED"

// Held is what live awards hold of one cycle of a request, in minor units.
type Held struct {
	AidRequest string
	Cycle      int32
	Minor      int64
}
