package pledge

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb"
	"github.com/solidarity-fund/solidarity/services/internal/verb/verbtest"
)

func TestWhatPeopleDoWithPledgesIsAmongTheirMoves(t *testing.T) {
	t.Parallel()
	verbtest.Check(t, verbtest.Machine[string, State]{
		Steps: verb.Steps[string, State]{
			"cancel": {From: Before(Cancelled), To: Cancelled}, "pause": {From: Before(Paused), To: Paused}, "resume": {From: []State{Paused}, To: Active},
		},
		Moves: moves,
		// Payments fulfil and time lapses them; a saved card lets a recurring one begin.
		Alone: map[State][]State{
			Pending: {Active, Fulfilled, Lapsed}, Active: {Fulfilled, Lapsed}, Paused: {Fulfilled, Lapsed},
			Cancelled: {Fulfilled}, Lapsed: {Fulfilled},
		},
	})
}
