package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// approved checks that two persons have approved an emergency grant, and this much.
func (b *Books) approved(at place, d *Draft) error {
	var first *leaf.Decision
	for _, a := range b.decisions[d.Source] {
		if a.Kind != leaf.DecisionEmergencyApproved || a.Person == "" {
			continue
		}
		if first == nil {
			first = a
		}
		content := first.Content.(*leaf.Emergency)
		if a.Person != first.Person && a.Commitment == first.Commitment && leaf.SameContent(a.Kind, a.Content, content) {
			return b.once(at, d, content)
		}
	}
	return undecided(at.field("source"), "needs two "+leaf.DecisionEmergencyApproved.String()+" with one content and by two persons, recorded before")
}

// once checks that a grant is booked once, and no more than was approved.
func (b *Books) once(at place, d *Draft, approved *leaf.Emergency) error {
	var sum int64
	for _, e := range d.Entries {
		if e.Side != leaf.Credit {
			continue
		}
		if e.Amount.Currency != approved.Currency {
			return undecided(at.field("source"), "was approved in another currency")
		}
		sum = plus(sum, e.Amount.MinorUnits)
	}
	switch {
	case sum > approved.Amount:
		return undecided(at.field("source"), "was approved with less")
	case d.Reference != d.Source+"/grant":
		return fault.Field(at.field("reference"), fault.FieldNotPossible, "must be the grant itself and /grant, so that it is booked once")
	}
	return b.capped(at, approved.Currency, sum)
}

// capped refuses an emergency grant that is more than a family may get, or with which
// more would be given within the counted days than the policy allows.
func (b *Books) capped(at place, currency string, amount int64) error {
	on := b.dayAt(b.head.Size)
	policy := b.policies.hands(on, currency)
	if amount > policy.EmergencyFamilyCap {
		return overCap(at.field("source"), "gives more than a family may get")
	}
	for _, l := range b.leaving {
		if l.emergency && l.currency == currency && rule.Counts(l.day, on) {
			amount = plus(amount, l.amount)
		}
	}
	if amount > policy.EmergencyMonthCap {
		return overCap(at.field("source"), "gives more than what is left for emergencies within 30 days")
	}
	return nil
}

// emergencyWithin refuses to approve an emergency grant that is more than a family may
// get on the day: nothing could be given by it.
func (b *Books) emergencyWithin(at place, d *Decision) error {
	c, ok := d.Content.(*leaf.Emergency)
	if !ok || c.Amount <= b.policies.hands(d.Day, c.Currency).EmergencyFamilyCap {
		return nil
	}
	return overCap(at.field("content.amount"), "is more than a family may get")
}

func overCap(field, words string) error {
	f := fault.New(fault.Precondition, fault.ReasonEmergencyCapReached, "More would be given for emergencies than the policy allows.")
	f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldNotPossible, Description: words}}
	return f
}
