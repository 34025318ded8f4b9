package plan

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var (
	states = []State{Draft, Locked, InApproval, InAuthorization, InRelease, Accepted, Finished, Closed, Aborted}
	kinds  = []Kind{Lock, Unlock, Submit, Approve, Authorize, Release, Reject, Object, Abort, Close, Create, Download, ProposeDownload}
)

func TestAPlanTakesOnlyItsOwnSteps(t *testing.T) {
	t.Parallel()
	allowed := map[Kind]map[State]State{
		Lock: {Draft: Locked}, Submit: {Locked: InApproval}, Approve: {InApproval: InAuthorization},
		Authorize: {InAuthorization: InRelease}, Release: {InRelease: Accepted}, Close: {Finished: Closed},
		Unlock: {Locked: Draft, InApproval: Draft, InAuthorization: Draft, InRelease: Draft},
		Reject: {InApproval: Draft, InAuthorization: Draft, InRelease: Draft},
		Object: {Locked: Draft, InApproval: Draft, InAuthorization: Draft, InRelease: Draft},
		Abort:  {Draft: Aborted, Locked: Aborted},
	}
	for _, kind := range kinds {
		for _, from := range states {
			rule, err := RuleOf(kind, from)
			to, ok := allowed[kind][from]
			if (err == nil) != ok || rule.To != to {
				t.Errorf("%s from %s: %v, %v", kind, from, rule, err)
			}
		}
	}
}

// TestNothingIsReleasedThatWasNotApprovedAndAuthorised takes any steps: before
// each release stand an approval and an authorisation since the last voiding.
func TestNothingIsReleasedThatWasNotApprovedAndAuthorised(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		state := Draft
		var approved, authorised bool
		for range 40 {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			rule, err := RuleOf(kind, state)
			if err != nil {
				continue
			}
			state = rule.To
			switch {
			case rule.Voids:
				approved, authorised = false, false
			case kind == Approve:
				approved = true
			case kind == Authorize:
				authorised = true
			case kind == Release && !(approved && authorised):
				t.Fatal("released without decisions")
			}
		}
	})
}

func TestAPersonTakesOneHat(t *testing.T) {
	t.Parallel()
	hats := []Hat{Maker, Approver, Authorizer, Releaser}
	for _, want := range hats {
		for _, has := range append(hats, "") {
			if err := MayTake(want, has); (err == nil) != (has == "" || has == want) {
				t.Errorf("%s wants %s: %v", has, want, err)
			}
		}
	}
	if err := MayTake("", Approver); err != nil {
		t.Errorf("an act without a hat: %v", err)
	}
}

func TestOnlyLiveDecisionsExpire(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	old := Act{Kind: Approve, Expires: Expires(Approve, now.AddDate(0, 0, -8), 7)}
	if err := CheckFresh([]Act{old}, now); !fault.Is(err, "APPROVAL_EXPIRED") {
		t.Errorf("old approval: %v", err)
	}
	if err := CheckFresh([]Act{{Kind: Approve, Expires: Expires(Approve, now.AddDate(0, 0, -7), 7)}}, now); err != nil {
		t.Errorf("on its last day: %v", err)
	}
	old.Void = true
	if err := CheckFresh([]Act{old, {Kind: Approve, Expires: Expires(Approve, now, 7)}, {Kind: Lock}}, now); err != nil {
		t.Errorf("fresh approval: %v", err)
	}
}
