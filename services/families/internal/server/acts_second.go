package server

import (
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// seenSecond is something that another person confirms, in a case.
type seenSecond struct {
	family.Second
	in caseOf
	// id and version say what the caller has to have called the family about.
	id      string
	version int
	// first has done the first half of a confirmation that takes two.
	first string
}

// newSecondActs are what is done with something that another person confirms: they call the
// family, and confirm what they heard.
func newSecondActs(what, call, confirm string) action.Table[secondState, seenSecond] {
	return action.New(
		secondAct(what, "call", call, func(x seenSecond) error { return x.in.calls.MayCall(x.id, x.version) }),
		secondAct(what, "confirm", confirm, func(x seenSecond) error { return x.in.calls.CheckCalled(x.id, x.version) }))
}

func secondAct(what, verb, method string, called func(x seenSecond) error) action.Act[secondState, seenSecond] {
	return action.Act[secondState, seenSecond]{
		Verb: verb, Method: method, In: []secondState{family.Pending},
		Shut: func(c identity.Caller, x seenSecond) error {
			if err := x.in.standsIn(c, x.first); err != nil {
				return err
			}
			if err := x.CheckConfirm(what, c.Person); err != nil {
				return err
			}
			if err := x.in.mayConfirm(c); err != nil {
				return err
			}
			return called(x)
		},
	}
}
