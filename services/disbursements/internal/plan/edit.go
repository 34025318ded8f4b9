package plan

import "github.com/solidarity-fund/solidarity/services/internal/fault"

// TakenOut is why a plan leaves a family out that somebody has taken out of it.
const TakenOut = "TAKEN_OUT"

// ByRule reports whether a family is left out for a reason that is found anew with each
// change of a plan: who is paid by the rail, and who is involved, says families.
func (l LeftOut) ByRule() bool {
	return l.Reason == string(fault.ReasonFormNotTaken) || l.Reason == string(fault.ReasonNoDestination)
}

// AllLeftOut is the reason for a plan that leaves everybody out, by that of one of them.
func AllLeftOut(reason string) fault.Reason {
	if reason == TakenOut {
		return fault.ReasonNothingToPay
	}
	return fault.Reason(reason)
}

// Revision counts the acts on a plan and what was decided about anew.
func (p Plan) Revision() int64 { return int64(len(p.Acts)) + int64(p.Version) }

// MayEdit refuses who may not change what is in a plan.
func (p Plan) MayEdit(by By) error {
	if p.State != Draft {
		return NotDraft()
	}
	return MayTake(Maker, by.Has)
}

// NotDraft is the fault for a change of a plan that is locked.
func NotDraft() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonPlanNotDraft, "The payment plan is locked: unlock it first.")
}

// ActedOn is the fault for a change of a plan on which somebody has acted since it was
// read.
func ActedOn() *fault.Fault {
	return fault.New(fault.Aborted, fault.ReasonEtagMismatch, "Somebody has acted on the payment plan meanwhile; nothing was changed.")
}
