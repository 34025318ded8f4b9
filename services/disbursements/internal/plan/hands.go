package plan

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Hands is how many persons a locked plan needs.
type Hands struct {
	// Persons is 2 for a maker, who releases too, and an approver; 3 for another
	// releaser; 4 for an authoriser as well; and more for further approvers. The zero
	// value, before the ledger has counted, needs four.
	Persons int
	// WaitDays after the day of the lock two persons are enough; 0 where they never
	// are.
	WaitDays int
	// StandInDays after the day of the lock somebody may sign who stood in for a verifier
	// in the case of one of its families, or look who confirmed in it; 0 where nobody may.
	StandInDays int
	// Locked is when it was locked.
	Locked time.Time
}

// most is how many different parts there are.
const most = 4

func (h Hands) persons() int {
	if h.Persons == 0 {
		return most
	}
	return h.Persons
}

// approvers is how many persons have to approve.
func (h Hands) approvers() int { return max(1, h.persons()-most+1) }

// TwoAreEnough reports whether the maker and one approver may do it alone now: the plan
// needs no more, or it has waited in the open for as long as it must.
func (h Hands) TwoAreEnough(now time.Time) bool {
	return h.persons() == 2 || h.WaitDays > 0 && !now.Before(h.waited())
}

// waited is the beginning of the day from which on two persons are enough, where there
// is one.
func (h Hands) waited() time.Time { return h.after(h.WaitDays) }

// after is the beginning of a day after that of the lock.
func (h Hands) after(days int) time.Time {
	return h.Locked.UTC().Truncate(24*time.Hour).AddDate(0, 0, days)
}

// InOpenView reports whether any colleague may object to a plan: it is not released, and
// after some days two persons may do so although it needs more, or somebody may sign who
// stood in, or look who confirmed in a case.
func (p Plan) InOpenView() bool {
	return slices.Contains(Undecided(), p.State) && (p.Hands.persons() > 2 && p.Hands.WaitDays > 0 || p.Hands.StandInDays > 0)
}

// OpenUntil is the beginning of the day on which the days in open view have passed.
func (p Plan) OpenUntil() time.Time {
	return p.Hands.after(max(p.Hands.WaitDays, p.Hands.StandInDays))
}

// TooSoon is the fault for a maker who releases before two persons are enough; it says
// from which day on they are.
func (h Hands) TooSoon() *fault.Fault {
	return fault.SamePerson("release the plan before " + h.waited().Format(time.DateOnly) + ", the day from which on two persons are enough")
}

// RuleFor returns what an act does to the plan, or a fault where it is not allowed now.
// Steps that the plan does not need are passed over. has is the part that the person
// plays in it already.
func (p Plan) RuleFor(kind Kind, has Hat, now time.Time) (Rule, error) {
	r, err := RuleOf(kind, p.State)
	two := kind == Release && p.Hands.TwoAreEnough(now)
	if kind == Release && err != nil && p.approvals() > 0 && p.Hands.WaitDays > 0 && (p.State == InApproval || p.State == InAuthorization) {
		if r, err = rules[Release], nil; !two {
			return r, p.Hands.TooSoon()
		}
	}
	switch {
	case kind == Release && err == nil && !two && has == Maker && p.Hands.WaitDays > 0:
		return r, p.Hands.TooSoon()
	case err != nil:
		return r, err
	case kind == Approve && p.approvals()+1 < p.Hands.approvers():
		r.To = InApproval
	case kind == Approve && p.Hands.persons() < most:
		r.To = InRelease
	case two && has == Maker:
		r.Hat = Maker
	}
	return r, nil
}

// approvals counts those that are not void.
func (p Plan) approvals() int {
	n := 0
	for _, a := range p.Acts {
		if a.Kind == Approve && !a.Void {
			n++
		}
	}
	return n
}

// HasApproved reports whether a person's approval counts.
func (p Plan) HasApproved(person string) bool {
	for _, a := range p.Acts {
		if a.Kind == Approve && !a.Void && a.Person == person {
			return true
		}
	}
	return false
}
