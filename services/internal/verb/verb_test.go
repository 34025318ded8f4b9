package verb_test

import (
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

type (
	door string
	turn string
)

var doors = verb.Steps[turn, door]{
	"open": {From: []door{"SHUT"}, To: "AJAR"},
	"shut": {From: []door{"AJAR", "WIDE"}, To: "SHUT"},
}

func TestAVerbLeadsOnFromItsStatesAlone(t *testing.T) {
	t.Parallel()
	for _, from := range []door{"SHUT", "AJAR", "WIDE", ""} {
		for v, want := range map[turn]map[door]door{
			"open": {"SHUT": "AJAR"}, "shut": {"AJAR": "SHUT", "WIDE": "SHUT"}, "paint": {},
		} {
			to, taken := doors.Take(v, from)
			next, open := want[from]
			if taken != open || open && to != next {
				t.Errorf("%s from %s: %s, %t", v, from, to, taken)
			}
			if slices.Contains(doors.In(v), from) != open {
				t.Errorf("%s is open in %v", v, doors.In(v))
			}
		}
	}
}

func TestTheStatesBeforeAnotherAreThoseThatLeadThere(t *testing.T) {
	t.Parallel()
	moves := map[door][]door{"SHUT": {"AJAR"}, "WIDE": {"AJAR", "SHUT"}, "AJAR": {"SHUT", "WIDE"}}
	for to, want := range map[door][]door{"AJAR": {"SHUT", "WIDE"}, "SHUT": {"AJAR", "WIDE"}, "BROKEN": nil} {
		if got := verb.Before(moves, to); !slices.Equal(got, want) {
			t.Errorf("before %s: %v", to, got)
		}
	}
}

func TestNobodyChangesTheTableByWhatItTells(t *testing.T) {
	t.Parallel()
	// given
	own := verb.Steps[turn, door]{"shut": {From: []door{"AJAR", "WIDE"}, To: "SHUT"}}
	// when
	own.In("shut")[0] = "BROKEN"
	// then
	if _, open := own.Take("shut", "AJAR"); !open {
		t.Error("the table has changed")
	}
}
