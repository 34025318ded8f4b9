package book

import (
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// grant is an emergency grant by which an award got money, and the sequence of that.
type grant struct {
	source   string
	sequence int64
}

// granting returns what two persons have approved an emergency grant with before a place
// of the log, whose decisions stand there on a day; nothing where they have not. The
// first approval says what is approved.
func (b *Books) granting(source string, before int64, on leaf.Day) *leaf.Emergency {
	var first *leaf.Decision
	by := map[string]bool{}
	for _, a := range b.decisions[source] {
		if a.Kind != leaf.DecisionEmergencyApproved || a.Person == "" || a.Sequence >= before {
			continue
		}
		if first == nil {
			first = a
		}
		if a.Commitment == first.Commitment && leaf.SameContent(a.Kind, a.Content, first.Content) && b.stands(a, before, on) {
			by[a.Person] = true
		}
		if len(by) == 2 {
			return first.Content.(*leaf.Emergency)
		}
	}
	return nil
}

// approved checks that two persons have approved an emergency grant, and this much.
func (b *Books) approved(at place, d *Draft) error {
	content := b.granting(d.Source, b.head.Size, b.dayAt(b.head.Size))
	if content == nil {
		return undecided(at.field("source"), "needs two "+leaf.DecisionEmergencyApproved.String()+" with one content and by two persons who still may, recorded before")
	}
	return b.once(at, d, content)
}

// handsOfGrants checks that somebody has released a plan of emergency grants, and that
// those who approved the grants still might then: their approvals stand for the plan's.
func (b *Books) handsOfGrants(at place, plan string, sources []string) error {
	release := lastRelease(b.decisions[plan])
	if release == nil {
		return undecided(at.field("source"), "needs a "+leaf.DecisionPlanReleased.String()+" of its plan, recorded before")
	}
	for _, source := range sources {
		if b.granting(source, release.Sequence, release.Day) == nil {
			return undecided(at.field("source"), "pays an emergency grant that lacks two "+leaf.DecisionEmergencyApproved.String()+" by persons who still might at the release of its plan")
		}
	}
	return nil
}

// lastRelease returns the last release of a plan that was not voided since.
func lastRelease(decisions []*leaf.Decision) (release *leaf.Decision) {
	for _, d := range decisions {
		switch {
		case d.Kind == leaf.DecisionPlanReleased && d.Person != "":
			release = d
		case d.Kind == leaf.DecisionPlanVoided:
			release = nil
		}
	}
	return release
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
