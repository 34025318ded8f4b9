package family_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestNobodyConfirmsInACaseOfTheirs(t *testing.T) {
	t.Parallel()
	in := family.Insiders{"staff/s_owner", "staff/s_enterer"}
	for person, why := range map[string]fault.Reason{"staff/s_owner": "SAME_PERSON", "staff/s_enterer": "SAME_PERSON", "staff/s_else": ""} {
		if err := in.MayConfirm(person); (why == "") != (err == nil) || why != "" && !fault.Is(err, why) {
			t.Errorf("%s: %v, want %q", person, err, why)
		}
	}
}

func TestInvolvementEndsAfterNinetyDays(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)
	if since := family.InvolvedSince(now); !since.Equal(time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("since %v", since)
	}
}
