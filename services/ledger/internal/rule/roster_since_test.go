package rule_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// A roster that knows of later leaves says what stood at an earlier place.
func TestWhatSomebodyDecidedStandsByTheLeavesBeforeAPlace(t *testing.T) {
	t.Parallel()
	r := staffed()
	made := &leaf.Decision{Kind: leaf.DecisionPlanLocked, Person: "staff/t", Day: today}
	made.Sequence = r.sequence
	r.sequence++
	before := r.sequence
	r.freeze("staff/a", "staff/t", today+1)
	frozen := r.sequence
	r.lift("staff/b", "staff/t")
	r.lift("staff/v", "staff/t")
	cleared := r.sequence
	r.revoke("staff/a", "staff/t", leaf.Treasurer)
	r.revoke("staff/b", "staff/t", leaf.Treasurer)

	again := *made
	again.Sequence = cleared
	for name, c := range map[string]struct {
		d    *leaf.Decision
		at   int64
		on   leaf.Day
		want bool
	}{
		"before the freeze":              {made, before, today, true},
		"frozen":                         {made, frozen, today, false},
		"cleared":                        {made, cleared, today, false},
		"cleared, a decision after it":   {&again, cleared + 1, today, true},
		"when the grant is over":         {made, before, today + 181, false},
		"before the grant":               {made, before, today - 1, false},
		"revoked by the leaves before":   {&again, r.sequence, today, false},
		"of a kind for which it is none": {&leaf.Decision{Kind: leaf.DecisionPlanApproved, Person: "staff/t", Day: today, Header: made.Header}, before, today, false},
		"of a stranger":                  {&leaf.Decision{Kind: leaf.DecisionPlanLocked, Person: "staff/x", Day: today, Header: made.Header}, before, today, false},
	} {
		if got := r.Stands(c.d, c.at, c.on); got != c.want {
			t.Errorf("%s: stands %t", name, got)
		}
	}
}

// A freeze of long after a decision voids it while it holds, and not behind its end.
func TestAFreezeVoidsWhatWasDecidedInTheDaysBeforeIt(t *testing.T) {
	t.Parallel()
	for age, void := range map[leaf.Day]bool{0: true, rule.VoidDays: true, rule.VoidDays + 1: false} {
		r := staffed()
		d := &leaf.Decision{Kind: leaf.DecisionPlanLocked, Person: "staff/t", Day: today}
		d.Sequence = r.sequence
		r.sequence++
		freeze := &leaf.Decision{Kind: leaf.DecisionFreeze, Person: "staff/a", Day: today + age, Content: &leaf.Freeze{Subject: "staff/t", Until: today + age}}
		freeze.Sequence = r.sequence
		r.sequence++
		r.Apply(freeze)
		if r.Stands(d, r.sequence, today+age) {
			t.Errorf("%d days later: stands while frozen", age)
		}
		if r.Stands(d, r.sequence, today+age+1) == void {
			t.Errorf("%d days later: stands behind the freeze %t", age, !void)
		}
	}
}
