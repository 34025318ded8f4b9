package agreement_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var today = time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)

func TestAVersionLeaves48HoursToLookAtIt(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Duration]string{0: "2026-11-26", time.Second: "2026-11-27", 23 * time.Hour: "2026-11-27", 24 * time.Hour: "2026-11-27"} {
		now := today.Add(at)
		got := agreement.Earliest(now, agreement.Delay)
		if got.Format(time.DateOnly) != want || got.Sub(now) < agreement.Delay {
			t.Errorf("after %v: %v, want %s", at, got, want)
		}
		if got := agreement.Earliest(now, 0); !got.After(now) || got.Sub(now) > 24*time.Hour {
			t.Errorf("without delays: %v", got)
		}
	}
}

func TestAProposalWithoutADayLeavesTimeToConfirmIt(t *testing.T) {
	t.Parallel()
	if got := agreement.Begins(today, agreement.Delay); got.Format(time.DateOnly) != "2026-11-29" {
		t.Errorf("it begins on %v", got)
	}
	if got := agreement.Begins(today, 0); got.Format(time.DateOnly) != "2026-11-25" {
		t.Errorf("without delays it begins on %v", got)
	}
}

func TestADayTooNearOrTooFarIsNamed(t *testing.T) {
	t.Parallel()
	for days, want := range map[int]fault.FieldReason{-1: fault.FieldTooSmall, 0: "", 365: "", 366: fault.FieldTooLarge} {
		var got fault.FieldReason
		for _, v := range agreement.DayWrong("on", today.AddDate(0, 0, days), today) {
			if got = v.Reason; v.Field != "on" {
				t.Errorf("%d days: %+v", days, v)
			}
		}
		if got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
}

func TestAVersionIsConfirmedByAnotherPersonInTime(t *testing.T) {
	t.Parallel()
	v := agreement.Version{EffectiveOn: today, ProposedBy: "a"}
	for name, test := range map[string]struct {
		person   string
		state    agreement.State
		earliest time.Time
		want     string
	}{
		"another":          {"b", agreement.Proposed, today, ""},
		"the same":         {"a", agreement.Proposed, today, "SAME_PERSON"},
		"too late":         {"b", agreement.Proposed, today.AddDate(0, 0, 1), "POLICY_TOO_SOON"},
		"confirmed before": {"b", agreement.Confirmed, today, "ILLEGAL_STATE"},
	} {
		v.State = test.state
		err := v.May(agreement.Confirm, test.person, test.earliest)
		if (err == nil) != (test.want == "") || err != nil && !fault.Is(err, fault.Reason(test.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if states := agreement.In(agreement.Confirm); len(states) != 1 || states[0] != agreement.Proposed {
		t.Errorf("it is confirmed in %v", states)
	}
}

func TestACommitmentFitsOneDayAndOneContent(t *testing.T) {
	t.Parallel()
	v := agreement.Version{EffectiveOn: today, Content: []byte(`{"cap":1}`)}
	same, later, other := v, v, v
	same.Number, same.State = 7, agreement.Confirmed
	later.EffectiveOn, other.Content = today.AddDate(0, 0, 1), []byte(`{"cap":2}`)
	if !bytes.Equal(v.Commitment(), same.Commitment()) || bytes.Equal(v.Commitment(), later.Commitment()) || bytes.Equal(v.Commitment(), other.Commitment()) {
		t.Error("commitments are equal, or are not")
	}
	var p struct{ Cap int }
	if err := v.Read(&p); err != nil || p.Cap != 1 {
		t.Errorf("read %+v: %v", p, err)
	}
	v.Content = []byte("{")
	if v.Read(&p) == nil {
		t.Error("half a content was read")
	}
}
