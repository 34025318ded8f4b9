// Package lot says to whom a case falls: to a verifier outside of it, by a lot that
// nobody can throw again; and when a protection officer stands in.
package lot

import (
	"bytes"
	"slices"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Asleep is for how many days somebody who let a draw run out counts as not awake.
const Asleep = 7

// StandIn is for how many days one officer stands in for a family, and no other one.
const StandIn = 90

// Awake are people who can act now, by role: who hold it, and are not away, frozen or
// resting.
type Awake struct {
	Verifiers, Officers []string
}

// Case is what is known of a case when it is drawn.
type Case struct {
	// Insiders own the case or have entered into it.
	Insiders family.Insiders
	// Asked are those to whom this verification was drawn before, NotMe those of them who
	// said that it must not be they.
	Asked, NotMe []string
	// Overdue let a draw run out, of any case, in the last days.
	Overdue []string
	// StoodIn is the officer who stood in for the family not long ago; empty for none.
	StoodIn string
}

// Draw is to whom a case falls.
type Draw struct {
	Person string
	// StandsIn says that it is an officer, for want of a verifier.
	StandsIn bool
}

// Order gives each person their place in a lot, the least first: the same one whenever it
// is asked about the same prisoner, and known to nobody beforehand.
type Order func(person string) []byte

// Draw draws a person for the case: a verifier who was not asked yet in this
// verification, before one who was, before an officer who stands in. Only where nobody
// else is left does the lot fall on who let one run out, or said that it was not theirs.
func (c Case) Draw(awake Awake, order Order) (Draw, error) {
	for _, without := range [][]string{slices.Concat(c.NotMe, c.Overdue), c.NotMe, nil} {
		if of := c.outside(awake.Verifiers, without); len(of) > 0 {
			return Draw{Person: c.first(of, order)}, nil
		}
		if of := c.outside(awake.Officers, without); len(of) > 0 {
			if slices.Contains(of, c.StoodIn) {
				return Draw{Person: c.StoodIn, StandsIn: true}, nil
			}
			return Draw{Person: c.first(of, order), StandsIn: true}, nil
		}
	}
	return Draw{}, fault.New(fault.Precondition, fault.ReasonNobodyAvailable, "Nobody outside the case is awake who could look at it.")
}

// MayStandIn refuses an officer who would confirm in the place of a verifier, where one
// outside the case is awake, or another officer has stood in for the family. Apart are
// those who have done the other half of it.
func (c Case) MayStandIn(officer string, awake Awake, apart ...string) error {
	if err := c.Insiders.MayConfirm(officer); err != nil {
		return err
	}
	other := c.StoodIn != "" && c.StoodIn != officer && slices.Contains(awake.Officers, c.StoodIn)
	if other || len(c.outside(awake.Verifiers, slices.Concat(c.Overdue, apart))) > 0 {
		return fault.New(fault.PermissionDenied, fault.ReasonNotStandingIn,
			"A verifier outside the case is awake, or another officer stands in for the family: leave it to them.")
	}
	return nil
}

// outside are those of some people who have nothing to do with the case.
func (c Case) outside(people, without []string) (out []string) {
	for _, p := range people {
		if !slices.Contains(c.Insiders, p) && !slices.Contains(without, p) {
			out = append(out, p)
		}
	}
	return out
}

// first is the first of some people in the order of the lot, of those not yet asked
// where there are any.
func (c Case) first(people []string, order Order) string {
	return slices.MinFunc(people, func(a, b string) int {
		if was, is := slices.Contains(c.Asked, a), slices.Contains(c.Asked, b); was != is {
			if was {
				return 1
			}
			return -1
		}
		return bytes.Compare(order(a), order(b))
	})
}
