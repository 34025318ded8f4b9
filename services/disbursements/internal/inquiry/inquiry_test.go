package inquiry

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb/verbtest"
)

func TestWhatPeopleDoWithInquiriesIsAmongTheirMoves(t *testing.T) {
	t.Parallel()
	verbtest.Check(t, verbtest.Machine[Verb, State]{Steps: steps, Moves: moves})
}

func TestAnInquiryIsWorkedOutsideTheCaseAndTheFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		state    State
		verb     Verb
		person   string
		involved bool
		reason   fault.Reason
	}{
		"anybody takes it":                      {Open, Take, "a", false, ""},
		"another takes it over":                 {Taken, Take, "a", false, ""},
		"who has it takes it again":             {Taken, Take, "b", false, fault.ReasonInquiryTaken},
		"who carried the file":                  {Open, Take, "f", false, fault.ReasonSamePerson},
		"who had a part in the case":            {Open, Take, "a", true, fault.ReasonInvolvedPerson},
		"who has it closes it":                  {Taken, Close, "b", false, ""},
		"another closes it":                     {Taken, Close, "a", false, fault.ReasonInquiryNotTaken},
		"who came into the case since they did": {Taken, Close, "b", true, fault.ReasonInvolvedPerson},
		"what nobody has taken":                 {Open, Close, "a", false, fault.ReasonIllegalState},
		"what is closed":                        {Closed, Take, "a", false, fault.ReasonIllegalState},
	} {
		i := Inquiry{State: test.state, Handlers: []string{"f"}}
		if test.state != Open {
			i.TakenBy = "b"
		}
		err := i.May(test.verb, test.person, test.involved)
		if (err == nil) != (test.reason == "") || err != nil && !fault.Is(err, test.reason) {
			t.Errorf("%s: %v, want %q", name, err, test.reason)
		}
	}
}
