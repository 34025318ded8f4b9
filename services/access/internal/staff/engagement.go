package staff

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// Bounds of an engagement.
const (
	// EngagementDays is for how many days after the first it is in force at most.
	EngagementDays = 365
	// maxFunds bounds the funds of one.
	maxFunds = 100
)

// EngagementState is how far an engagement is. The zero state is invalid.
type EngagementState string

// The states, as the contract has them.
const (
	EngagementProposed  EngagementState = "PROPOSED"
	EngagementConfirmed EngagementState = "CONFIRMED"
	EngagementEnded     EngagementState = "ENDED"
)

// EngagementVerb is what people do with an engagement.
type EngagementVerb string

// Who proposes one makes it; a day ends it, too.
const (
	ConfirmEngagement EngagementVerb = "confirm"
	EndEngagement     EngagementVerb = "end"
)

var engagementSteps = verb.Steps[EngagementVerb, EngagementState]{
	ConfirmEngagement: {From: []EngagementState{EngagementProposed}, To: EngagementConfirmed},
	EndEngagement:     {From: []EngagementState{EngagementProposed, EngagementConfirmed}, To: EngagementEnded},
}

// EngagementsIn are the states in which a verb is open.
func EngagementsIn(v EngagementVerb) []EngagementState { return engagementSteps.In(v) }

// Engagement is what an auditor may look at, and for how long.
type Engagement struct {
	identity.Terms
	ID    string
	Staff string // the auditor's ID
	State EngagementState
	// Proposer and Confirmer are IDs; Confirmer is empty before.
	Proposer, Confirmer string
	// Proposed says that the leaf of the proposal stands in the log, EndLeaf that the one
	// of the end does.
	Proposed, EndLeaf bool
	// Created is when it was proposed.
	Created time.Time
}

// firm is a country and a number of its register.
var firm = regexp.MustCompile(`^[A-Z]{2}-[A-Za-z0-9][A-Za-z0-9-]{0,39}$`)

// NewEngagement makes an engagement that the person by proposes now for the person
// staffID. Its faults name the fields.
func NewEngagement(staffID, by string, t identity.Terms, now time.Time) (Engagement, error) {
	e := Engagement{
		Terms: t, ID: resource.NewID(resource.KindEngagement), Staff: staffID, State: EngagementProposed, Proposer: by, Created: now,
	}
	e.Name, e.From = resource.Engagement.Of(staffID, e.ID), Day(now)
	last := Day(now.AddDate(0, 0, EngagementDays))
	switch {
	case !firm.MatchString(t.Firm):
		return e, fault.Field("engagement.firm", fault.FieldMalformed, "must be a country and a number of its register, such as PL-0000123456")
	case t.Until < e.From:
		return e, fault.Field("engagement.until", fault.FieldInThePast, "must not be over")
	case t.Until > last:
		return e, fault.Field("engagement.until", fault.FieldTooLarge, "must be within a year")
	case t.First != "" && t.Last != "" && t.Last < t.First:
		return e, fault.Field("engagement.lastDay", fault.FieldWrongOrder, "must not be before the first day")
	case len(t.Funds) > maxFunds:
		return e, fault.Field("engagement.funds", fault.FieldTooMany, "must be at most 100")
	case !slices.IsSorted(t.Funds) || len(slices.Compact(slices.Clone(t.Funds))) < len(t.Funds):
		return e, fault.Field("engagement.funds", fault.FieldWrongOrder, "must be in order, each once")
	}
	return e, nil
}

// EndCommitment is what the leaf of its end commits to.
func (e Engagement) EndCommitment() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "solidarity engagement ended v1\n%s\n", e.Name))
	return sum[:]
}

// SameTerms reports whether two engagements are about the same.
func (e Engagement) SameTerms(o Engagement) bool {
	a, b := e.Terms, o.Terms
	b.Name, b.From = a.Name, a.From
	return string(a.Commitment()) == string(b.Commitment())
}

// CheckConfirm refuses a confirmation by the person with the ID by that could not count.
func (e Engagement) CheckConfirm(by string, now time.Time) error {
	switch {
	case !e.Proposed: // a draft whose leaf never came
		return fault.Missing("engagement")
	case by == e.Staff:
		return fault.SamePerson("confirm an engagement of their own")
	case by == e.Proposer:
		return fault.SamePerson("confirm what they proposed")
	case e.State == EngagementEnded:
		return fault.State("engagement", string(e.State), string(EngagementConfirmed))
	case Day(now) > e.Until:
		return Expired()
	}
	return nil
}

// EngagementOpen is the fault of a proposal beside one that is open.
func EngagementOpen() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonEngagementOpen, "Another engagement of this auditor is proposed or in force; end it first.")
}
