package family_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAFamilyIsCalledOverWhatWasConfirmed(t *testing.T) {
	t.Parallel()
	known, silent := family.Contact{ID: "c_1"}, family.Contact{ID: "c_2", DoNotContact: true}
	entered := []family.Contact{{ID: "c_3"}}
	for name, c := range map[string]struct {
		known []family.Contact
		want  []family.Contact
	}{
		"none was ever confirmed":       {nil, entered},
		"the others are not called":     {[]family.Contact{known}, []family.Contact{known}},
		"but those that must not be":    {[]family.Contact{known, silent}, []family.Contact{known}},
		"nor then what nobody has seen": {[]family.Contact{silent}, nil},
	} {
		if diff := cmp.Diff(c.want, family.Callable(c.known, entered)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestWhoConfirmsAChannelSaysWhatBecameOfTheOthers(t *testing.T) {
	t.Parallel()
	known, silent := []family.Contact{{ID: "c_1"}}, []family.Contact{{ID: "c_2", DoNotContact: true}}
	for name, c := range map[string]struct {
		said  family.Announcement
		known []family.Contact
		field string
	}{
		"there were none":       {family.Announcement{}, nil, ""},
		"nothing":               {family.Announcement{}, known, "announcedOnKnownChannel"},
		"both":                  {family.Announcement{Announced: true, Dead: true}, known, "knownChannelsDead"},
		"told":                  {family.Announcement{Announced: true}, known, ""},
		"told where one cannot": {family.Announcement{Announced: true}, silent, "announcedOnKnownChannel"},
		"dead":                  {family.Announcement{Dead: true}, silent, ""},
	} {
		err := c.said.Check(c.known)
		if f := fault.As(err); (c.field == "") != (err == nil) || f != nil && f.Violations[0].Field != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDeadChannelsTakeTwoPeopleAndSevenDays(t *testing.T) {
	t.Parallel()
	first := family.First{Person: "staff/s_1", On: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
	late := first.On.Add(family.ChannelWait)
	if err := first.CheckSecond("staff/s_1", late, family.ChannelWait); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("the same: %v", err)
	}
	err := first.CheckSecond("staff/s_2", late.Add(-time.Hour), family.ChannelWait)
	if f := fault.As(err); f == nil || f.Reason != "CHANNEL_WAITS" || f.RetryAfter != time.Hour {
		t.Errorf("an hour too early: %v", err)
	}
	if err := first.CheckSecond("staff/s_2", late, family.ChannelWait); err != nil {
		t.Errorf("in time: %v", err)
	}
}
