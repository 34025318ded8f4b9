// Package verb holds state machines as data: what people do with an object, in which
// of its states, and where that leads. What refuses a call and what tells beforehand
// which calls are open read the same table.
package verb

import "slices"

// Steps are what people do with objects of a kind, each verb written as in the URL.
type Steps[V, S ~string] map[V]Step[S]

// Step is what one verb does.
type Step[S ~string] struct {
	// From are the states in which it is open.
	From []S
	// To is the state that it leads to.
	To S
}

// Take returns the state that a verb leads to, and whether it is open in a state.
func (m Steps[V, S]) Take(v V, from S) (to S, open bool) {
	step := m[v]
	return step.To, slices.Contains(step.From, from)
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
