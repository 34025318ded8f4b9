// Package verbtest holds the two tables of a state machine against each other: what people
// do with an object, and where it may go at all.
package verbtest

import (
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// Machine is a state machine as its package has it.
type Machine[V, S ~string] struct {
	// Steps are what people do, Moves are all legal moves.
	Steps verb.Steps[V, S]
	Moves map[S][]S
	// Alone are the moves that no verb makes, but a rule, a rail or another service.
	Alone map[S][]S
	// Still are the verbs that move nothing by themselves.
	Still []V
}

// Check fails where a verb leads where nothing may go, where a move is made by nobody, and
// where what is said to be alone or still is not.
func Check[V, S ~string](t testing.TB, m Machine[V, S]) {
	t.Helper()
	for _, complaint := range m.wrong() {
		t.Error(complaint)
	}
}

func (m Machine[V, S]) wrong() (complaints []string) {
	led := map[S][]S{}
	for v, step := range m.Steps {
		if slices.Contains(m.Still, v) {
			continue
		}
		for _, from := range step.From {
			led[from] = append(led[from], step.To)
			if from != step.To && !slices.Contains(m.Moves[from], step.To) {
				complaints = append(complaints, string(v)+" leads from "+string(from)+" to "+string(step.To)+", which is no legal move")
			}
		}
	}
	for from, next := range m.Moves {
		for _, to := range next {
			if byVerb, alone := slices.Contains(led[from], to), slices.Contains(m.Alone[from], to); byVerb == alone {
				complaints = append(complaints, "from "+string(from)+" to "+string(to)+": one of a verb and a rule must lead there, and not both")
			}
		}
	}
	for from, next := range m.Alone {
		for _, to := range next {
			if !slices.Contains(m.Moves[from], to) {
				complaints = append(complaints, "from "+string(from)+" to "+string(to)+" is said to happen alone, and is no legal move")
			}
		}
	}
	for _, v := range m.Still {
		if _, there := m.Steps[v]; !there {
			complaints = append(complaints, string(v)+" is said to move nothing, and is no verb")
		}
	}
	slices.Sort(complaints)
	return complaints
}
