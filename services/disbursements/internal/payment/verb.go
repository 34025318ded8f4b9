package payment

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// Verb is what people do with a payment.
type Verb string

// Rails, statements and families move a payment on by themselves.
const (
	Retry     Verb = "retry"
	Cancel    Verb = "cancel"
	IssueCode Verb = "issueCode"
	// One person records that the bank refused, another confirms it.
	RecordRefusal  Verb = "recordRefusal"
	ConfirmRefusal Verb = "confirmRefusal"
	// Two people each say that somebody carried it out by hand, or handed cash over.
	RecordSent     Verb = "recordSent"
	RecordDelivery Verb = "recordDelivery"
)

// steps are what people do with payments.
var steps = verb.Steps[Verb, State]{
	Retry:     {From: []State{Failed}, To: Submitted},
	Cancel:    {From: []State{Pending}, To: Cancelled},
	IssueCode: {From: []State{Sent, Settled}, To: Confirmed},

	RecordRefusal:  {From: []State{Sent}, To: Failed},
	ConfirmRefusal: {From: []State{Sent}, To: Failed},
	RecordSent:     {From: []State{Sent}, To: Settled},
	RecordDelivery: {From: []State{Sent}, To: Settled},
}

// In are the states in which a verb is open.
func In(v Verb) []State { return steps.In(v) }

// Setting is what around a payment decides whether a person may act on it.
type Setting struct {
	// Plan is where its plan stands, Has the part that the person plays in it.
	Plan plan.State
	Has  plan.Hat
	// Taken says that an award which it had given up is used elsewhere.
	Taken bool
	// PaidAfterFailed says that the bank has paid by an attempt that had failed.
	PaidAfterFailed bool
	// Refusal is what is recorded of the last attempt.
	Refusal Refusal `db:"-"`
	// Person is who would act, Now when.
	Person string    `db:"-"`
	Now    time.Time `db:"-"`
	// Rail and Sender are the ids of those that carry it, and Way what they have people do.
	Rail, Sender string
	Way          Way `db:"-"`
	// Own says that the person has recorded what became of it, and nobody else has yet
	// said the same.
	Own bool
}

// May reports, as a fault, that a person may not do this with the payment now.
func (y Payment) May(v Verb, in Setting) error {
	switch {
	case v == Cancel && in.Plan != plan.Draft:
		return plan.NotDraft()
	case v == IssueCode && y.CodeIssued:
		return CodeIssued()
	}
	if recorded := v == RecordSent || v == RecordDelivery; recorded && !in.Way.Has(v) {
		return NotRecorded()
	}
	if to, open := steps.Take(v, y.State); !open {
		return fault.State("payment", string(y.State), string(to))
	}
	switch {
	case v == Cancel:
		return plan.MayTake(plan.Maker, in.Has)
	case v == Retry && in.Plan != plan.Accepted && in.Plan != plan.Finished:
		return fault.New(fault.Precondition, fault.ReasonPlanNotAccepted, "The payment plan is not released.")
	case v == Retry && in.PaidAfterFailed:
		return PaidAfterFailed()
	case v == ConfirmRefusal:
		return in.Refusal.mayConfirm(in.Person, in.Now)
	case v == Retry && in.Taken:
		return AwardNotAvailable()
	case (v == RecordSent || v == RecordDelivery) && in.Own:
		return fault.SamePerson("record what became of a payment and confirm it")
	}
	return nil
}

// AwardNotAvailable is the fault for a payment whose award another one has.
func AwardNotAvailable() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonAwardNotAvailable, "An award of the payment is used elsewhere or was cancelled.")
}

// CodeIssued is the fault for a second code of a payment.
func CodeIssued() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonCodeAlreadyIssued, "The payment has a confirmation code already.")
}
