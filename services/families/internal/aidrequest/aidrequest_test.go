package aidrequest_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func TestARequestMovesAsDesigned(t *testing.T) {
	t.Parallel()
	states := []aidrequest.State{aidrequest.Submitted, aidrequest.Approved, aidrequest.Rejected, aidrequest.Withdrawn, aidrequest.Closed, ""}
	legal := map[aidrequest.State][]aidrequest.State{
		aidrequest.Submitted: {aidrequest.Approved, aidrequest.Rejected, aidrequest.Withdrawn},
		aidrequest.Approved:  {aidrequest.Closed, aidrequest.Withdrawn},
		aidrequest.Closed:    {aidrequest.Approved},
	}
	for _, from := range states {
		for _, to := range states {
			if err := aidrequest.Move(from, to); (err == nil) != slices.Contains(legal[from], to) {
				t.Errorf("from %q to %q: %v", from, to, err)
			}
		}
	}
}

func TestARequestIsChecked(t *testing.T) {
	t.Parallel()
	good := aidrequest.Request{Category: "FOOD", Amount: money.Amount{MinorUnits: 100, Currency: "EUR"}, Minimum: 100, Cycles: 24}
	if err := good.Check(); err != nil {
		t.Errorf("refused: %v", err)
	}
	for field, spoil := range map[string]func(r *aidrequest.Request){
		"category":           func(r *aidrequest.Request) { r.Category = "" },
		"minimum.minorUnits": func(r *aidrequest.Request) { r.Minimum = 101 },
		"cycles":             func(r *aidrequest.Request) { r.Cycles = 25 },
	} {
		r := good
		spoil(&r)
		if f := fault.As(r.Check()); f == nil || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, f)
		}
	}
}

func TestNeitherSubmitterNorOwnerDecides(t *testing.T) {
	t.Parallel()
	r := aidrequest.Request{Submitter: "staff/s", Owner: "staff/o"}
	for person, refused := range map[string]bool{"staff/s": true, "staff/o": true, "staff/x": false} {
		if err := r.CheckDecider(person); fault.Is(err, "SAME_PERSON") != refused {
			t.Errorf("%s: %v", person, err)
		}
	}
}

func TestOnlyAVerifiedFamilyThatConsentsIsFunded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		state     family.State
		consented bool
		reason    fault.Reason
		held      aidrequest.Reason
	}{
		{family.Verified, true, "", ""}, {family.ReverifyDue, true, "", ""},
		{family.Verified, false, "CONSENT_MISSING", aidrequest.NoConsent},
		{family.Suspended, true, "FAMILY_SUSPENDED", aidrequest.FamilySuspended},
		{family.InReview, true, "FAMILY_NOT_VERIFIED", aidrequest.FamilyNotVerified},
		{family.Closed, true, "FAMILY_NOT_VERIFIED", aidrequest.FamilyNotVerified},
		{"", true, "FAMILY_NOT_VERIFIED", aidrequest.FamilyNotVerified},
	} {
		if err := aidrequest.CheckFundable(c.state, c.consented); (err == nil) != (c.reason == "") || err != nil && !fault.Is(err, c.reason) {
			t.Errorf("%+v: %v", c, err)
		}
		candidate := aidrequest.Candidate{Found: true, State: aidrequest.CycleApproved, Family: c.state, Consented: c.consented}
		if got := candidate.HoldBack(); got != c.held {
			t.Errorf("%+v is held back for %q", c, got)
		}
	}
	taken := aidrequest.Candidate{Found: true, State: aidrequest.CycleAwarded, Family: family.Verified, Consented: true}
	if got := taken.HoldBack(); got != aidrequest.NotApproved {
		t.Errorf("an awarded cycle is held back for %q", got)
	}
	if got := (aidrequest.Candidate{}).HoldBack(); got != aidrequest.Unknown {
		t.Errorf("an unknown cycle is held back for %q", got)
	}
}

func TestCyclesAreDueMonthAfterMonth(t *testing.T) {
	t.Parallel()
	plan := aidrequest.Plan(3, time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC))
	for i, due := range []string{"2026-11-01", "2026-12-01", "2027-01-01"} {
		if c := plan[i]; c.Due.Format(time.DateOnly) != due || c.Number != i+1 || c.State != aidrequest.CycleApproved || c.Part != 1 {
			t.Errorf("cycle %d is %+v", i+1, c)
		}
	}
}

// Whatever is reported in whatever order and however often, a cycle is held by a
// round exactly while it is awarded or paid, and each way back is a new part.
func TestReportsKeepACycleConsistent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := aidrequest.Cycle{Number: 1, State: aidrequest.CycleApproved, Part: 1}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			if c.State == aidrequest.CycleApproved && rapid.Bool().Draw(t, "award") {
				c.State, c.Round = aidrequest.CycleAwarded, "allocationRounds/r_1"
			}
			paid, round := rapid.Bool().Draw(t, "paid"), rapid.SampledFrom([]string{"", "allocationRounds/r_1", "allocationRounds/r_0"}).Draw(t, "round")
			next, changed, err := c.Report(paid, round)
			again, repeated, _ := next.Report(paid, round)
			held := next.State == aidrequest.CycleAwarded || next.State == aidrequest.CyclePaid
			switch {
			case (next.Round != "") != held:
				t.Fatalf("%+v", next)
			case err != nil && (changed || next != c):
				t.Fatalf("a refused report changed %+v to %+v", c, next)
			case changed && (repeated || again != next):
				t.Fatalf("the repeat changed %+v to %+v", next, again)
			case next.Part != c.Part && (next.Part != c.Part+1 || next.State != aidrequest.CycleApproved):
				t.Fatalf("from %+v to %+v", c, next)
			case round == "allocationRounds/r_0" && c.Round != "" && changed:
				t.Fatalf("a report of another round changed %+v", c)
			}
			c = next
		}
	})
}

func TestTiersAndWeights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		category, urgency string
		tier              int
	}{
		{"FOOD", "CRITICAL", 1}, {"RENT", "CRITICAL", 1}, {"MEDICAL", "HIGH", 1}, {"RENT", "HIGH", 2},
		{"FOOD", "NORMAL", 2}, {"PARCELS", "NORMAL", 3}, {"LETTERS", "LOW", 4}, {"FOOD", "LOW", 3}, {"OTHER", "", 3},
	} {
		if got := aidrequest.Tier(c.category, c.urgency); got != c.tier {
			t.Errorf("%s %s is of tier %d, want %d", c.category, c.urgency, got, c.tier)
		}
	}
	if aidrequest.Weight(0) != 10 || aidrequest.Weight(3) != 19 {
		t.Errorf("weights are %d and %d", aidrequest.Weight(0), aidrequest.Weight(3))
	}
}
