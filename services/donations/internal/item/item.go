// Package item holds what Stripe says and no rule explains: it waits in a list until two
// people have cleared it, and its money stands in suspense.
package item

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// State is where an item stands, in the contract's word. The zero State is invalid.
type State string

// An item that rules have cleared, such as a cost, was never Waiting.
const (
	Waiting  State = "WAITING"
	Proposed State = "PROPOSED"
	Cleared  State = "CLEARED"
)

// Reasons why an item waits, beside those of payments and Stripe's categories.
const (
	FraudWarning  = "FRAUD_WARNING"  // the network of the card says that it may be fraud
	PayoutDiffers = "PAYOUT_DIFFERS" // the lines of a payout do not add up to it
)

// Verb is what people do with an item.
type Verb string

// The verbs, as in the URL.
const (
	Propose Verb = "propose"
	Approve Verb = "approve"
	Reject  Verb = "reject"
)

// steps are what people do with items.
var steps = verb.Steps[Verb, State]{
	Propose: {From: []State{Waiting, Proposed}, To: Proposed},
	Approve: {From: []State{Proposed}, To: Cleared},
	Reject:  {From: []State{Proposed}, To: Waiting},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// Item is something that waits for people.
type Item struct {
	ID     string
	State  State
	Reason string
	// StripeID is Stripe's id of what it is about.
	StripeID string
	// Amount stands in suspense, below zero where Stripe took it; zero where no money
	// moved.
	Amount money.Amount
	// Donation is what it is about, empty where that is not known.
	Donation string
	// OccurredOn is the UTC day on which it happened.
	OccurredOn time.Time
	// Proposal is what somebody said that it is.
	Proposal Proposal
	// Approver is who agreed, empty before.
	Approver  string
	CreatedAt time.Time
}

// Proposal is what somebody said that an item is.
type Proposal struct {
	// Fund gets the money, or carries what Stripe took; empty for an item without money.
	Fund string
	// Evidence is its SHA-256, Proposer who said so.
	Evidence []byte
	Proposer string
	// Adjustment is the ledger's that books it, empty where nothing is to be booked.
	Adjustment string
}

// May reports, as a fault, that a person may not do this with the item now: who has
// proposed something does not decide about it.
func (i Item) May(v Verb, person string) error {
	to, open := steps.Take(v, i.State)
	switch {
	case !open:
		return fault.State("item", string(i.State), string(to))
	case v != Propose && i.Proposal.Proposer == person:
		return fault.SamePerson("propose what an item is and decide about it")
	}
	return nil
}

// Check judges a proposal for the item.
func (i Item) Check(p Proposal) error {
	switch {
	case len(p.Evidence) != 32:
		return fault.Field("evidenceSha256", fault.FieldWrongLength, "must be exactly 32 bytes")
	case i.Amount.MinorUnits != 0 && p.Fund == "":
		return fault.Field("fund", fault.FieldRequired, "is required for an item with money")
	case i.Amount.MinorUnits == 0 && p.Fund != "":
		return fault.Field("fund", fault.FieldNotPossible, "must be left out for an item without money")
	}
	return nil
}

// Overdue is from when on an item is an alarm.
const Overdue = 3 * 24 * time.Hour

// AlarmAt is when an item that still waits is an alarm.
func (i Item) AlarmAt() time.Time { return i.CreatedAt.Add(Overdue) }

// Waited is how many whole days it has waited, none once it is cleared.
func (i Item) Waited(now time.Time) int {
	if i.State == Cleared {
		return 0
	}
	return int(now.Sub(i.CreatedAt) / (24 * time.Hour))
}

// Overdue reports whether it waits too long.
func (i Item) Overdue(now time.Time) bool { return i.State != Cleared && !now.Before(i.AlarmAt()) }
