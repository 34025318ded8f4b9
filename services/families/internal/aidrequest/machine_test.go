package aidrequest

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb/verbtest"
)

func TestWhatPeopleDoWithRequestsIsAmongTheirMoves(t *testing.T) {
	t.Parallel()
	verbtest.Check(t, verbtest.Machine[Verb, State]{
		Steps: steps, Moves: moves,
		// Payments close a request and open it again.
		Alone: map[State][]State{Approved: {Closed}, Closed: {Approved}},
	})
}
