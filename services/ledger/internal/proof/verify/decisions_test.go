package verify_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// decided makes a tampering with the decision at a sequence of the story.
func decided(sequence int64, change func(d *leaf.Decision)) func(*testing.T, *bundletest.Log) func(*verify.Options) {
	return signed(func(l *bundletest.Log) { change(told(l, sequence).Decision) })
}

// The story has the snapshot and commit of its round at 5 and 6, the steps of
// its plan at 9 to 12, and payments at 13 and 16.
var decisionTamperings = []tampering{
	{name: "round never committed", rule: verify.RuleRound, sequence: 7, tamper: decided(6, func(d *leaf.Decision) {
		d.Kind, d.Person = leaf.DecisionRoundSnapshot, bundletest.Treasurer
	})},
	{name: "round committed by who opened it", rule: verify.RuleRole, sequence: 6, tamper: decided(6, func(d *leaf.Decision) {
		d.Person = bundletest.Treasurer
	}), also: []verify.Rule{verify.RuleRound}},
	{name: "round committed by nobody", rule: verify.RuleRole, sequence: 6, tamper: decided(6, func(d *leaf.Decision) {
		d.Person = ""
	}), also: []verify.Rule{verify.RuleRound}},
	{name: "round opened by nobody", rule: verify.RuleRole, sequence: 5, tamper: decided(5, func(d *leaf.Decision) {
		d.Person = ""
	}), also: []verify.Rule{verify.RuleRound}},
	{name: "another snapshot committed", rule: verify.RuleRound, sequence: 7, tamper: decided(6, func(d *leaf.Decision) {
		d.Commitment[0]++
	})},
	{name: "another round committed", rule: verify.RuleRound, sequence: 7, tamper: decided(6, func(d *leaf.Decision) {
		d.Resource = "allocationRounds/r_2"
	})},
	{name: "plan never approved", rule: verify.RulePlan, sequence: 13, tamper: decided(10, func(d *leaf.Decision) {
		d.Kind = leaf.DecisionRefusal
	})},
	{name: "plan approved by its maker", rule: verify.RuleRole, sequence: 10, tamper: decided(10, func(d *leaf.Decision) {
		d.Person = bundletest.Treasurer
	}), also: []verify.Rule{verify.RulePlan}},
	{name: "plan authorised by its approver", rule: verify.RuleRole, sequence: 11, tamper: decided(11, func(d *leaf.Decision) {
		d.Person = bundletest.Approver
	})},
	{name: "plan released by its approver", rule: verify.RuleRole, sequence: 12, tamper: decided(12, func(d *leaf.Decision) {
		d.Person = bundletest.Approver
	}), also: []verify.Rule{verify.RulePlan}},
	{name: "another content approved", rule: verify.RulePlan, sequence: 13, tamper: decided(10, func(d *leaf.Decision) {
		d.Commitment[31]++
	})},
	{name: "another plan released", rule: verify.RulePlan, sequence: 13, tamper: decided(12, func(d *leaf.Decision) {
		d.Resource = "paymentPlans/p_2"
	})},
	{name: "locked anew and not approved anew", rule: verify.RulePlan, sequence: 19, tamper: signed(func(l *bundletest.Log) {
		l.Post(leaf.AttemptFailed, "2026-11-23", "x", "paymentPlans/p_1/payments/y_1", bundletest.D("transit:sepa", 3000), bundletest.C("award:w_1", 3000))
		l.Decide(leaf.DecisionPlanLocked, "2026-11-23", "paymentPlans/p_1", bundletest.Treasurer, "other")
		l.Pay("2026-11-23", "p_1", "y_1", 3, 3000)
	})},
	{name: "source names no plan", rule: verify.RulePlan, sequence: 13, tamper: signed(func(l *bundletest.Log) {
		at(l, 13).Source = "payments/y_1"
	})},
}

// emergency returns a log with one emergency grant and its payment.
func emergency(t *testing.T) *bundletest.Log {
	l := staffed(t)
	emergencyOf(l, bundletest.Verifier, bundletest.Treasurer)
	gives(l, "w_2", 300)
	l.Sign("2026-10-18", "p_1", release(bundletest.Treasurer))
	paysEmergency(l)
	return l.Seal(t)
}

func TestAnEmergencyGrantOnTopOfAnAwardDoesNotMakeItOne(t *testing.T) {
	t.Parallel()
	for _, grantFirst := range []bool{true, false} {
		// given an award with the money of a round and of an emergency grant
		l := staffed(t)
		emergencyOf(l, bundletest.Verifier, bundletest.Treasurer)
		l.Post(leaf.RoundHold, "2026-10-18", "hold", "allocationRounds/r_1", bundletest.D("fund:general:available", 5000), bundletest.C("round:r_1:general", 5000))
		grant := func() { gives(l, "w_2", 1) }
		if grantFirst {
			grant()
		}
		l.Post(leaf.RoundAward, "2026-10-18", "award", "allocationRounds/r_1", bundletest.D("round:r_1:general", 5000), bundletest.C("award:w_2", 5000))
		if !grantFirst {
			grant()
		}

		// when it is paid by the release that is enough for an emergency
		l.Sign("2026-10-18", "p_1", release(bundletest.Treasurer))
		paid := int64(len(l.Leaves))
		paysEmergency(l)

		// then the lock and an approval are missing
		report := check(t, l.Seal(t), nil)
		if len(report.Findings) != 1 || report.Findings[0].Rule != verify.RulePlan || report.Findings[0].Sequence != paid {
			t.Errorf("grant first %t: %v", grantFirst, report.Findings)
		}
		if v := python(t, l.Signer.VerifierKey(), export(t, l)); v[0].right {
			t.Errorf("grant first %t: %s", grantFirst, v[0].words)
		}
	}
}

func TestABookingByPeopleNeedsTwoOfThem(t *testing.T) {
	t.Parallel()
	const name = "ledger/adjustments/adj_1"
	lines := []bundletest.Line{bundletest.D("asset:bank:main", 500), bundletest.C("equity:opening", 500)}
	for what, write := range map[string]func(l *bundletest.Log){
		"none": func(*bundletest.Log) {},
		"one person": func(l *bundletest.Log) {
			l.Propose(bundletest.Officer, bundletest.Treasurer, leaf.Approver)
			l.Confirm(bundletest.SecondOfficer, bundletest.Treasurer, leaf.Approver)
			l.Decide(leaf.DecisionAdjustmentProposed, "2026-11-23", name, bundletest.Treasurer, "a")
			l.Decide(leaf.DecisionAdjustmentApproved, "2026-11-23", name, bundletest.Treasurer, "a")
		},
		"another content": func(l *bundletest.Log) {
			l.Decide(leaf.DecisionAdjustmentProposed, "2026-11-23", name, bundletest.Treasurer, "a")
			l.Decide(leaf.DecisionAdjustmentApproved, "2026-11-23", name, bundletest.Approver, "b")
		},
		"proposed anew": func(l *bundletest.Log) {
			l.Decide(leaf.DecisionAdjustmentProposed, "2026-11-23", name, bundletest.Treasurer, "a")
			l.Decide(leaf.DecisionAdjustmentApproved, "2026-11-23", name, bundletest.Approver, "a")
			l.Decide(leaf.DecisionAdjustmentProposed, "2026-11-23", name, bundletest.Treasurer, "b")
		},
	} {
		l := bundletest.Story(t)
		write(l)
		at := int64(len(l.Leaves))
		l.Post(leaf.OpeningBalance, "2026-11-23", name, name, lines...)
		report := check(t, l.Seal(t), nil)
		if report.OK() || report.Findings[0].Rule != verify.RuleAdjustment || report.Findings[0].Sequence != at {
			t.Errorf("%s: %v", what, report.Findings)
		}
	}
	l := bundletest.Story(t)
	l.Adjust(leaf.OpeningBalance, "2026-11-23", "adj_1", lines...)
	if report := check(t, l.Seal(t), nil); !report.OK() {
		t.Errorf("by two: %v", report.Findings)
	}
	l.Post(leaf.OpeningBalance, "2026-11-23", name+"/again", name, lines...)
	if report := check(t, l.Seal(t), nil); report.OK() || report.Findings[0].Rule != verify.RuleAdjustment {
		t.Errorf("booked twice: %v", report.Findings)
	}
}
