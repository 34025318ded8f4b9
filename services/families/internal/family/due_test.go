package family_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
)

func TestAFamilyThatIsDueForLongIsPaidNoMore(t *testing.T) {
	t.Parallel()
	overdue := family.Holds{Overdue: true}
	for state, want := range map[family.State]family.State{
		family.ReverifyDue: family.Overdue, family.Verified: family.Verified, family.Suspended: family.Suspended,
	} {
		if got := overdue.Of(state); got != want {
			t.Errorf("%s is %s", state, got)
		}
	}
	overdue.LockedBy = "staff/s_1"
	if got := overdue.Of(family.ReverifyDue); got != family.Held {
		t.Errorf("a locked one is %s", got)
	}
}

func TestDaysOfAVerificationAreCountedInUTC(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 12, 31, 1, 0, 0, 0, time.FixedZone("", 7200)) // 30 December in UTC
	if got := family.VerifiedBefore(now, 365); !got.Equal(time.Date(2025, 12, 30, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("verified before %v", got)
	}
}
