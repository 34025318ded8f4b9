package family

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb/verbtest"
)

func TestWhatPeopleDoWithFamiliesIsAmongTheirMoves(t *testing.T) {
	t.Parallel()
	verbtest.Check(t, verbtest.Machine[Verb, State]{
		Steps: steps, Moves: moves,
		// Emergencies, time and closing have no verb yet; a reinstatement leads back to
		// the state before.
		Alone: map[State][]State{
			Draft: {Provisional, Closed}, Submitted: {Provisional, Closed}, InReview: {Closed}, NeedsInfo: {Closed},
			Provisional: {Closed}, Verified: {ReverifyDue, Closed}, ReverifyDue: {Closed}, Suspended: {Verified, ReverifyDue, Closed},
		},
		Still: []Verb{Reinstate, Unseal, Transfer, Lock, Unlock, Look, Reassign, SetDeputy},
	})
}
