// Package plan holds payment plans: batches of payments that several people
// decide on, each of them in one part only, over a digest of what is paid.
package plan

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// State is where a plan stands. The zero State is invalid.
type State string

// A plan goes down this list, past what it does not need. Unlocking and a rejection
// lead back to Draft.
const (
	Draft           State = "DRAFT"            // payments can be taken out of it
	Locked          State = "LOCKED"           // its digest is fixed
	InApproval      State = "IN_APPROVAL"      // it waits for its approver
	InAuthorization State = "IN_AUTHORIZATION" // it waits for its authoriser
	InRelease       State = "IN_RELEASE"       // it waits for its releaser
	Accepted        State = "ACCEPTED"         // its payments are on their way
	Finished        State = "FINISHED"         // each of them has ended
	Closed          State = "CLOSED"           // it is put away
	Aborted         State = "ABORTED"          // it was given up, its awards are free
)

// Kind is what a person does with a plan.
type Kind string

// What is done with one of its files counts as an act, too.
const (
	Create          Kind = "CREATE"
	Edit            Kind = "EDIT"
	Lock            Kind = "LOCK"
	Unlock          Kind = "UNLOCK"
	Submit          Kind = "SUBMIT"
	Approve         Kind = "APPROVE"
	Authorize       Kind = "AUTHORIZE"
	Release         Kind = "RELEASE"
	Reject          Kind = "REJECT"
	Object          Kind = "OBJECT"
	LookAt          Kind = "LOOK"
	Abort           Kind = "ABORT"
	Close           Kind = "CLOSE"
	ProposeDownload Kind = "PROPOSE_DOWNLOAD"
	Download        Kind = "DOWNLOAD"
	Withdraw        Kind = "WITHDRAW"
)

// Hat is the part that a person plays in a plan; a person has at most one in a
// plan's whole life.
type Hat string

// A released plan has one person of each.
const (
	Maker      Hat = "MAKER"      // makes, edits and locks it
	Approver   Hat = "APPROVER"   // says that it is right
	Authorizer Hat = "AUTHORIZER" // says that the money may go
	Releaser   Hat = "RELEASER"   // lets it go
)

// Rule says what an act does.
type Rule struct {
	// From are the states in which the act is allowed.
	From []State
	// To is the state that it leads to.
	To State
	// Hat is what the person must have, or gets; empty where the act needs none.
	Hat Hat
	// Voids says that earlier decisions no longer count.
	Voids bool
	// Signs says that the act is about the digest.
	Signs bool
}

// Undecided are the states of a plan that is locked and not released.
func Undecided() []State { return []State{Locked, InApproval, InAuthorization, InRelease} }

// rules is the state machine of a plan.
var rules = map[Kind]Rule{
	Lock:      {From: []State{Draft}, To: Locked, Hat: Maker, Signs: true},
	Unlock:    {From: Undecided(), To: Draft, Voids: true},
	Submit:    {From: []State{Locked}, To: InApproval, Hat: Maker, Signs: true},
	Approve:   {From: []State{InApproval}, To: InAuthorization, Hat: Approver, Signs: true},
	Authorize: {From: []State{InAuthorization}, To: InRelease, Hat: Authorizer, Signs: true},
	Release:   {From: []State{InRelease}, To: Accepted, Hat: Releaser, Signs: true},
	Reject:    {From: []State{InApproval, InAuthorization, InRelease}, To: Draft, Voids: true},
	Object:    {From: Undecided(), To: Draft, Voids: true},
	Abort:     {From: []State{Draft, Locked}, To: Aborted, Voids: true},
	Close:     {From: []State{Finished}, To: Closed},
}

// RuleOf returns what an act does to a plan in state from, or a fault where it is
// not allowed.
func RuleOf(kind Kind, from State) (Rule, error) {
	r := rules[kind]
	for _, s := range r.From {
		if s == from {
			return r, nil
		}
	}
	return Rule{}, fault.State("payment plan", string(from), string(r.To))
}

// In are the states in which an act is open; a release, where two persons are enough,
// from the first decision on.
func In(kind Kind) []State {
	switch kind {
	case Release:
		return []State{InApproval, InAuthorization, InRelease}
	case LookAt:
		return Undecided()
	}
	return slices.Clone(rules[kind].From)
}

// By is what the person who acts is to a plan.
type By struct {
	Person string
	// Has is the part that they play in it already, empty for none.
	Has Hat
	Ties
}

// May returns what an act of a person does to the plan now, or a fault where they may
// not.
func (p Plan) May(kind Kind, by By, now time.Time) (Rule, error) {
	rule, err := p.RuleFor(kind, by.Has, now)
	if err != nil {
		return rule, err
	}
	if kind == Authorize || kind == Release {
		if err := CheckFresh(p.Acts, now); err != nil {
			return rule, err
		}
	}
	if err := MayTake(rule.Hat, by.Has); err != nil {
		return rule, err
	}
	if kind.Looks() {
		if err := p.MaySign(by.Ties, now); err != nil {
			return rule, err
		}
	}
	switch {
	case kind == Approve && p.HasApproved(by.Person):
		return rule, SamePerson()
	case kind == Lock && p.Payments == 0:
		return rule, Empty()
	case kind == Object && !p.InOpenView():
		return rule, NotInOpenView()
	case kind == Release && len(p.Unlooked()) > 0:
		return rule, LooksMissing(len(p.Unlooked()))
	}
	return rule, nil
}

// Looks reports whether an act is about a digest that the person must have looked
// at.
func (k Kind) Looks() bool { return k == Approve || k == Authorize || k == Release }

// MayTake checks that a person may take a hat: they have none other in this plan.
func MayTake(want, has Hat) error {
	if want != "" && has != "" && has != want {
		return SamePerson()
	}
	return nil
}

// SamePerson is the fault for a person who has another part in the plan already.
func SamePerson() *fault.Fault { return fault.SamePerson("play two parts in one payment plan") }

// Plan is a payment plan.
type Plan struct {
	ID       string
	State    State
	RoundID  string
	Rail     string
	Sender   string
	Currency string
	Digest   []byte
	// Version counts what was decided about anew; Prepared is the one for which the
	// payments have their leaves.
	Version, Prepared int
	// Hands are the persons that it needs, as the ledger has counted them.
	Hands Hands
	// Unlocks is the day on which it opens by itself, where nothing decided counts.
	Unlocks  time.Time
	Payments int
	Total    int64
	Acts     []Act
	// Looks are those that its last lock asks for, at families that it still pays.
	Looks []Look
	// LeftOut are families that its rail could not pay when it was made.
	LeftOut []LeftOut
	Created time.Time
}

// LeftOut is a family that a plan leaves out, and why.
type LeftOut struct{ Family, Reason string }

// Act is one thing that a person did with a plan.
type Act struct {
	ID      int64
	Kind    Kind
	Person  string
	At      time.Time
	Digest  []byte
	Void    bool
	Expires *time.Time
	// StandIn says that the person had stood in for a verifier in the case of a family.
	StandIn bool
}

// NotInOpenView is the fault of an objection to what only who signs it can stop.
func NotInOpenView() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonNotInOpenView, "The plan does not stand in open view; an approver or a treasurer can reject it.")
}

// Changed is the fault for a decision about something else than the plan holds.
func Changed() *fault.Fault {
	return fault.New(fault.Aborted, fault.ReasonPlanChanged, "The plan is not what you looked at: read it again.")
}

// Empty is the fault for locking a plan without payments.
func Empty() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonNothingToPay, "The plan has no payments.")
}
