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

func TestPseudonymAndIdentityAreBoundOnce(t *testing.T) {
	t.Parallel()
	r := founded()
	bind := func(person string, identity byte) {
		r.decide(leaf.DecisionStaff, "staff/a", person, &leaf.Staff{Person: person, Identity: [32]byte{identity}})
	}
	bind("staff/x", 1)
	bind("staff/y", 1)
	bind("staff/x", 2)
	if got, _ := r.Bound([32]byte{1}); got != "staff/x" {
		t.Errorf("the identity is %s", got)
	}
	r.decide(leaf.DecisionStaff, "", "staff/z", &leaf.Staff{Person: "staff/z", Identity: [32]byte{3}})
	if r.Known("staff/z") {
		t.Error("bound by nobody after the founding")
	}
	if _, ok := r.Bound([32]byte{2}); ok || r.Known("staff/y") || !r.Known("staff/x") {
		t.Error("bound twice")
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
