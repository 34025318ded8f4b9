// Package verb holds state machines as data: what people do with an object, in which
// of its states, and where that leads. What refuses a call and what tells beforehand
// which calls are open read the same table.
package verb

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Steps are what people do with objects of a kind, each verb written as in the URL.
type Steps[V, S ~string] map[V]Step[S]

// Step is what one verb does.
type Step[S ~string] struct {
	// From are the states in which it is open.
	From []S
	// To is the state that it leads to.
	To S
}

// Take returns the state that a verb leads to from another, or fault.State where it is
// shut; what names the object.
func (m Steps[V, S]) Take(what string, v V, from S) (S, error) {
	step := m[v]
	if !slices.Contains(step.From, from) {
		return from, fault.State(what, string(from), string(step.To))
	}
	return step.To, nil
}

// Before are the states from which moves lead to another: those of a machine whose verbs
// are named by where they lead.
func Before[S ~string](moves map[S][]S, to S) []S {
	var list []S
	for from, next := range moves {
		if slices.Contains(next, to) {
			list = append(list, from)
		}
	}
	slices.Sort(list)
	return list
}

// In are the states in which a verb is open.
func (m Steps[V, S]) In(v V) []S { return slices.Clone(m[v].From) }
