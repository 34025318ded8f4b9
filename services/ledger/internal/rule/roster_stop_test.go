package rule_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

func (r *roll) revoke(by, to string, role leaf.Role) {
	name, _ := granted(to, role)
	r.decide(leaf.DecisionGrantRevoked, by, name, &leaf.Revocation{Subject: to, Role: role})
}

func (r *roll) freeze(by, subject string, until leaf.Day) {
	r.decide(leaf.DecisionFreeze, by, subject, &leaf.Freeze{Subject: subject, Until: until})
}

func (r *roll) lift(by, subject string) {
	r.decide(leaf.DecisionFreezeLifted, by, subject, &leaf.Thaw{Subject: subject})
}

func TestRevokingTakesAnOfficerAndAnyColleague(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by   []string
		gone bool
	}{
		"an officer alone":               {[]string{"staff/a"}, false},
		"an officer twice":               {[]string{"staff/a", "staff/a"}, false},
		"two colleagues":                 {[]string{"staff/v", "staff/p"}, false},
		"an officer and who holds it":    {[]string{"staff/t", "staff/a"}, true},
		"a colleague and an officer":     {[]string{"staff/v", "staff/b"}, true},
		"three of one desk and the last": {[]string{"staff/v", "staff/w", "staff/t"}, false},
		"three of both desks":            {[]string{"staff/v", "staff/w", "staff/p"}, true},
		"strangers":                      {[]string{"staff/x", "staff/y", "staff/z"}, false},
	} {
		r := staffed()
		r.propose("staff/a", "staff/p", leaf.Approver)
		r.confirm("staff/b", "staff/p", leaf.Approver)
		for _, by := range c.by {
			r.revoke(by, "staff/t", leaf.Treasurer)
		}
		if held := r.Holds("staff/t", leaf.Treasurer, today); held == c.gone {
			t.Errorf("%s: holds it %t", name, held)
		}
	}
}

func TestOnePersonWithdrawsAProposal(t *testing.T) {
	t.Parallel()
	r := staffed()
	r.propose("staff/a", "staff/x", leaf.Treasurer)
	r.revoke("staff/v", "staff/x", leaf.Treasurer)
	r.confirm("staff/b", "staff/x", leaf.Treasurer)
	if r.Holds("staff/x", leaf.Treasurer, today) {
		t.Error("a proposal that was withdrawn gives the role")
	}
}

func TestALapsedOfficerStillGrantsForAMonthAndDoesNothingElse(t *testing.T) {
	t.Parallel()
	r := founded()
	for day, want := range map[leaf.Day]bool{today - 1: false, today: true, today + 180: true, today + 181: true, today + 210: true, today + 211: false} {
		if got := r.Grants("staff/a", day); got != want {
			t.Errorf("on day %d: %t", day, got)
		}
	}
	if r.Holds("staff/a", leaf.ProtectionOfficer, today+181) {
		t.Error("the role itself goes on")
	}
	r.revoke("staff/a", "staff/a", leaf.ProtectionOfficer)
	r.revoke("staff/b", "staff/a", leaf.ProtectionOfficer)
	if r.Grants("staff/a", today) {
		t.Error("a revoked officer grants")
	}
}

func TestWhatOnePersonFreezesAndWhatTakesTwo(t *testing.T) {
	t.Parallel()
	type step = func(r *roll)
	freeze := func(by, subject string, days leaf.Day) step {
		return func(r *roll) { r.freeze(by, subject, today+days) }
	}
	lift := func(by, subject string) step { return func(r *roll) { r.lift(by, subject) } }
	long := leaf.Day(30)
	for name, c := range map[string]struct {
		steps  []step
		frozen bool
	}{
		"one person":                         {[]step{freeze("staff/v", "staff/t", 1)}, true},
		"nobody":                             {[]step{freeze("", "staff/t", 1)}, true},
		"the panic button":                   {[]step{freeze("staff/t", "staff/t", 1)}, true},
		"one person, for long":               {[]step{freeze("staff/v", "staff/t", long)}, false},
		"nobody, for long":                   {[]step{freeze("", "staff/t", long)}, false},
		"oneself, for long":                  {[]step{freeze("staff/t", "staff/t", long), freeze("staff/v", "staff/t", long)}, false},
		"two, for long":                      {[]step{freeze("staff/v", "staff/t", long), freeze("staff/a", "staff/t", long)}, true},
		"one of whom froze, for long":        {[]step{freeze("staff/v", "staff/t", 1), freeze("staff/v", "staff/t", long), freeze("staff/a", "staff/t", long)}, true},
		"one person, a second one":           {[]step{freeze("staff/v", "staff/a", 1), freeze("staff/v", "staff/t", 1)}, false},
		"one person, a second one after all": {[]step{freeze("staff/v", "staff/a", 1), freeze("staff/v", "staff/t", 1), freeze("staff/w", "staff/t", 1)}, true},
		"lifted by one":                      {[]step{freeze("staff/v", "staff/t", 1), lift("staff/a", "staff/t")}, true},
		"lifted by who is frozen":            {[]step{freeze("staff/v", "staff/t", 1), lift("staff/a", "staff/t"), lift("staff/t", "staff/t")}, true},
		"lifted by two":                      {[]step{freeze("staff/v", "staff/t", 1), lift("staff/a", "staff/t"), lift("staff/w", "staff/t")}, false},
		"lifted by two, one of whom froze":   {[]step{freeze("staff/v", "staff/t", 1), lift("staff/v", "staff/t"), lift("staff/w", "staff/t")}, false},
		"lifted by nobody":                   {[]step{freeze("staff/v", "staff/t", 1), lift("", "staff/t")}, true},
		"over":                               {[]step{freeze("staff/v", "staff/t", 0), lift("", "staff/t")}, false},
		"lifted, and frozen anew":            {[]step{freeze("staff/v", "staff/t", 1), lift("staff/v", "staff/t"), lift("staff/w", "staff/t"), freeze("staff/b", "staff/t", 1)}, false},
	} {
		r := staffed()
		for _, s := range c.steps {
			s(r)
		}
		if got := r.Frozen("staff/t", today); got != c.frozen {
			t.Errorf("%s: frozen %t", name, got)
		}
	}
}
