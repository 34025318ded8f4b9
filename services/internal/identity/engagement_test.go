package identity_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

func terms() identity.Terms {
	return identity.Terms{
		Name: "staff/s_1/engagements/en_1", Firm: "PL-1", From: "2026-11-01", Until: "2026-11-30",
		First: "2026-01-01", Last: "2026-06-30", Funds: []string{"funds/food", "funds/general"},
	}
}

func TestTermsSayWhatTheyReach(t *testing.T) {
	t.Parallel()
	e := terms()
	for day, want := range map[string]bool{"2025-12-31": false, "2026-01-01": true, "2026-06-30": true, "2026-07-01": false} {
		if got := e.Reaches(day); got != want {
			t.Errorf("%s: %t", day, got)
		}
	}
	for fund, want := range map[string]bool{"funds/food": true, "food": true, "ood": false, "funds/other": false, "": false} {
		if got := e.Covers(fund); got != want {
			t.Errorf("%q: %t", fund, got)
		}
	}
	for at, want := range map[string]bool{"2026-10-31T23:59:59Z": false, "2026-11-01T00:00:00Z": true, "2026-11-30T23:59:59Z": true, "2026-12-01T00:00:00Z": false} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := e.On(now); got != want {
			t.Errorf("%s: %t", at, got)
		}
	}
	if all := (identity.Terms{}); e.Whole() || !all.Whole() || !all.Reaches("1999-01-01") || !all.Covers("any") {
		t.Error("no terms are not about everything")
	}
}

func TestACommitmentFitsItsTermsOnly(t *testing.T) {
	t.Parallel()
	seen := map[string]string{string(terms().Commitment()): "as they are"}
	for name, change := range map[string]func(*identity.Terms){
		"name":  func(e *identity.Terms) { e.Name += "x" },
		"firm":  func(e *identity.Terms) { e.Firm = "PL-2" },
		"from":  func(e *identity.Terms) { e.From = "2026-11-02" },
		"until": func(e *identity.Terms) { e.Until = "2026-12-01" },
		"first": func(e *identity.Terms) { e.First = "" },
		"last":  func(e *identity.Terms) { e.Last = "" },
		"funds": func(e *identity.Terms) { e.Funds = nil },
	} {
		e := terms()
		change(&e)
		if other, taken := seen[string(e.Commitment())]; taken {
			t.Errorf("%s: the same commitment as %s", name, other)
		}
		seen[string(e.Commitment())] = name
	}
}

func TestAListIsFilteredByTheDaysThatAreLookedAt(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		terms *identity.Terms
		text  string
	}{
		`kind = "FEE"`: {nil, `kind = "FEE"`},
		"":             {&identity.Terms{Funds: []string{"funds/food"}}, ""},
		`day >= "2026-01-01" AND day <= "2026-12-31"`: {&identity.Terms{First: "2026-01-01", Last: "2026-12-31"}, " "},
		`(a = 1 OR b = 2) AND day <= "2026-12-31"`:    {&identity.Terms{Last: "2026-12-31"}, "a = 1 OR b = 2"},
	} {
		if got := c.terms.Filter("day", c.text); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
