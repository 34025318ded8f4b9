package plan

import (
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestWhoStoodInIsNeededWhereFewerThanTwoAreFree(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		desk Desk
		want bool
	}{
		"three, one of whom stood in":     {Desk{Awake: 3, Involved: 1, StoodIn: 1}, false},
		"two, one of whom stood in":       {Desk{Awake: 2, Involved: 1, StoodIn: 1}, true},
		"three, an owner and a stand-in":  {Desk{Awake: 3, Involved: 2, StoodIn: 1}, true},
		"two, one of whom is an owner":    {Desk{Awake: 2, Involved: 1}, false},
		"one, who stood in":               {Desk{Awake: 1, Involved: 1, StoodIn: 1}, true},
		"two who are free, nobody has":    {Desk{Awake: 2}, false},
		"one who is free, and no more":    {Desk{Awake: 1}, false},
		"nobody is awake":                 {Desk{}, false},
		"the other two stood in, or more": {Desk{Awake: 3, Involved: 2, StoodIn: 2}, true},
	} {
		if got := test.desk.NeedsStandIn(); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestAPlanStandsInOpenViewForTheDaysOfItsRowOrTheMostOfAny(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ own, most, want int }{{2, 5, 2}, {0, 5, 5}, {0, 0, 3}, {4, 4, 4}} {
		if got := StandInDays(test.own, test.most); got != test.want {
			t.Errorf("own %d, most %d: %d, want %d", test.own, test.most, got, test.want)
		}
	}
}

// standingIn is a plan of two persons and two families, of which one needs who stood in.
func standingIn() Plan {
	return Plan{
		State: InApproval, Payments: 2, Hands: Hands{Persons: 2, StandInDays: 3, Locked: noon},
		Looks: []Look{{Number: 1, Family: "a", Reason: ForStandIn, StandIn: true, By: "looker"}, {Number: 2, Family: "b", Reason: Drawn, By: "looker"}},
	}
}

func TestOnlyWhoOnlyStoodInWhereTheyAreNeededIsNotInvolved(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		known, stoodIn []string
		want           Ties
	}{
		"knows nobody":                       {nil, nil, Ties{}},
		"owns the one":                       {[]string{"a"}, nil, Ties{Involved: true}},
		"stood in for the one":               {[]string{"a"}, []string{"a"}, Ties{StandsIn: true}},
		"stood in for one that has others":   {[]string{"b"}, []string{"b"}, Ties{Involved: true}},
		"stood in for one, and owns another": {[]string{"a", "b"}, []string{"a"}, Ties{Involved: true, StandsIn: true}},
	} {
		if got := standingIn().TiesOf(test.known, test.stoodIn); got != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestWhoStoodInTakesOneHandAfterDaysAndLook tries each way of signing too early, or too
// often.
func TestWhoStoodInTakesOneHandAfterDaysAndLook(t *testing.T) {
	t.Parallel()
	in := Ties{StandsIn: true}
	for name, test := range map[string]struct {
		change func(p *Plan)
		ties   Ties
		days   int
		want   fault.Reason
	}{
		"after its days, looked at": {nil, in, 3, ""},
		"a day too early":           {nil, in, 2, "STAND_IN_TOO_SOON"},
		"nobody has looked":         {func(p *Plan) { p.Looks[0].By = "" }, in, 3, "LOOKS_MISSING"},
		"another look is missing":   {func(p *Plan) { p.Looks[1].By = "" }, in, 3, ""},
		"another has stood in":      {func(p *Plan) { p.Acts = []Act{{Kind: Authorize, StandIn: true}} }, in, 3, "STAND_IN_TAKEN"},
		"whose act is void":         {func(p *Plan) { p.Acts = []Act{{Kind: Authorize, StandIn: true, Void: true}} }, in, 3, ""},
		"the lock asked for nobody": {func(p *Plan) { p.Hands.StandInDays = 0 }, in, 300, "INVOLVED_PERSON"},
		"an owner":                  {nil, Ties{Involved: true}, 300, "INVOLVED_PERSON"},
		"an owner of another one":   {nil, Ties{Involved: true, StandsIn: true}, 300, "INVOLVED_PERSON"},
		"somebody free, at once":    {nil, Ties{}, 0, ""},
	} {
		p := standingIn()
		if test.change != nil {
			test.change(&p)
		}
		_, err := p.May(Approve, By{Person: "somebody", Ties: test.ties}, noon.AddDate(0, 0, test.days))
		if test.want == "" && err != nil || test.want != "" && !fault.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if f := fault.As(err); test.want == "STAND_IN_TOO_SOON" && (f == nil || !strings.Contains(f.Message, "2026-11-27")) {
			t.Errorf("%s: %v does not say from which day on", name, err)
		}
	}
}

// A maker may lock what they know, but releases it no more than others do.
func TestAMakerReleasesNothingThatTheyKnow(t *testing.T) {
	t.Parallel()
	p := standingIn()
	p.State, p.Acts = InRelease, []Act{{Kind: Approve, Person: "approver"}}
	for want, ties := range map[fault.Reason]Ties{"INVOLVED_PERSON": {Involved: true}, "STAND_IN_TOO_SOON": {StandsIn: true}} {
		if _, err := p.May(Release, By{Person: "maker", Has: Maker, Ties: ties}, noon); !fault.Is(err, want) {
			t.Errorf("%+v: %v", ties, err)
		}
	}
	if _, err := p.May(Release, By{Person: "maker", Has: Maker, Ties: Ties{StandsIn: true}}, noon.AddDate(0, 0, 3)); err != nil {
		t.Errorf("after its days: %v", err)
	}
	p.State = Draft
	if _, err := p.May(Lock, By{Person: "maker", Has: Maker, Ties: Ties{Involved: true}}, noon); err != nil {
		t.Errorf("lock: %v", err)
	}
}

func TestAPlanThatNeedsWhoStoodInStandsInOpenView(t *testing.T) {
	t.Parallel()
	p := standingIn()
	if !p.InOpenView() || !p.OpenUntil().Equal(noon.Truncate(24*time.Hour).AddDate(0, 0, 3)) {
		t.Errorf("in open view %t, until %s", p.InOpenView(), p.OpenUntil())
	}
	if _, err := p.May(Object, By{Person: "anybody"}, noon); err != nil {
		t.Errorf("object: %v", err)
	}
	p.Hands.StandInDays = 0
	if p.InOpenView() {
		t.Error("a plan of two persons stands in open view")
	}
}
