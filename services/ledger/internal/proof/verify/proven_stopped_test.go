package verify_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// stops freezes somebody, by an officer.
func stops(l *bundletest.Log, subject, on, until string) {
	l.Say(leaf.DecisionFreeze, on, subject, bundletest.Officer, subject, &leaf.Freeze{Subject: subject, Until: day(until)})
}

// clears ends a freeze by two.
func clears(l *bundletest.Log, subject, on string) {
	for _, by := range []string{bundletest.SecondOfficer, bundletest.Verifier} {
		l.Say(leaf.DecisionFreezeLifted, on, subject, by, subject, &leaf.Thaw{Subject: subject})
	}
}

func takes(l *bundletest.Log, person string, role leaf.Role) {
	l.Revoke(bundletest.Officer, person, role)
	l.Revoke(bundletest.SecondOfficer, person, role)
}

// stopped is a plan whose people are stopped between its steps.
func stopped(name, words string, amount int64, lock leaf.Lock, released string, steps ...func(*bundletest.Log)) proven {
	return planCase(name, words, amount, func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-18", "p_1", tr, lock)
		l.Sign("2026-10-18", "p_1", approve(ap))
		for _, step := range steps {
			step(l)
		}
		l.Sign("2026-10-19", "p_1", release(released))
		return l
	})
}

// emergencyCase is an emergency that is given and then paid, with something between.
func emergencyCase(name, words string, then func(*bundletest.Log)) proven {
	c := proven{name, verify.RulePlan, words, func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, tr)
		gives(l, "w_2", 300)
		then(l)
		if words == "" {
			return right(l, func() { paysEmergency(l) })
		}
		return bad(l, func() { paysEmergency(l) })
	}}
	if words == "" {
		c.rule = ""
	}
	return c
}

const noneLeft = "with no PLAN_APPROVED of the 7 days before by somebody who still might"

var stoppedCases = []proven{
	stopped("an approver frozen before the release", noneLeft, 1000, two(1000), tr,
		func(l *bundletest.Log) { stops(l, ap, "2026-10-18", "2026-10-19") }),
	stopped("an approver frozen before the release, and cleared", noneLeft, 1000, two(1000), tr,
		func(l *bundletest.Log) { stops(l, ap, "2026-10-18", "2026-10-19"); clears(l, ap, "2026-10-18") }),
	stopped("an approver frozen, cleared, who approves again", "", 1000, two(1000), tr,
		func(l *bundletest.Log) { stops(l, ap, "2026-10-18", "2026-10-18") },
		func(l *bundletest.Log) { l.Sign("2026-10-19", "p_1", approve(ap)) }),
	stopped("an approver frozen, and another approves", "", 1000, two(1000), tr,
		func(l *bundletest.Log) { stops(l, ap, "2026-10-18", "2026-10-19") },
		func(l *bundletest.Log) { l.Sign("2026-10-19", "p_1", approve(bundletest.SecondApprover)) }),
	stopped("an approver revoked before the release", noneLeft, 1000, two(1000), tr,
		func(l *bundletest.Log) { takes(l, ap, leaf.Approver) }),
	stopped("an approver whom one wants revoked", "", 1000, two(1000), tr,
		func(l *bundletest.Log) { l.Revoke(bundletest.Officer, ap, leaf.Approver) }),
	stopped("the maker of a large plan frozen before the release", "with 2 persons, but needs 3", 300_000, three(300_000), re,
		func(l *bundletest.Log) { stops(l, tr, "2026-10-18", "2026-10-19") }),
	planCase("an approver frozen after the release", "", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap), release(tr))(l)
		stops(l, ap, "2026-10-18", "2026-10-19")
		return l
	}),
	planCase("an approver frozen and cleared four days after", "", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap))(l)
		stops(l, ap, "2026-10-22", "2026-10-23")
		clears(l, ap, "2026-10-22")
		l.Sign("2026-10-23", "p_1", release(tr))
		return l
	}),
	planCase("an approver frozen three days after", "", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap))(l)
		stops(l, ap, "2026-10-22", "2026-10-23")
		l.Sign("2026-10-24", "p_1", release(tr))
		return l
	}),
	planCase("an approver frozen on the day of the release", "by somebody who still might", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap))(l)
		stops(l, ap, "2026-10-22", "2026-10-23")
		l.Sign("2026-10-23", "p_1", release(tr))
		return l
	}),
	emergencyCase("an emergency whose approver was frozen before the release", "lacks two EMERGENCY_APPROVED by persons who still might", func(l *bundletest.Log) {
		stops(l, bundletest.Verifier, "2026-10-18", "2026-10-18")
		l.Sign("2026-10-18", "p_1", release(tr))
	}),
	emergencyCase("an emergency whose approver was frozen and is approved by a third", "", func(l *bundletest.Log) {
		stops(l, bundletest.Verifier, "2026-10-18", "2026-10-19")
		emergencyOf(l, bundletest.SecondOfficer)
		l.Sign("2026-10-18", "p_1", release(tr))
	}),
	emergencyCase("an emergency approved by a third after its release", "lacks two EMERGENCY_APPROVED by persons who still might", func(l *bundletest.Log) {
		stops(l, bundletest.Verifier, "2026-10-18", "2026-10-19")
		l.Sign("2026-10-18", "p_1", release(tr))
		emergencyOf(l, bundletest.SecondOfficer)
	}),
	emergencyCase("an emergency whose approver lost the role before the release", "lacks two EMERGENCY_APPROVED by persons who still might", func(l *bundletest.Log) {
		takes(l, bundletest.Verifier, leaf.Verifier)
		l.Sign("2026-10-20", "p_1", release(tr))
	}),
	emergencyCase("an emergency whose approver was frozen after the release", "", func(l *bundletest.Log) {
		l.Sign("2026-10-18", "p_1", release(tr))
		stops(l, bundletest.Verifier, "2026-10-18", "2026-10-19")
	}),
	{"an emergency given when its approver was frozen", verify.RuleHands, "has no second EMERGENCY_APPROVED", func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, tr)
		stops(l, bundletest.Verifier, "2026-10-18", "2026-10-19")
		return bad(l, func() { gives(l, "w_2", 300) })
	}},
	{"a cost whose approver was frozen since", verify.RuleAdjustment, "was approved by nobody who still might do so", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		stops(l, ap, "2026-10-18", "2026-10-19")
		return bad(l, func() { spend(l, leaf.RunningCost, "2026-10-18", "a_1", 1000) })
	}},
	{"a cost whose approver was revoked since", verify.RuleAdjustment, "was approved by nobody who still might do so", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		takes(l, ap, leaf.Approver)
		return bad(l, func() { spend(l, leaf.RunningCost, "2026-10-18", "a_1", 1000) })
	}},
	{"a transfer whose proposer was frozen since", verify.RuleAdjustment, "was proposed by staff/s_1, who might do so no more", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		stops(l, tr, "2026-10-18", "2026-10-19")
		return bad(l, func() {
			l.Post(leaf.Transfer, "2026-10-18", "ledger/adjustments/a_1", "ledger/adjustments/a_1",
				bundletest.D("fund:operations:available", 10), bundletest.C("fund:general:available", 10))
		})
	}},
	{"a large cost by three, one of whom was frozen", verify.RuleHands, "was decided by 2 persons, but needs 3", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap, bundletest.SecondApprover)
		stops(l, ap, "2026-10-18", "2026-10-19")
		return bad(l, func() { spend(l, leaf.RunningCost, "2026-10-18", "a_1", 300_000) })
	}},
	{"cash whose approver was frozen since", verify.RuleAdjustment, "was approved by nobody who still might do so", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		stops(l, ap, "2026-10-18", "2026-10-19")
		return bad(l, func() { spend(l, leaf.CashAdvance, "2026-10-18", "a_1", 100) })
	}},
}

// Who sees a colleague frozen a moment before the money leaves sees it stopped.
func TestWithoutWhoStillMayDecideAFrozenApprovalPays(t *testing.T) {
	t.Parallel()
	l := staffed(t)
	planned(two(1000), tr, approve(ap))(l)
	stops(l, ap, "2026-10-18", "2026-10-19")
	l.Sign("2026-10-18", "p_1", release(tr))
	pays(l, 1000)()
	l.Seal(t)
	if report := check(t, l, func(o *verify.Options) { o.Anybody = true }); !report.OK() {
		t.Errorf("with the protection off: %v", report.Findings)
	}
	if report := check(t, l, nil); report.OK() || report.Findings[0].Rule != verify.RulePlan {
		t.Errorf("with it: %v", report.Findings)
	}
}
