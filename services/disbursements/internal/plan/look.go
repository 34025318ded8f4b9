package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// LookReason is why a family is looked at before a plan is released.
type LookReason string

// A family is drawn, or named for what it gets together with others, or has too few who
// are free to sign for it.
const (
	Drawn        LookReason = "DRAWN"
	Concentrated LookReason = "CONCENTRATION"
	ForStandIn   LookReason = "STAND_IN"
)

const (
	// DrawnDays is for how many days families that were drawn count.
	DrawnDays = 30
	// fewestDrawn is how many families are drawn in these days at least.
	fewestDrawn = 2
	// oneIn is of how many families of a plan one is drawn at least: 5 %.
	oneIn = 20
)

// Look is one look at a family of a plan.
type Look struct {
	// Number counts the looks of a plan, from 1.
	Number int
	Family string
	Reason LookReason
	// StandIn says that who stood in for a verifier in its case may sign the plan.
	StandIn bool
	// Near says that nobody was awake at the lock who may look and never touched the case.
	Near bool
	// By is who has looked at it for the plan's version, empty for nobody.
	By string
}

// Sight is which plans somebody sees.
type Sight int

const (
	// SeesOpen is for those in open view.
	SeesOpen Sight = iota
	// SeesLooks is for those, and such as wait for looks.
	SeesLooks
	// SeesAll is for all.
	SeesAll
)

// Draws returns how many families of a plan are drawn, of which so many are in it; recent
// is how many other plans have drawn within DrawnDays.
func Draws(families, recent int) int {
	return min(families, max((families+oneIn-1)/oneIn, fewestDrawn-recent))
}

// Unlooked are the looks that nobody has made.
func (p Plan) Unlooked() []Look {
	return slices.DeleteFunc(slices.Clone(p.Looks), func(l Look) bool { return l.By != "" })
}

// LookAt returns the look that is asked for at a family.
func (p Plan) LookAt(field, family string) (Look, error) {
	for _, l := range p.Unlooked() {
		if l.Family == family {
			return l, nil
		}
	}
	return Look{}, fault.Field(field, fault.FieldNotPossible, "must be a family of the plan at which nobody has looked yet")
}

// NoLookAsked is the fault of a look that nobody asks for.
func NoLookAsked() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonNoLookAsked, "No look at a family of the plan is asked for.")
}

// LooksMissing is the fault of a release before all looks are made.
func LooksMissing(n int) *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonLooksMissing,
		fmt.Sprintf("Families that are still to be looked at by a verifier or an officer who never touched their case: %d.", n))
}

// MayLookNear refuses to look who had a part in a family's case, unless they only confirmed
// in it, nobody else was there at the lock, and the plan has stood in open view since for
// its days.
func (p Plan) MayLookNear(l Look, onlyConfirmed bool, now time.Time) error {
	switch {
	case !l.Near || !onlyConfirmed:
		return fault.Involved()
	case now.Before(p.OpenUntil()):
		return fault.New(fault.Precondition, fault.ReasonLookTooSoon,
			"You confirmed something in the case of this family: you may look at it from "+p.OpenUntil().Format(time.DateOnly)+" on.")
	}
	return nil
}

// MayLook reports, as a fault, that no look at a family of the plan is asked for now.
func (p Plan) MayLook() error {
	switch {
	case !slices.Contains(Undecided(), p.State):
		return fault.State("payment plan", string(p.State), string(p.State))
	case len(p.Unlooked()) == 0:
		return NoLookAsked()
	}
	return nil
}
