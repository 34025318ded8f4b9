// Package action says what a caller could do with a resource now. Which roles may,
// stands in the policy of each RPC; what else forbids it, in the rules that the RPC
// itself asks. Nothing is decided here: each call is judged again when it comes.
package action

import (
	"errors"
	"slices"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// ErrNothing is what Shut answers where the call would succeed and change nothing: such
// a verb is told neither as open nor as shut.
var ErrNothing = errors.New("the call would change nothing")

// Act is an RPC that does something with a resource: S is the resource's state, T what
// the rules of the act must know of it and of who asks.
type Act[S ~string, T any] struct {
	// Verb is as in the URL, "approve".
	Verb string
	// Method is the full name of the RPC, "/solidarity.ledger.v1.…".
	Method string
	// In are the states in which it may be open, by the state machine.
	In []S
	// Shut is what the call would be refused with now, the roles apart; nil where it is
	// open.
	Shut func(c identity.Caller, t T) error
}

// Table is what can be done with one kind of resource.
type Table[S ~string, T any] struct {
	acts []Act[S, T]
	// may says whether a caller's roles let them call a method, rests whether all of these
	// roles rest where that forbids it.
	may, rests func(c identity.Caller, method string) bool
}

// New makes the table of some acts. An act whose method is not in the contract is
// nobody's.
func New[S ~string, T any](acts ...Act[S, T]) Table[S, T] {
	policies := make(map[string]*policyv1.Policy, len(acts))
	for _, a := range acts {
		policies[a.Method] = policy.ForMethod(a.Method)
	}
	return Table[S, T]{
		acts: acts,
		may: func(c identity.Caller, method string) bool {
			p := policies[method]
			return slices.ContainsFunc(p.GetRoles(), c.Has) || p.GetLapsed() && c.Lapsed
		},
		rests: func(c identity.Caller, method string) bool {
			p := policies[method]
			return p.GetRested() && !slices.ContainsFunc(p.GetRoles(), c.Rested)
		},
	}
}

// Of returns the verbs that the caller could use now, and those of their roles that are
// shut, with the reason. Who has none of the roles is told nothing: a reader has no
// buttons.
func (t Table[S, T]) Of(c identity.Caller, object T) (allowed []string, blocked []*typev1.BlockedAction) {
	for _, a := range t.acts {
		if !t.may(c, a.Method) {
			continue
		}
		err := a.Shut(c, object)
		if err == nil && t.rests(c, a.Method) {
			err = fault.RoleRests()
		}
		if err == nil {
			allowed = append(allowed, a.Verb)
			continue
		}
		if errors.Is(err, ErrNothing) {
			continue
		}
		reason := fault.ReasonInternal
		if f := fault.As(err); f != nil {
			reason = f.Reason
		}
		blocked = append(blocked, &typev1.BlockedAction{Action: a.Verb, Reason: string(reason)})
	}
	return allowed, blocked
}

// States are those in which some act may be open to the caller's roles: outside of them
// nothing is allowed to the caller. A list filters by them, then by what Of says.
func (t Table[S, T]) States(c identity.Caller) []S {
	var list []S
	for _, a := range t.acts {
		if t.may(c, a.Method) {
			list = append(list, a.In...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Methods are the full names of the RPCs, by verb.
func (t Table[S, T]) Methods() map[string]string {
	list := make(map[string]string, len(t.acts))
	for _, a := range t.acts {
		list[a.Verb] = a.Method
	}
	return list
}
