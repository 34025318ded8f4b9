package plan

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// fewestFree is how many have to be free to sign for a family at least.
const fewestFree = 2

// Ties are what binds a person to the families that a plan pays.
type Ties struct {
	// Involved says that they had a hand in the case of one.
	Involved bool
	// StandsIn says that all they did was to stand in for a verifier, and that the plan
	// needs them.
	StandsIn bool
}

// Desk is who of the money desk is awake when a plan is locked, seen from one family.
type Desk struct {
	// Awake counts them; Involved those who had a hand in its case; StoodIn those of them
	// who only stood in for a verifier.
	Awake, Involved, StoodIn int
}

// NeedsStandIn reports whether too few are free to sign for the family, and one who stood
// in is there.
func (d Desk) NeedsStandIn() bool {
	return d.Awake-d.Involved < fewestFree && d.StoodIn > 0
}

// StandInDays is for how many days a plan stands in open view before one who stood in may
// sign it, by the days of its own row of the policy and the most days of any row.
func StandInDays(own, most int) int {
	const blank = 3 // where no row gives days
	switch {
	case own > 0:
		return own
	case most > 0:
		return most
	}
	return blank
}

// TiesOf says what binds a person to a plan who had a hand in the cases of some families,
// in some of which they only stood in.
func (p Plan) TiesOf(known, stoodIn []string) (t Ties) {
	for _, family := range known {
		needed := slices.ContainsFunc(p.Looks, func(l Look) bool { return l.Family == family && l.StandIn })
		if needed && slices.Contains(stoodIn, family) {
			t.StandsIn = true
		} else {
			t.Involved = true
		}
	}
	return t
}

// MaySign refuses who had a hand in a case of the plan. One who only stood in, where too
// few others are free, signs it once its days in open view have passed and somebody else
// has looked at the families.
func (p Plan) MaySign(t Ties, now time.Time) error {
	unlooked := 0
	for _, l := range p.Unlooked() {
		if l.StandIn {
			unlooked++
		}
	}
	switch {
	case t.Involved || t.StandsIn && p.Hands.StandInDays == 0:
		return fault.Involved()
	case !t.StandsIn:
		return nil
	case slices.ContainsFunc(p.Acts, func(a Act) bool { return a.StandIn && !a.Void }):
		return StandInTaken()
	case now.Before(p.OpenUntil()):
		return p.StandInTooSoon()
	case unlooked > 0:
		return LooksMissing(unlooked)
	}
	return nil
}

// StandInTaken is the fault for a second person who stood in.
func StandInTaken() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonStandInTaken,
		"Somebody has signed the plan who stood in for a verifier; of these one may.")
}

// StandInTooSoon is the fault for one who stood in, before the plan has stood in open view
// for its days; it says from which day on they may sign.
func (p Plan) StandInTooSoon() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonStandInTooSoon,
		"You stood in for a verifier in a case of the plan: you may sign it from "+p.OpenUntil().Format(time.DateOnly)+" on.")
}
