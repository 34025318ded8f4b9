package payment

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb/verbtest"
)

func TestWhatPeopleDoWithPaymentsIsAmongTheirMoves(t *testing.T) {
	t.Parallel()
	verbtest.Check(t, verbtest.Machine[Verb, State]{
		Steps: steps, Moves: moves,
		Alone: map[State][]State{
			Pending:   {Submitted}, // its plan is released
			Submitted: {Sent, Settled, Failed, Returned},
			Sent:      {Settled, Failed, Returned},
			Settled:   {Confirmed, Returned}, // its family answers
			Confirmed: {Returned},
		},
		Still: []Verb{IssueCode, RecordRefusal, ConfirmRefusal, RecordSent, RecordDelivery}, // one hand alone moves nothing
	})
}
