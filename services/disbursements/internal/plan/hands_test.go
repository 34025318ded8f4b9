package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// TestStepsThatAPlanDoesNotNeedArePassedOver walks plans of two to six persons.
func TestStepsThatAPlanDoesNotNeedArePassedOver(t *testing.T) {
	t.Parallel()
	for persons, want := range map[int]struct {
		approvals int
		after     State
	}{
		0: {1, InAuthorization}, 2: {1, InRelease}, 3: {1, InRelease}, 4: {1, InAuthorization}, 5: {2, InAuthorization}, 6: {3, InAuthorization},
	} {
		p := Plan{State: InApproval, Hands: Hands{Persons: persons, Locked: noon}}
		for n := 1; p.State == InApproval; n++ {
			r, err := p.RuleFor(Approve, "", noon)
			if err != nil || n > want.approvals {
				t.Fatalf("%d persons: approval %d, %v", persons, n, err)
			}
			p.State, p.Acts = r.To, append(p.Acts, Act{Kind: Approve})
		}
		if p.State != want.after || len(p.Acts) != want.approvals {
			t.Errorf("%d persons: %s after %d approvals", persons, p.State, len(p.Acts))
		}
	}
}

// TestTheMakerReleasesWhereTwoAreEnough asks for plans of two persons, and for those
// that have waited.
func TestTheMakerReleasesWhereTwoAreEnough(t *testing.T) {
	t.Parallel()
	approved := []Act{{Kind: Approve}}
	for name, test := range map[string]struct {
		p    Plan
		days int
		hat  Hat // empty where the release is refused
	}{
		"two persons":              {Plan{State: InRelease, Hands: Hands{Persons: 2}}, 0, Maker},
		"three persons":            {Plan{State: InRelease, Hands: Hands{Persons: 3}}, 100, Releaser},
		"three, a day too early":   {Plan{State: InRelease, Hands: Hands{Persons: 3, WaitDays: 3, Locked: noon}}, 2, ""},
		"three that have waited":   {Plan{State: InRelease, Hands: Hands{Persons: 3, WaitDays: 3, Locked: noon}}, 3, Maker},
		"four that have waited":    {Plan{State: InAuthorization, Acts: approved, Hands: Hands{Persons: 4, WaitDays: 3, Locked: noon}}, 3, Maker},
		"four, a day too early":    {Plan{State: InAuthorization, Acts: approved, Hands: Hands{Persons: 4, WaitDays: 3, Locked: noon}}, 2, ""},
		"five, one of two approve": {Plan{State: InApproval, Acts: approved, Hands: Hands{Persons: 5, WaitDays: 3, Locked: noon}}, 3, Maker},
		"waited, but not approved": {Plan{State: InApproval, Hands: Hands{Persons: 5, WaitDays: 3, Locked: noon}}, 3, ""},
		"a void approval": {
			Plan{State: InApproval, Acts: []Act{{Kind: Approve, Void: true}}, Hands: Hands{Persons: 5, WaitDays: 3, Locked: noon}}, 3, "",
		},
	} {
		r, err := test.p.RuleFor(Release, Maker, noon.AddDate(0, 0, test.days))
		if test.hat == "" {
			f := fault.As(err)
			soon := test.days < test.p.Hands.WaitDays
			if !soon && !fault.Is(err, fault.ReasonIllegalState) || soon && (f == nil || !strings.Contains(f.Message, "before 2026-11-27")) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || r.Hat != test.hat || r.To != Accepted {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestFamiliesAreDrawnByTheTable(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ families, recent, want int }{
		{1, 0, 1}, {2, 0, 2}, {3, 0, 2}, {3, 1, 1}, {3, 2, 1}, {20, 2, 1}, {21, 2, 2}, {60, 0, 3}, {60, 50, 3}, {1000, 0, 50}, {0, 0, 0},
	} {
		if got := Draws(test.families, test.recent); got != test.want {
			t.Errorf("of %d families, %d drawn elsewhere: %d, want %d", test.families, test.recent, got, test.want)
		}
	}
}

// A plan that two persons may release although it needs more stands in open view until
// it is released.
func TestAnybodyMayObjectToWhatTwoMayReleaseAlone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		p    Plan
		want string
	}{
		"three, or two later":    {Plan{State: InApproval, Hands: Hands{Persons: 3, WaitDays: 3, Locked: noon}}, ""},
		"its days have passed":   {Plan{State: InRelease, Hands: Hands{Persons: 3, WaitDays: 3, Locked: noon.AddDate(0, 0, -9)}}, ""},
		"just locked":            {Plan{State: Locked, Hands: Hands{Persons: 5, WaitDays: 1, Locked: noon}}, ""},
		"two":                    {Plan{State: InRelease, Hands: Hands{Persons: 2, WaitDays: 3, Locked: noon}}, "NOT_IN_OPEN_VIEW"},
		"three, and never two":   {Plan{State: InRelease, Hands: Hands{Persons: 3, Locked: noon}}, "NOT_IN_OPEN_VIEW"},
		"nobody has counted yet": {Plan{State: InApproval}, "NOT_IN_OPEN_VIEW"},
		"being made":             {Plan{State: Draft, Hands: Hands{Persons: 3, WaitDays: 3}}, "ILLEGAL_STATE"},
		"released":               {Plan{State: Accepted, Hands: Hands{Persons: 3, WaitDays: 3}}, "ILLEGAL_STATE"},
	} {
		_, err := test.p.May(Object, By{Person: "anybody", Ties: Ties{Involved: true}}, noon)
		if (err == nil) != (test.want == "") || err != nil && !fault.Is(err, fault.Reason(test.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A plan opens by itself when the first decision expires that it rests on, or where there
// is none, after its days in open view and those of an approval.
func TestAPlanOpensByItselfOnADay(t *testing.T) {
	t.Parallel()
	unlocks := Unlocks(noon, 3, 7)
	for name, test := range map[string]struct {
		acts []Act
		day  int // the first on which it is over
	}{
		"nothing was decided":    {nil, 11},
		"a decision that counts": {[]Act{{Kind: Approve, Expires: Expires(Approve, noon.AddDate(0, 0, 5), 7)}}, 13},
		"a decision on day one":  {[]Act{{Kind: Approve, Expires: Expires(Approve, noon, 7)}}, 8},
		"the first of two": {[]Act{
			{Kind: Approve, Expires: Expires(Approve, noon.AddDate(0, 0, 2), 7)}, {Kind: Authorize, Expires: Expires(Authorize, noon.AddDate(0, 0, 6), 7)},
		}, 10},
		"a void decision": {[]Act{{Kind: Approve, Void: true, Expires: Expires(Approve, noon, 7)}}, 11},
	} {
		p := Plan{State: InApproval, Acts: test.acts, Unlocks: unlocks}
		for day := range 20 {
			at := noon.Truncate(24*time.Hour).AddDate(0, 0, day)
			if got := p.Over(at); got != (day >= test.day) {
				t.Errorf("%s: over on day %d is %t", name, day, got)
			}
		}
	}
}
