package year_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/weaken"
	"github.com/solidarity-fund/solidarity/services/dev/year"
)

// unseenCap is what families of one caseworker of whom nothing was checked may get.
const unseenCap = 500_000

func loot(t *testing.T, plot year.Plot, off ...weaken.Change) year.Loot {
	t.Helper()
	l, err := year.Collude(t.Context(), install(t, off...), plot)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s brings %d.%02d, found out: %v", plot, l.Minor/100, l.Minor%100, l.Caught)
	return l
}

// most is what each plot may bring: what families of one caseworker may get of whom nothing
// was checked; what families of one owner get before one is looked at; and what two people
// pay without a third.
var most = map[year.Plot]int64{year.Invented: unseenCap, year.Applicant: unseenCap, year.Desk: 200_000}

func TestACaseworkerWithAFriendOnThePhoneBringsNoMoreThanTheCap(t *testing.T) {
	t.Parallel()
	if l := loot(t, year.Invented); l.Minor > most[year.Invented] || l.Minor == 0 {
		t.Errorf("it brings %d", l.Minor)
	}
}

func TestAVerifierWhoseFriendAppliesIsBoundByLooks(t *testing.T) {
	t.Parallel()
	if l := loot(t, year.Applicant); l.Minor > most[year.Applicant] {
		t.Errorf("it brings %d", l.Minor)
	}
}

func TestTwoOfTheMoneyDeskTakeNoMoreThanTheTableLetsTwo(t *testing.T) {
	t.Parallel()
	if l := loot(t, year.Desk); l.Minor > most[year.Desk] || l.Minor == 0 {
		t.Errorf("it brings %d", l.Minor)
	}
}

// Each rule that bounds a plot is switched off once, and then it brings more.
func TestEachRuleAgainstCollusionIsNeeded(t *testing.T) {
	t.Parallel()
	if !long(t) {
		t.Skip("builds and empties a fund for each rule: make test-long")
	}
	const take, unseen, hands = "families/internal/aidrequest/unseen.go", "families/internal/store/household/unseen.go", "ledger/internal/rule/hands.go"
	for name, off := range map[string]struct {
		plot  year.Plot
		rules []weaken.Change
	}{
		"the cap":                       {year.Invented, []weaken.Change{{File: take, Old: "if u[b]+a.MinorUnits > ", New: "if u[b]+a.MinorUnits > 1<<50+"}}},
		"30 days of the cap":            {year.Invented, []weaken.Change{{File: take, Old: "UnseenDays = 30", New: "UnseenDays = 0"}}},
		"who registered it":             {year.Invented, []weaken.Change{{File: unseen, Old: "SELECT f.family_id, f.registered_by", New: "SELECT f.family_id, v.proposer"}}},
		"an independent check":          {year.Invented, []weaken.Change{{File: unseen, Old: "AND v.independent_check IS NULL", New: "AND false"}}},
		"two desks, where nobody looks": {year.Invented, append(twoDesks(), looks()...)},
		"looks":                         {year.Applicant, looks()},
		"the table of hands":            {year.Desk, []weaken.Change{{File: hands, Old: "{UpTo: 200_000, Persons: 2}, {Persons: 3, WaitDays: 3}", New: "{Persons: 2}"}}},
		"30 days of the table of hands": {year.Desk, []weaken.Change{{File: hands, Old: "CountedDays = 30", New: "CountedDays = 1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			if l := loot(t, off.plot, off.rules...); l.Minor <= most[off.plot] {
				t.Errorf("without the rule it brings %d", l.Minor)
			}
		})
	}
}

// twoDesks lets people confirm in their own cases: the lot, who decides, each check, and
// whoever asks the ledger by which two people a family was verified.
func twoDesks() []weaken.Change {
	const household = "families/internal/store/household/"
	const verification, migration = "families/internal/verification/verification.go", "families/internal/store/migrations/00002_families.sql"
	return []weaken.Change{
		{File: "families/internal/lot/lot.go", Old: "if !slices.Contains(c.Insiders, p) && ", New: "if "},
		{File: verification, Old: "case person == v.Owner || person == v.Proposer:", New: "case person == \"\":"},
		{File: "families/internal/family/part.go", Old: "if slices.Contains(i, person) {", New: "if false && slices.Contains(i, person) {"},
		{File: household + "ground.go", Old: "if s.trusting {", New: "if true {"},
		{File: household + "release.go", Old: "if s.trusting {", New: "if true {"},
		{File: household + "reservation.go", Old: "&& !s.trusting &&", New: "&& false &&"},
		{File: migration, Old: "IF who IS NOT NULL AND EXISTS (", New: "IF false AND EXISTS ("},
		{File: migration, Old: "CHECK (confirmer <> proposer AND confirmer <> case_owner)", New: "CHECK (confirmer <> '')"},
	}
}

// looks has no plan wait for anybody to look at a family.
func looks() []weaken.Change {
	return []weaken.Change{
		{File: "disbursements/internal/plan/look.go", Old: "return min(families, max((families+oneIn-1)/oneIn, fewestDrawn-recent))", New: "return 0"},
		{File: "families/internal/family/concentration.go", Old: "return slices.Sorted(maps.Keys(named))", New: "return slices.Sorted(maps.Keys(named))[:0]"},
	}
}
