package verify_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// gave approves and books an emergency grant on a day.
func gave(l *bundletest.Log, on, id string, approved, given int64) {
	name := "emergencyGrants/" + id
	for _, by := range []string{bundletest.Verifier, tr} {
		l.Say(leaf.DecisionEmergencyApproved, on, name, by, id, &leaf.Emergency{Currency: "EUR", Amount: approved})
	}
	l.Post(leaf.EmergencyGrant, on, "grant/"+id, name, bundletest.D("fund:general:available", given), bundletest.C("award:"+id, given))
}

// tenth gives all that the printed table lets emergencies have in 30 days.
func tenth(l *bundletest.Log, on string) {
	for i := range 10 {
		gave(l, on, fmt.Sprintf("e_%d", i), 30_000, 30_000)
	}
}

// capped is a policy of emergencies from 2026-10-15 on.
func capped(family, month int64) *leaf.Policy {
	p := policy()
	p.Currencies[0].EmergencyFamilyCap, p.Currencies[0].EmergencyMonthCap = family, month
	return p
}

func agreedOn(l *bundletest.Log, p *leaf.Policy) {
	l.Say(leaf.DecisionPolicyProposed, "2026-10-14", policyName, tr, "policy", p)
	l.Say(leaf.DecisionPolicyVersion, "2026-10-14", policyName, ap, "policy", p)
}

var capCases = []proven{
	{"as much as a family may get", "", "", func(l *bundletest.Log) int64 {
		return right(l, func() { gave(l, "2026-10-18", "e_1", 30_000, 30_000) })
	}},
	{"more than a family may get is approved", verify.RuleHands, "is approved with 30001 EUR, but a family may get 30000", func(l *bundletest.Log) int64 {
		return bad(l, func() { gave(l, "2026-10-18", "e_1", 30_001, 1) })
	}},
	{"as much as a month has", "", "", func(l *bundletest.Log) int64 {
		return right(l, func() { tenth(l, "2026-10-18") })
	}},
	{"more than a month has", verify.RuleHands, "brings what emergencies got in 30 days to 300001 EUR, but the policy in force allows 300000", func(l *bundletest.Log) int64 {
		tenth(l, "2026-10-18")
		return bad(l, func() { gave(l, "2026-11-16", "e_x", 1, 1) }) + 2
	}},
	{"the month is over", "", "", func(l *bundletest.Log) int64 {
		tenth(l, "2026-10-18")
		return right(l, func() { gave(l, "2026-11-17", "e_x", 1, 1) })
	}},
	{"more than the policy gives a family", verify.RuleHands, "but a family may get 100", func(l *bundletest.Log) int64 {
		agreedOn(l, capped(100, 1000))
		return bad(l, func() { gave(l, "2026-10-18", "e_1", 101, 101) })
	}},
	{"approved before the policy, given after", verify.RuleHands, "gave 200 EUR, but a family may get 100", func(l *bundletest.Log) int64 {
		agreedOn(l, capped(100, 1000))
		gave(l, "2026-10-14", "e_1", 200, 1)
		l.Bind("staff/n").Day = day("2026-10-15")
		return bad(l, func() {
			l.Post(leaf.EmergencyGrant, "2026-10-15", "grant/2", "emergencyGrants/e_1", bundletest.D("fund:general:available", 199), bundletest.C("award:e_1", 199))
		})
	}},
	{"more than the policy gives a month", verify.RuleHands, "but the policy in force allows 150", func(l *bundletest.Log) int64 {
		agreedOn(l, capped(100, 150))
		gave(l, "2026-10-18", "e_1", 100, 100)
		return bad(l, func() { gave(l, "2026-10-18", "e_2", 51, 51) }) + 2
	}},
	{"a policy that is in force on its day", verify.RulePolicy, "which is not later", func(l *bundletest.Log) int64 {
		p := policy()
		p.EffectiveOn = day("2026-10-14")
		l.Say(leaf.DecisionPolicyProposed, "2026-10-14", policyName, tr, "policy", p)
		return bad(l, func() { l.Say(leaf.DecisionPolicyVersion, "2026-10-14", policyName, ap, "policy", p) })
	}},
}

// Small grants, each of which is allowed, drain the fund where nobody adds them up.
func TestWithoutTheSumOfEmergenciesSmallGrantsDrainTheFund(t *testing.T) {
	t.Parallel()
	l := staffed(t)
	tenth(l, "2026-10-18")
	gave(l, "2026-10-18", "e_x", 30_000, 30_000)
	l.Seal(t)
	if report := without(t, l, handless); !report.OK() {
		t.Errorf("with the protection off: %v", report.Findings)
	}
	if report := check(t, l, nil); report.OK() || report.Findings[0].Rule != verify.RuleHands {
		t.Errorf("with it: %v", report.Findings)
	}
}
