package rule_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// today is a day on which the grants of the tests are in force.
const today leaf.Day = 1000

// roll is a log of decisions about staff.
type roll struct {
	rule.Roster
	sequence int64
}

func (r *roll) decide(kind leaf.DecisionKind, by, about string, c leaf.Content) {
	d := &leaf.Decision{Kind: kind, Person: by, Resource: about, Day: today, Commitment: [32]byte{1}, Content: c}
	d.Sequence = r.sequence
	r.sequence++
	r.Apply(d)
}

func granted(to string, role leaf.Role) (name string, c *leaf.Grant) {
	return fmt.Sprintf("%s/grants/g_%d", to, role), &leaf.Grant{Subject: to, Role: role, From: today, Until: today + 180, RestsUntil: today + 7}
}

func (r *roll) found(officers ...string) {
	for _, o := range officers {
		name, c := granted(o, leaf.ProtectionOfficer)
		r.decide(leaf.DecisionGrantConfirmed, "", name, c)
	}
}

func (r *roll) propose(by, to string, role leaf.Role) {
	name, c := granted(to, role)
	r.decide(leaf.DecisionGrantProposed, by, name, c)
}

func (r *roll) confirm(by, to string, role leaf.Role) {
	name, c := granted(to, role)
	r.decide(leaf.DecisionGrantConfirmed, by, name, c)
}

// founded is a roll with two officers, a and b.
func founded() *roll {
	r := &roll{}
	r.found("staff/a", "staff/b")
	return r
}

func TestAGrantIsInForceWhenAnotherOfficerHasConfirmedIt(t *testing.T) {
	t.Parallel()
	r := founded()
	r.propose("staff/a", "staff/c", leaf.Treasurer)
	if r.Holds("staff/c", leaf.Treasurer, today) {
		t.Error("a proposal alone gives the role")
	}
	r.confirm("staff/b", "staff/c", leaf.Treasurer)
	for day, want := range map[leaf.Day]bool{today - 1: false, today: true, today + 180: true, today + 181: false} {
		if got := r.Holds("staff/c", leaf.Treasurer, day); got != want {
			t.Errorf("on day %d: %t", day, got)
		}
	}
	if r.Rested("staff/c", leaf.Treasurer, today+6) || !r.Rested("staff/c", leaf.Treasurer, today+7) {
		t.Error("it does not rest for seven days")
	}
	name, _ := granted("staff/c", leaf.Treasurer)
	for _, by := range []string{"staff/a", "staff/b"} {
		r.decide(leaf.DecisionGrantRevoked, by, name, &leaf.Revocation{Subject: "staff/c", Role: leaf.Treasurer})
	}
	if r.Holds("staff/c", leaf.Treasurer, today) {
		t.Error("it is in force after it was revoked")
	}
	r.confirm("staff/b", "staff/c", leaf.Treasurer)
	if r.Holds("staff/c", leaf.Treasurer, today) {
		t.Error("a revoked grant was confirmed again")
	}
}

func TestWhatDoesNotGiveARole(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(r *roll){
		"the proposer confirms": func(r *roll) {
			r.propose("staff/a", "staff/x", leaf.Treasurer)
			r.confirm("staff/a", "staff/x", leaf.Treasurer)
		},
		"who gets it confirms": func(r *roll) {
			r.propose("staff/a", "staff/b", leaf.Treasurer)
			r.confirm("staff/b", "staff/b", leaf.Treasurer)
		},
		"who gets it proposes": func(r *roll) {
			r.propose("staff/a", "staff/a", leaf.Treasurer)
			r.confirm("staff/b", "staff/a", leaf.Treasurer)
		},
		"one colleague confirms": func(r *roll) {
			r.propose("staff/a", "staff/x", leaf.Treasurer)
			r.confirm("staff/v", "staff/x", leaf.Treasurer)
		},
		"two of one desk confirm": func(r *roll) {
			r.propose("staff/a", "staff/x", leaf.Treasurer)
			r.confirm("staff/v", "staff/x", leaf.Treasurer)
			r.confirm("staff/w", "staff/x", leaf.Treasurer)
		},
		"nobody has proposed": func(r *roll) { r.confirm("staff/b", "staff/x", leaf.Treasurer) },
		"no officer proposes": func(r *roll) {
			r.propose("staff/t", "staff/x", leaf.Treasurer)
			r.confirm("staff/b", "staff/x", leaf.Treasurer)
		},
		"strangers": func(r *roll) {
			r.propose("staff/y", "staff/x", leaf.Treasurer)
			r.confirm("staff/z", "staff/x", leaf.Treasurer)
		},
		"a founding later on": func(r *roll) { r.found("staff/x") },
		"another content": func(r *roll) {
			r.propose("staff/a", "staff/x", leaf.Approver)
			n, _ := granted("staff/x", leaf.Approver)
			_, c := granted("staff/x", leaf.Treasurer)
			r.decide(leaf.DecisionGrantConfirmed, "staff/b", n, c)
		},
		"an officer who is none anymore": func(r *roll) {
			n, _ := granted("staff/a", leaf.ProtectionOfficer)
			for _, by := range []string{"staff/b", "staff/v"} {
				r.decide(leaf.DecisionGrantRevoked, by, n, &leaf.Revocation{Subject: "staff/a", Role: leaf.ProtectionOfficer})
			}
			r.propose("staff/a", "staff/x", leaf.Treasurer)
			r.confirm("staff/b", "staff/x", leaf.Treasurer)
		},
	} {
		r := staffed()
		play(r)
		for _, who := range []string{"staff/x", "staff/a", "staff/b"} {
			for _, role := range []leaf.Role{leaf.Treasurer, leaf.Approver} {
				if r.Holds(who, role, today) {
					t.Errorf("%s: %s is %s", name, who, role)
				}
			}
		}
	}
}

// staffed is a roll with officers, two verifiers and a treasurer.
func staffed() *roll {
	r := founded()
	for who, role := range map[string]leaf.Role{"staff/v": leaf.Verifier, "staff/w": leaf.Caseworker, "staff/t": leaf.Treasurer} {
		r.propose("staff/a", who, role)
		r.confirm("staff/b", who, role)
	}
	return r
}

func TestTwoColleaguesOfDifferentDesksStandInForAnOfficer(t *testing.T) {
	t.Parallel()
	r := staffed()
	r.propose("staff/a", "staff/x", leaf.ProtectionOfficer)
	r.confirm("staff/v", "staff/x", leaf.ProtectionOfficer)
	r.confirm("staff/t", "staff/x", leaf.ProtectionOfficer)
	if !r.Holds("staff/x", leaf.ProtectionOfficer, today) {
		t.Error("a verifier and a treasurer are not enough")
	}
}

func TestALogIsFoundedOnceByAtMostThreeSideBySide(t *testing.T) {
	t.Parallel()
	r := &roll{}
	r.found("staff/a", "staff/b", "staff/c", "staff/d")
	if got := r.People(); len(got) != 3 {
		t.Errorf("officers %v", got)
	}
	r = founded()
	r.decide(leaf.DecisionStaff, "staff/a", "staff/x", &leaf.Staff{Person: "staff/x", Identity: [32]byte{9}})
	r.found("staff/x")
	if r.Holds("staff/x", leaf.ProtectionOfficer, today) {
		t.Error("a third officer was named later")
	}
	r = &roll{}
	name, c := granted("staff/a", leaf.Treasurer)
	r.decide(leaf.DecisionGrantConfirmed, "", name, c)
	if r.Holds("staff/a", leaf.Treasurer, today) {
		t.Error("a treasurer founds")
	}
}

// bind has some people say one after the other that a pseudonym stands for an identity.
func (r *roll) bind(person string, identity byte, by ...string) {
	for _, b := range by {
		r.decide(leaf.DecisionStaff, b, person, &leaf.Staff{Person: person, Identity: [32]byte{identity}})
	}
}

func TestPseudonymAndIdentityAreBoundOnce(t *testing.T) {
	t.Parallel()
	r := founded()
	r.bind("staff/x", 1, "staff/a", "staff/b")
	r.bind("staff/y", 1, "staff/a", "staff/b")
	r.bind("staff/x", 2, "staff/a", "staff/b")
	if got, ok := r.Bound([32]byte{1}); got != "staff/x" || !ok {
		t.Errorf("the identity is %s", got)
	}
	r.bind("staff/z", 3, "")
	for _, identity := range []byte{2, 3} {
		if got, ok := r.Bound([32]byte{identity}); ok {
			t.Errorf("bound twice, or by nobody after the founding: %s", got)
		}
	}
}

// One hand is never enough to bring somebody in, whoever's it is and however often.
func TestAPseudonymIsBoundByThoseWhoMayConfirmWhatAnotherOneProposed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by    []string
		bound bool
	}{
		"an officer":                         {[]string{"staff/a"}, false},
		"an officer twice":                   {[]string{"staff/a", "staff/a"}, false},
		"two officers":                       {[]string{"staff/a", "staff/b"}, true},
		"an officer and a colleague":         {[]string{"staff/a", "staff/v"}, false},
		"an officer, then both desks":        {[]string{"staff/a", "staff/v", "staff/t"}, true},
		"an officer, then one desk":          {[]string{"staff/a", "staff/v", "staff/w"}, false},
		"a colleague and an officer":         {[]string{"staff/v", "staff/a"}, false},
		"a colleague and both officers":      {[]string{"staff/v", "staff/a", "staff/b"}, false},
		"a colleague, then both desks":       {[]string{"staff/v", "staff/w", "staff/t"}, true},
		"a colleague who confirms it":        {[]string{"staff/v", "staff/t", "staff/v"}, false},
		"strangers":                          {[]string{"staff/x", "staff/y", "staff/z"}, false},
		"whoever it is about, of both desks": {[]string{"staff/v", "staff/t", "staff/n"}, false},
	} {
		r := staffed()
		r.propose("staff/a", "staff/n", leaf.Verifier)
		r.confirm("staff/b", "staff/n", leaf.Verifier)
		r.bind("staff/n", 1, c.by...)
		if _, bound := r.Bound([32]byte{1}); bound != c.bound {
			t.Errorf("%s: bound %t", name, bound)
		}
	}
}

func TestAFreezeLastsToItsDayOrUntilItIsLifted(t *testing.T) {
	t.Parallel()
	r := staffed()
	r.decide(leaf.DecisionFreeze, "staff/a", "staff/t", &leaf.Freeze{Subject: "staff/t", Until: today + 1})
	if !r.Frozen("staff/t", today+1) || r.Frozen("staff/t", today+2) || r.Frozen("staff/v", today) {
		t.Error("not frozen to its day")
	}
	for _, by := range []string{"staff/a", "staff/v"} {
		r.decide(leaf.DecisionFreezeLifted, by, "staff/t", &leaf.Thaw{Subject: "staff/t"})
	}
	if r.Frozen("staff/t", today) {
		t.Error("frozen after it was lifted")
	}
}

// Whatever strangers write into a log that has officers, they get nothing.
func TestStrangersGetNothingByAnySequenceOfLeaves(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := staffed()
		strangers := []string{"staff/x", "staff/y", "staff/z", ""}
		for range rapid.IntRange(1, 20).Draw(t, "leaves") {
			by := rapid.SampledFrom(strangers).Draw(t, "by")
			to := rapid.SampledFrom(strangers[:3]).Draw(t, "to")
			role := rapid.SampledFrom([]leaf.Role{leaf.ProtectionOfficer, leaf.Treasurer}).Draw(t, "role")
			if rapid.Bool().Draw(t, "proposes") {
				r.propose(by, to, role)
			} else {
				r.confirm(by, to, role)
			}
		}
		for _, who := range strangers {
			if held := r.Held(who, today); len(held) > 0 {
				t.Fatalf("%s is %s", who, held[0].Role)
			}
		}
	})
}
