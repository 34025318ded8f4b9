package prisonerimport

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb/verbtest"
)

func TestWhatPeopleDoWithClashesIsAmongTheirMoves(t *testing.T) {
	t.Parallel()
	verbtest.Check(t, verbtest.Machine[Verb, ClashState]{
		Steps: clashSteps, Moves: clashMoves,
		// A later file supersedes clashes, and so does a decision of the last row in another
		// clash; one that is resolved in part is open again.
		Alone: map[ClashState][]ClashState{Open: {Resolved, Superseded}, Proposed: {Open, Superseded}},
		Still: []Verb{Read},
	})
}
