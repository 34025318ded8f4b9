package verification_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestOnlyThePersonDrawnDecides(t *testing.T) {
	t.Parallel()
	v := verification.Verification{Owner: "staff/o", Proposer: "staff/p", Confirmer: "staff/c", Outcome: verification.Proposed}
	for person, reason := range map[string]fault.Reason{"staff/o": "SAME_PERSON", "staff/p": "SAME_PERSON", "staff/x": "NOT_DRAWN", "": "NOT_DRAWN"} {
		if err := v.CheckDecider(person); !fault.Is(err, reason) {
			t.Errorf("%q: %v, want %s", person, err, reason)
		}
	}
	if err := v.CheckDecider("staff/c"); err != nil {
		t.Errorf("the person drawn: %v", err)
	}
}

func TestThePersonDrawnMayUnsealForThreeDays(t *testing.T) {
	t.Parallel()
	drawn := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	v := verification.Verification{Confirmer: "staff/c", Outcome: verification.Proposed, DrawnAt: drawn}
	if !v.MayUnseal("staff/c", drawn.Add(72*time.Hour-time.Second)) {
		t.Error("not within three days")
	}
	if v.MayUnseal("staff/c", drawn.Add(72*time.Hour)) || v.MayUnseal("staff/x", drawn) {
		t.Error("after three days, or by another")
	}
	v.Outcome = verification.Confirmed
	if v.MayUnseal("staff/c", drawn) {
		t.Error("after the decision")
	}
}

func TestACaseIsDrawnAnewInItsTime(t *testing.T) {
	t.Parallel()
	drawn := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	v := verification.Verification{Confirmer: "staff/c", Outcome: verification.Proposed, DrawnAt: drawn}
	for _, c := range []struct {
		awake bool
		after time.Duration
		why   verification.Why
	}{
		{true, 0, ""}, {true, 72*time.Hour - 1, ""}, {true, 72 * time.Hour, verification.RanOut},
		{false, 0, verification.Asleep}, {false, 72 * time.Hour, verification.RanOut},
	} {
		if why := v.Passed(c.awake, drawn.Add(c.after)); why != c.why {
			t.Errorf("awake %v, after %v: %q, want %q", c.awake, c.after, why, c.why)
		}
	}
	v.Outcome = verification.Confirmed
	if why := v.Passed(false, drawn.AddDate(1, 0, 0)); why != "" {
		t.Errorf("decided: %q", why)
	}
}

func TestEachOutcomeLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for outcome, state := range map[verification.Outcome]family.State{
		verification.Proposed: family.InReview, verification.Confirmed: family.Verified,
		verification.Rejected: family.Rejected, verification.Returned: family.NeedsInfo,
	} {
		if got := outcome.FamilyState(); got != state {
			t.Errorf("%s leads to %s", outcome, got)
		}
	}
}
