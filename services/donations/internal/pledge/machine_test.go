package pledge

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb"
	"github.com/solidarity-fund/solidarity/services/internal/verb/verbtest"
)

func TestWhatPeopleDoWithPledgesIsAmongTheirMoves(t *testing.T) {
	t.Parallel()
	verbtest.Check(t, verbtest.Machine[string, State]{
		Steps: verb.Steps[string, State]{"cancel": {From: Before(Cancelled), To: Cancelled}},
		Moves: moves,
		// Payments fulfil and time lapses them; recurring ones have no verb yet.
		Alone: map[State][]State{
			Pending: {Active, Fulfilled, Lapsed}, Active: {Paused, Fulfilled, Lapsed}, Paused: {Active, Fulfilled, Lapsed},
			Cancelled: {Fulfilled}, Lapsed: {Fulfilled},
		},
	})
}
