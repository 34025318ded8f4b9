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

func TestThePersonDrawnMayUnsealForADay(t *testing.T) {
	t.Parallel()
	drawn := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	v := verification.Verification{Confirmer: "staff/c", Outcome: verification.Proposed, ProposedAt: drawn}
	if !v.MayUnseal("staff/c", drawn.Add(24*time.Hour-time.Second)) {
		t.Error("not within the day")
	}
	if v.MayUnseal("staff/c", drawn.Add(24*time.Hour)) || v.MayUnseal("staff/x", drawn) {
		t.Error("after the day, or by another")
	}
	v.Outcome = verification.Confirmed
	if v.MayUnseal("staff/c", drawn) {
		t.Error("after the decision")
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
