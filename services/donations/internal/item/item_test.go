package item_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/item"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestAnItemIsClearedByTwo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state  item.State
		verb   item.Verb
		person string
		want   fault.Reason
	}{
		{item.Waiting, item.Propose, "staff/s_1", ""},
		{item.Waiting, item.Approve, "staff/s_2", fault.ReasonIllegalState},
		{item.Waiting, item.Reject, "staff/s_2", fault.ReasonIllegalState},
		{item.Proposed, item.Propose, "staff/s_1", ""},
		{item.Proposed, item.Approve, "staff/s_1", fault.ReasonSamePerson},
		{item.Proposed, item.Reject, "staff/s_1", fault.ReasonSamePerson},
		{item.Proposed, item.Approve, "staff/s_2", ""},
		{item.Proposed, item.Reject, "staff/s_2", ""},
		{item.Cleared, item.Propose, "staff/s_1", fault.ReasonIllegalState},
		{item.Cleared, item.Approve, "staff/s_2", fault.ReasonIllegalState},
	} {
		i := item.Item{State: c.state, Proposal: item.Proposal{Proposer: "staff/s_1"}}
		if err := i.May(c.verb, c.person); (err == nil) != (c.want == "") || c.want != "" && !fault.Is(err, c.want) {
			t.Errorf("%s a %s one by %s: %v, want %q", c.verb, c.state, c.person, err, c.want)
		}
	}
}

func TestAProposalSaysWhoseMoneyItIs(t *testing.T) {
	t.Parallel()
	evidence := make([]byte, 32)
	for name, c := range map[string]struct {
		minor int64
		item.Proposal
		good bool
	}{
		"money for a fund":         {100, item.Proposal{Fund: "general", Evidence: evidence}, true},
		"money for nobody":         {100, item.Proposal{Evidence: evidence}, false},
		"no money":                 {0, item.Proposal{Evidence: evidence}, true},
		"no money, and a fund":     {0, item.Proposal{Fund: "general", Evidence: evidence}, false},
		"no evidence":              {0, item.Proposal{}, false},
		"evidence of another size": {0, item.Proposal{Evidence: evidence[:31]}, false},
	} {
		if err := (item.Item{Amount: postingtest.EUR(c.minor)}).Check(c.Proposal); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnItemGetsOlderUntilItIsCleared(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after   time.Duration
		days    int
		overdue bool
	}{{0, 0, false}, {24 * time.Hour, 1, false}, {72*time.Hour - 1, 2, false}, {72 * time.Hour, 3, true}} {
		i := item.Item{State: item.Proposed, CreatedAt: made}
		if got, late := i.Waited(made.Add(c.after)), i.Overdue(made.Add(c.after)); got != c.days || late != c.overdue {
			t.Errorf("after %v: %d days, overdue %v", c.after, got, late)
		}
		i.State = item.Cleared
		if i.Waited(made.Add(c.after)) != 0 || i.Overdue(made.Add(c.after)) {
			t.Errorf("after %v a cleared one waits", c.after)
		}
	}
}
