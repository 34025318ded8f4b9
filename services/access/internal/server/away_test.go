package server_test

import (
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

func TestSomebodyAwayIsPassedByAndNamesADeputy(t *testing.T) {
	t.Parallel()
	b := fund(t)
	kasia, karl := b.self("kasia").GetName(), b.self("karl").GetName()
	today := b.now.Now().UTC().Format(time.DateOnly)
	leaves := len(b.ledger.Decisions())
	self, err := b.person("kasia").SetAway(t.Context(), &accessv1.SetAwayRequest{Name: kasia, Until: today, Deputy: karl})
	if err != nil || self.GetAwayUntil() != today || self.GetDeputy() != karl {
		t.Fatalf("%v: %v", self, err)
	}
	list, err := b.service("families").ListAwake(t.Context(), &accessv1.ListAwakeRequest{})
	if err != nil || len(list.GetAwake()) != 4 || len(list.GetAway()) != 1 || list.GetAway()[0].GetDeputy() != karl {
		t.Errorf("%v: %v", list, err)
	}
	// Tomorrow they are back, and being away is no leaf.
	b.now.advance(24 * time.Hour)
	if list, err = b.service("families").ListAwake(t.Context(), &accessv1.ListAwakeRequest{}); err != nil || len(list.GetAwake()) != 5 {
		t.Errorf("%v: %v", list, err)
	}
	if again := len(b.ledger.Decisions()); again != leaves {
		t.Errorf("%d leaves more", again-leaves)
	}
}

func TestWhatNobodyCanSayAboutBeingAway(t *testing.T) {
	t.Parallel()
	b := fund(t)
	kasia, karl, tom := b.self("kasia").GetName(), b.self("karl").GetName(), b.self("tom").GetName()
	day := func(n int) string { return b.now.Now().AddDate(0, 0, n).UTC().Format(time.DateOnly) }
	for name, c := range map[string]struct {
		req   *accessv1.SetAwayRequest
		field string
		why   fault.FieldReason
	}{
		"in the past":            {&accessv1.SetAwayRequest{Name: kasia, Until: day(-1)}, "until", fault.FieldInThePast},
		"for ever":               {&accessv1.SetAwayRequest{Name: kasia, Until: day(366)}, "until", fault.FieldTooLarge},
		"no day":                 {&accessv1.SetAwayRequest{Name: kasia, Until: "soon"}, "until", fault.FieldMalformed},
		"a deputy for nobody":    {&accessv1.SetAwayRequest{Name: kasia, Deputy: karl}, "deputy", fault.FieldNotAllowed},
		"one's own deputy":       {&accessv1.SetAwayRequest{Name: kasia, Until: day(1), Deputy: kasia}, "deputy", fault.FieldNotPossible},
		"of the other desk":      {&accessv1.SetAwayRequest{Name: kasia, Until: day(1), Deputy: tom}, "deputy", fault.FieldNotPossible},
		"a deputy nobody knows":  {&accessv1.SetAwayRequest{Name: kasia, Until: day(1), Deputy: "staff/s_x"}, "deputy", fault.FieldNotPossible},
		"a deputy of no form":    {&accessv1.SetAwayRequest{Name: kasia, Until: day(1), Deputy: "karl"}, "deputy", ""},
		"somebody without names": {&accessv1.SetAwayRequest{Until: day(1)}, "name", ""},
	} {
		_, err := b.person("kasia").SetAway(t.Context(), c.req)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != c.field || c.why != "" && f.Violations[0].Reason != c.why {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := b.person("kasia").SetAway(t.Context(), &accessv1.SetAwayRequest{Name: karl, Until: day(1)}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("for somebody else: %v", err)
	}
}

func TestARoleThatRestsIsNotAwake(t *testing.T) {
	t.Parallel()
	b := fund(t)
	b.grant("new", verifier)
	list, err := b.service("families").ListAwake(t.Context(), &accessv1.ListAwakeRequest{})
	if err != nil || len(list.GetAwake()) != 5 {
		t.Errorf("%v: %v", list, err)
	}
	b.now.advance(week)
	list, err = b.service("families").ListAwake(t.Context(), &accessv1.ListAwakeRequest{})
	if err != nil || len(list.GetAwake()) != 6 {
		t.Errorf("after the rest: %v: %v", list, err)
	}
}

func TestEndedSessionsAreRefusedAndNewOnesAreNot(t *testing.T) {
	t.Parallel()
	b := fund(t)
	tom := b.self("tom").GetName()
	ended := func(subject string, issued time.Time) bool {
		r, err := b.service("families").ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Issuer: issuer, Subject: subject, IssueTime: rpc.Moment(issued)})
		if err != nil || r.GetSessionEnded() != (len(r.GetRoles()) == 0) {
			t.Fatalf("%v: %v", r, err)
		}
		return r.GetSessionEnded()
	}
	end := func(by string) error {
		_, err := b.person(by).RevokeSessions(t.Context(), &accessv1.RevokeSessionsRequest{Parent: tom})
		return err
	}
	// Given a token of a minute ago,
	before := b.now.Now()
	b.now.advance(time.Minute)
	if err := end("kasia"); !fault.Is(err, "PERMISSION_DENIED") || ended("tom", before) {
		t.Errorf("by a caseworker: %v", err)
	}
	for _, by := range []string{olga, "tom"} {
		if err := end(by); err != nil || !ended("tom", before) || ended("kasia", before) {
			t.Errorf("by %s: %v", by, err)
		}
		b.now.advance(time.Minute)
		before = b.now.Now()
		if ended("tom", before) {
			t.Errorf("tom signs in again after %s ended his sessions: refused", by)
		}
		b.now.advance(time.Minute)
	}
	// A freeze ends them, too: lifted, it does not bring them back.
	if _, err := b.freeze("kasia", tom); err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"karl", olga} {
		if _, err := b.unfreeze(by, tom); err != nil {
			t.Fatal(err)
		}
	}
	if !ended("tom", before) {
		t.Error("a session of before the freeze goes on")
	}
}
