package period_test

import (
	"bytes"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

func proposed(t *testing.T) period.Close {
	t.Helper()
	review, err := period.NewReview(last, books(), facts())
	if err != nil {
		t.Fatal(err)
	}
	review.Items = []period.Item{{Account: inEuros("suspense:stripe"), Balance: 3, Oldest: day("2026-11-05"), Ages: [4]int64{3}}}
	return period.Close{
		ID: "per_1", First: day("2026-11-01"), Last: last, State: period.Proposed,
		Proposer: "staff/s_1", ProposedOn: day("2026-12-02"), Review: review,
	}
}

func TestTheLastDayIsBeforeTodayAndNotClosedYet(t *testing.T) {
	t.Parallel()
	open, today := day("2026-11-01"), day("2026-12-02")
	for name, c := range map[string]struct {
		last, open leaf.Day
		field      string
		reason     fault.Reason
	}{
		"a month":         {last, open, "", ""},
		"one day":         {open, open, "", ""},
		"up to yesterday": {today - 1, open, "", ""},
		"today":           {today, open, "lastDay", "INVALID_FIELD"},
		"the future":      {today + 9, open, "lastDay", "INVALID_FIELD"},
		"closed already":  {open - 1, open, "lastDay", "INVALID_FIELD"},
		"empty books":     {last, 0, "", "NOTHING_BOOKED"},
	} {
		got := fault.As(period.CheckLast(c.last, c.open, today))
		switch {
		case got == nil && c.reason == "":
		case got == nil || got.Reason != c.reason, c.field != "" && got.Violations[0].Field != c.field:
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestACloseIsConfirmedByAnotherPersonWhoSawIt(t *testing.T) {
	t.Parallel()
	c := proposed(t)
	seen := c.Digest()
	closed, rejected := c, c
	closed.State, rejected.State = period.Closed, period.Rejected
	for name, x := range map[string]struct {
		close  period.Close
		person string
		digest []byte
		reason fault.Reason
	}{
		"another":              {c, "staff/s_2", seen[:], ""},
		"the proposer":         {c, "staff/s_1", seen[:], "SAME_PERSON"},
		"who imported":         {c, statement.Importer, seen[:], "SAME_PERSON"},
		"with another digest":  {c, "staff/s_2", bytes.Repeat([]byte{1}, 32), "DIGEST_MISMATCH"},
		"one closed already":   {closed, "staff/s_2", seen[:], "ILLEGAL_STATE"},
		"one rejected already": {rejected, "staff/s_2", seen[:], "ILLEGAL_STATE"},
	} {
		err := x.close.Confirm(x.person, x.digest)
		if (err == nil) != (x.reason == "") || err != nil && !fault.Is(err, x.reason) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhoImportedAStatementIsToldOfWhichAccount(t *testing.T) {
	t.Parallel()
	c := proposed(t)
	second := c.Review.Banks[0]
	second.Account = inEuros("asset:bank:second")
	c.Review.Banks = append(c.Review.Banks, second)
	seen := c.Digest()
	f := fault.As(c.Confirm(statement.Importer, seen[:]))
	if f == nil || f.Kind != fault.PermissionDenied || len(f.Violations) != 2 ||
		f.Violations[0].Field != "asset:bank:main" || f.Violations[1].Field != "asset:bank:second" {
		t.Errorf("%v", f)
	}
}

func TestEverythingShownIsUnderTheDigest(t *testing.T) {
	t.Parallel()
	seen := proposed(t).Digest()
	for name, change := range map[string]func(*period.Close){
		"id":            func(c *period.Close) { c.ID = "per_2" },
		"first day":     func(c *period.Close) { c.First++ },
		"last day":      func(c *period.Close) { c.Last++ },
		"proposer":      func(c *period.Close) { c.Proposer = "staff/s_3" },
		"proposed on":   func(c *period.Close) { c.ProposedOn++ },
		"size":          func(c *period.Close) { c.Size++ },
		"statement":     func(c *period.Close) { c.Review.Banks[0].Statement.Name = "statements/st_2" },
		"file":          func(c *period.Close) { c.Review.Banks[0].Statement.SHA256[31]++ },
		"importer":      func(c *period.Close) { c.Review.Banks[0].Statement.Importer = "staff/s_6" },
		"figure":        func(c *period.Close) { c.Review.Figures[0].Balance++ },
		"class":         func(c *period.Close) { c.Review.Figures[0].Class = "award" },
		"no figures":    func(c *period.Close) { c.Review.Figures = nil },
		"accounts":      func(c *period.Close) { c.Review.Accounts++ },
		"trial balance": func(c *period.Close) { c.Review.TrialBalance[0]++ },
		"bank":          func(c *period.Close) { c.Review.Banks[0].Outside++ },
		"statement day": func(c *period.Close) { c.Review.Banks[0].StatementDay++ },
		"stripe":        func(c *period.Close) { c.Review.Stripe[0].Books++ },
		"moved lists": func(c *period.Close) {
			c.Review.Banks, c.Review.Stripe = nil, append(c.Review.Banks, c.Review.Stripe...)
		},
		"open item":  func(c *period.Close) { c.Review.Items[0].Balance++ },
		"age":        func(c *period.Close) { c.Review.Items[0].Ages[3]++ },
		"oldest day": func(c *period.Close) { c.Review.Items[0].Oldest++ },
	} {
		c := proposed(t)
		change(&c)
		if c.Digest() == seen {
			t.Errorf("%s is not under the digest", name)
		}
	}
}

func TestFiguresThatChangedAreNoticed(t *testing.T) {
	t.Parallel()
	c := proposed(t)
	if !c.Unchanged(c.Review) {
		t.Error("nothing has changed")
	}
	for name, change := range map[string]func(*period.Review){
		"another trial balance": func(r *period.Review) { r.TrialBalance[5]++ },
		"another statement":     func(r *period.Review) { r.Banks[0].Statement.Name = "statements/st_2" },
		"another age":           func(r *period.Review) { r.Items[0].Oldest-- },
		"nothing open":          func(r *period.Review) { r.Items = nil },
	} {
		other := proposed(t).Review
		change(&other)
		if c.Unchanged(other) {
			t.Errorf("%s: not noticed", name)
		}
	}
}

func TestOnlyAProposalIsDecidedAbout(t *testing.T) {
	t.Parallel()
	for _, from := range []period.State{"", period.Proposed, period.Closed, period.Rejected} {
		c := period.Close{State: from, Proposer: "staff/s_1"}
		for _, v := range []period.Verb{period.ConfirmClose, period.RejectClose} {
			if err := c.May(v, "staff/s_2"); (err == nil) != (from == period.Proposed) {
				t.Errorf("%s from %s: %v", v, from, err)
			}
		}
	}
	own := period.Close{State: period.Proposed, Proposer: "staff/s_1"}
	if err := own.May(period.ConfirmClose, "staff/s_1"); !fault.Is(err, fault.ReasonSamePerson) {
		t.Errorf("confirmed by its proposer: %v", err)
	}
	if err := own.May(period.RejectClose, "staff/s_1"); err != nil {
		t.Errorf("withdrawn by its proposer: %v", err)
	}
}
