package snapshot

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
)

func ruled(t testing.TB, text string) eligibility.Rule {
	t.Helper()
	r, err := eligibility.Compile("rule", text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Whatever the families and the money, no restricted cent goes to a request that the rule
// does not accept, nor any of a fund for fewer than ten families. With the rules left out
// some does.
func TestNoRestrictedCentGoesElsewhere(t *testing.T) {
	t.Parallel()
	rules := map[string]eligibility.Rule{
		"funds/old": ruled(t, "family.elderly"), "funds/many": ruled(t, "family.children > 1"),
		"funds/letters": ruled(t, `category == "LETTERS" || family.country in ["LT", "PL"]`),
	}
	r := round.Round{Currency: "EUR", Step: 10}
	for _, name := range []string{"funds/old", "funds/many", "funds/letters", "funds/general"} {
		r.Budgets = append(r.Budgets, round.Budget{Fund: name, Minor: 5000})
	}
	elsewhere := 0
	rapid.Check(t, func(t *rapid.T) {
		var needs []Need
		for i := range rapid.IntRange(0, 40).Draw(t, "needs") {
			needs = append(needs, Need{
				AidRequest: fmt.Sprint("a", i), Family: fmt.Sprint("f", rapid.IntRange(0, 25).Draw(t, "family")), Cycle: 1, Part: 1, Tier: 1, Weight: 10,
				Currency: rapid.SampledFrom([]string{"EUR", "PLN"}).Draw(t, "currency"), Cap: rapid.Int64Range(0, 3000).Draw(t, "cap"),
				Attributes: eligibility.Attributes{
					Category: rapid.SampledFrom([]string{"LETTERS", "FOOD"}).Draw(t, "category"), Elderly: rapid.Bool().Draw(t, "elderly"),
					Children: rapid.IntRange(0, 3).Draw(t, "children"), Country: rapid.SampledFrom([]string{"LT", "DE"}).Draw(t, "country"),
				},
			})
		}
		if wrong := misplaced(t, r, needs, rules, rules); wrong != "" {
			t.Fatal(wrong)
		}
		if misplaced(t, r, needs, nil, rules) != "" {
			elsewhere++
		}
	})
	if elsewhere == 0 {
		t.Error("without rules all goes where it should: the test would see nothing")
	}
}

// misplaced allocates by rules, and says what cent went where the rules that count do not
// want it.
func misplaced(t *rapid.T, r round.Round, needs []Need, by, count map[string]eligibility.Rule) string {
	snap := Take(r, needs, nil, by)
	list, err := allocation.Allocate(snap.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	families := map[string]map[string]bool{}
	for _, n := range needs {
		for name, rule := range count {
			if is, _ := rule.Accepts(n.Attributes); is {
				if families[name] == nil {
					families[name] = map[string]bool{}
				}
				families[name][n.Family] = true
			}
		}
	}
	for _, a := range list {
		for _, share := range a.Shares {
			is, _ := count[share.Fund].Accepts(snap.Need(a.Request.ID).Attributes)
			if few := count[share.Fund].Restricts() && len(families[share.Fund]) < 10; !is || few {
				return fmt.Sprintf("%d of %s for %+v (%d families are eligible)", share.Amount, share.Fund, snap.Need(a.Request.ID), len(families[share.Fund]))
			}
		}
	}
	for _, b := range r.Budgets {
		if few := count[b.Fund].Restricts() && len(families[b.Fund]) < 10; by != nil && few != slices.Contains(snap.Narrow, b.Fund) {
			return fmt.Sprintf("%s is for %d families, and narrow are %v", b.Fund, len(families[b.Fund]), snap.Narrow)
		}
	}
	return ""
}

// A million requests that are alike ask each rule once.
func TestRulesAreAskedOnceForRequestsThatAreAlike(t *testing.T) {
	t.Parallel()
	e := accepting(euros, map[string]eligibility.Rule{"funds/winter": ruled(t, "family.elderly")})
	for i := range 1000 {
		e.funds(eligibility.Attributes{Children: i % 4, Elderly: i%2 == 0})
	}
	if len(e.asked) != 4 {
		t.Errorf("%d vectors were asked", len(e.asked))
	}
}
