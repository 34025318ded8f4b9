package rule_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// engage records that somebody agrees to an engagement of ten days, or with another
// commitment that it ends.
func (r *roll) engage(by, subject string, commitment byte) {
	d := &leaf.Decision{
		Kind: leaf.DecisionEngagement, Person: by, Resource: subject + "/engagements/en_1", Day: today, Commitment: [32]byte{commitment},
		Content: &leaf.Engagement{Subject: subject, From: today, Until: today + 10},
	}
	d.Sequence = r.sequence
	r.sequence++
	r.Apply(d)
}

func TestAnAuditorIsEngagedByTwoAndEndedByOne(t *testing.T) {
	t.Parallel()
	type agreed struct {
		by         string
		commitment byte
	}
	for name, c := range map[string]struct {
		leaves []agreed
		on     leaf.Day
		want   bool
	}{
		"by two":                 {[]agreed{{"staff/a", 1}, {"staff/b", 1}}, today, true},
		"on the last day":        {[]agreed{{"staff/a", 1}, {"staff/b", 1}}, today + 10, true},
		"behind the last day":    {[]agreed{{"staff/a", 1}, {"staff/b", 1}}, today + 11, false},
		"before the first day":   {[]agreed{{"staff/a", 1}, {"staff/b", 1}}, today - 1, false},
		"by one":                 {[]agreed{{"staff/a", 1}}, today, false},
		"by one, twice":          {[]agreed{{"staff/a", 1}, {"staff/a", 1}}, today, false},
		"by one and the auditor": {[]agreed{{"staff/a", 1}, {"staff/x", 1}}, today, false},
		"about different things": {[]agreed{{"staff/a", 1}, {"staff/b", 2}}, today, false},
		"ended by one":           {[]agreed{{"staff/a", 1}, {"staff/b", 1}, {"staff/b", 9}}, today, false},
		"agreed to after an end": {[]agreed{{"staff/a", 1}, {"staff/b", 9}, {"staff/b", 1}}, today, false},
	} {
		r := staffed()
		for _, l := range c.leaves {
			r.engage(l.by, "staff/x", l.commitment)
		}
		if got := r.Engaged("staff/x", c.on); (len(got) == 1) != c.want || c.want && got[0] != [32]byte{1} {
			t.Errorf("%s: %v", name, got)
		}
		if got := r.Engaged("staff/y", c.on); len(got) > 0 {
			t.Errorf("%s: another one is engaged: %v", name, got)
		}
	}
}
