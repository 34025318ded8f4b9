package statement

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestASecondPersonConfirmsAStatement(t *testing.T) {
	t.Parallel()
	taken := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		person, importer string
		state            State
		days             int
		reason           fault.Reason
	}{
		"somebody else":                              {"c", "b", Waiting, 0, ""},
		"who imported it":                            {"b", "b", Waiting, 9, fault.ReasonSamePerson},
		"who fetched the file":                       {"a", "b", Waiting, 2, fault.ReasonSamePerson},
		"who fetched the file, nobody else for days": {"a", "b", Waiting, 3, ""},
		"of two who fetched it":                      {"a2", "a", Waiting, 9, fault.ReasonSamePerson},
		"twice":                                      {"c", "b", Confirmed, 0, fault.ReasonIllegalState},
	} {
		s := Standing{State: test.state, ImportedBy: test.importer, Fetchers: []string{"a", "a2"}, Taken: taken}
		err := s.May(Confirm, test.person, taken.AddDate(0, 0, test.days))
		if (err == nil) != (test.reason == "") || err != nil && !fault.Is(err, test.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTwoPassOverAGap(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		gap    GapState
		person string
		reason fault.Reason
	}{
		"the first":           {GapOpen, "a", ""},
		"the first once more": {GapProposed, "a", fault.ReasonSamePerson},
		"the second":          {GapProposed, "b", ""},
		"a third":             {GapPassed, "c", fault.ReasonNoStatementGap},
		"no gap":              {"", "a", fault.ReasonNoStatementGap},
	} {
		err := Standing{State: Confirmed, Gap: test.gap, GapProposedBy: "a"}.May(PassGap, test.person, time.Time{})
		if (err == nil) != (test.reason == "") || err != nil && !fault.Is(err, test.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
