package rule_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

func TestALeafAboutStaffThatGivesNothingSaysWhy(t *testing.T) {
	t.Parallel()
	grant := func(kind leaf.DecisionKind, by, to string, role leaf.Role) *leaf.Decision {
		name, c := granted(to, role)
		return &leaf.Decision{Header: leaf.Header{Sequence: 100}, Kind: kind, Person: by, Resource: name, Day: today, Commitment: [32]byte{1}, Content: c}
	}
	other := grant(leaf.DecisionGrantConfirmed, "staff/b", "staff/p", leaf.Approver)
	other.Commitment[0]++
	for words, d := range map[string]*leaf.Decision{
		"bound to staff/c already": {Kind: leaf.DecisionStaff, Content: &leaf.Staff{Person: "staff/d", Identity: [32]byte{1}}},
		"bound to another":         {Kind: leaf.DecisionStaff, Content: &leaf.Staff{Person: "staff/c", Identity: [32]byte{2}}},
		"founded already":          grant(leaf.DecisionGrantConfirmed, "", "staff/x", leaf.ProtectionOfficer),
		"nobody has confirmed":     grant(leaf.DecisionGrantConfirmed, "", "staff/x", leaf.Treasurer),
		"by themselves":            grant(leaf.DecisionGrantProposed, "staff/a", "staff/a", leaf.Treasurer),
		"stands in the log":        grant(leaf.DecisionGrantProposed, "staff/a", "staff/p", leaf.Approver),
		"nobody has proposed":      grant(leaf.DecisionGrantConfirmed, "staff/b", "staff/y", leaf.Treasurer),
		"another content":          other,
		"who proposed it":          grant(leaf.DecisionGrantConfirmed, "staff/a", "staff/p", leaf.Approver),
		"who gets the role":        grant(leaf.DecisionGrantConfirmed, "staff/p", "staff/p", leaf.Approver),
		"":                         grant(leaf.DecisionGrantConfirmed, "staff/b", "staff/p", leaf.Approver),
	} {
		r := staffed()
		r.decide(leaf.DecisionStaff, "staff/a", "staff/c", &leaf.Staff{Person: "staff/c", Identity: [32]byte{1}})
		r.propose("staff/a", "staff/p", leaf.Approver)
		if got := r.Wrong(d); !strings.Contains(got, words) || words == "" && got != "" {
			t.Errorf("said %q, want %q", got, words)
		}
	}
	alone := &roll{}
	alone.found("staff/a")
	if got := alone.Wrong(grant(leaf.DecisionGrantProposed, "staff/a", "staff/x", leaf.Treasurer)); !strings.Contains(got, "one officer alone") {
		t.Errorf("founded by one: %q", got)
	}
}

func TestNobodySitsAtBothDesks(t *testing.T) {
	t.Parallel()
	roles := []leaf.Role{leaf.Caseworker, leaf.Verifier, leaf.Approver, leaf.Treasurer, leaf.ProtectionOfficer, leaf.Auditor, leaf.Operator}
	desk := map[leaf.Role]string{leaf.Caseworker: "case", leaf.Verifier: "case", leaf.Approver: "money", leaf.Treasurer: "money", leaf.ProtectionOfficer: "any"}
	for _, a := range roles {
		for _, b := range roles {
			together := a == b || desk[a] != "" && desk[b] != "" && (desk[a] == desk[b] || desk[a] == "any" || desk[b] == "any")
			if rule.Incompatible(a, b) == together {
				t.Errorf("%s and %s", a, b)
			}
		}
	}
	r := staffed()
	r.propose("staff/a", "staff/t", leaf.Verifier)
	name, c := granted("staff/t", leaf.Verifier)
	d := &leaf.Decision{Kind: leaf.DecisionGrantConfirmed, Person: "staff/b", Resource: name, Day: today, Commitment: [32]byte{1}, Content: c}
	if got := r.Wrong(d); !strings.Contains(got, "nobody may hold beside that of staff/t/grants/g_9, TREASURER") {
		t.Errorf("a treasurer becomes verifier: %q", got)
	}
}
