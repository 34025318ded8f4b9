package verify_test

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

const tr, ap, au, re = bundletest.Treasurer, bundletest.Approver, bundletest.Authorizer, bundletest.Releaser

// planned locks the plan p_1, signs it on the same day and pays from it.
func planned(lock leaf.Lock, locker string, steps ...bundletest.Step) func(l *bundletest.Log) *bundletest.Log {
	return func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-18", "p_1", locker, lock)
		l.Sign("2026-10-18", "p_1", steps...)
		return l
	}
}

func pays(l *bundletest.Log, amount int64) func() {
	return func() { l.Pay("2026-10-19", "p_1", "y_1", 1, amount) }
}

// plan is a case in which the payment of a plan is right or the first bad leaf.
func planCase(name, words string, amount int64, write func(l *bundletest.Log) *bundletest.Log) proven {
	rule := verify.RulePlan
	if words == "" {
		rule = ""
	}
	return proven{name, rule, words, func(l *bundletest.Log) int64 {
		at := bad(write(l), pays(l, amount))
		if words == "" {
			return -1
		}
		return at
	}}
}

func void(l *bundletest.Log, day string) {
	l.Say(leaf.DecisionPlanVoided, day, "paymentPlans/p_1", "", "p_1", &leaf.Voiding{Reason: leaf.VoidObjection})
}

var planCases = []proven{
	planCase("two persons for a small plan", "", 1000, planned(two(1000), tr, approve(ap), release(tr))),
	planCase("three for a large one", "", 300_000, planned(three(300_000), tr, approve(ap), release(re))),
	planCase("two for a large one", "with 2 persons, but needs 3 persons (or two and 3 days)", 300_000, planned(three(300_000), tr, approve(ap), release(tr))),
	planCase("two for a large one after its days", "", 300_000, func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-15", "p_1", tr, three(300_000))
		l.Sign("2026-10-18", "p_1", approve(ap), release(tr))
		return l
	}),
	planCase("two for a large one a day too early", "but needs 3 persons", 300_000, func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-16", "p_1", tr, three(300_000))
		l.Sign("2026-10-18", "p_1", approve(ap), release(tr))
		return l
	}),
	planCase("released again when the days were over", "", 300_000, func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-15", "p_1", tr, three(300_000))
		l.Sign("2026-10-16", "p_1", approve(ap), release(tr))
		l.Sign("2026-10-18", "p_1", release(tr))
		return l
	}),
	planCase("not approved", "no PLAN_APPROVED", 1000, planned(two(1000), tr, release(re))),
	planCase("approved by who locked it", "was approved by staff/s_1, who locked it", 1000, func(l *bundletest.Log) *bundletest.Log {
		l.Propose(bundletest.Officer, tr, leaf.Approver)
		l.Confirm(bundletest.SecondOfficer, tr, leaf.Approver)
		return planned(two(1000), tr, approve(tr), approve(ap), release(re))(l)
	}),
	planCase("not released", "has no PLAN_RELEASED", 1000, planned(two(1000), tr, approve(ap))),
	planCase("never locked", "has no PLAN_LOCKED", 1000, func(l *bundletest.Log) *bundletest.Log { return l }),
	planCase("released without a lock", "has no PLAN_LOCKED", 1000, func(l *bundletest.Log) *bundletest.Log {
		l.Sign("2026-10-18", "p_1", approve(ap), release(tr))
		return l
	}),
	planCase("an approval of another content", "no PLAN_APPROVED", 1000, func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-18", "p_1", tr, two(1000))
		l.Decide(leaf.DecisionPlanApproved, "2026-10-18", "paymentPlans/p_1", ap, "other")
		l.Sign("2026-10-18", "p_1", release(tr))
		return l
	}),
	planCase("an approval that is seven days old", "", 1000, func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-11", "p_1", tr, two(1000))
		l.Sign("2026-10-11", "p_1", approve(ap))
		l.Sign("2026-10-18", "p_1", release(tr))
		return l
	}),
	planCase("an approval that is too old", "of the 7 days before", 1000, func(l *bundletest.Log) *bundletest.Log {
		l.Lock("2026-10-10", "p_1", tr, two(1000))
		l.Sign("2026-10-10", "p_1", approve(ap))
		l.Sign("2026-10-18", "p_1", release(tr))
		return l
	}),
	planCase("locked anew and not approved anew", "has no PLAN_RELEASED", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap), release(tr))(l)
		l.Lock("2026-10-18", "p_1", tr, two(1000))
		return l
	}),
	planCase("voided", "was voided on 2026-10-18", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap), release(tr))(l)
		void(l, "2026-10-18")
		return l
	}),
	planCase("voided, locked and signed anew", "", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap), release(tr))(l)
		void(l, "2026-10-18")
		return planned(two(1000), tr, approve(ap), release(tr))(l)
	}),
	planCase("a look is missing", "needs 1 looks at families, but has 0", 1000, planned(leaf.Lock{Amount: 1000, Persons: 2, Looks: 1}, tr, approve(ap), release(tr))),
	planCase("a look is there", "", 1000, planned(leaf.Lock{Amount: 1000, Persons: 2, Looks: 1}, tr,
		step(leaf.DecisionPlanLooked, bundletest.Verifier), approve(ap), release(tr))),
	planCase("more than was locked", "pays 1001 EUR in all, but was locked with 1000", 1001, planned(two(1000), tr, approve(ap), release(tr))),
	planCase("more than was locked, in two payments", "pays 1100 EUR in all", 600, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap), release(tr))(l)
		l.Pay("2026-10-19", "p_1", "y_2", 1, 500)
		return l
	}),
	planCase("a payment tried again", "", 1000, func(l *bundletest.Log) *bundletest.Log {
		planned(two(1000), tr, approve(ap), release(tr))(l)
		l.Pay("2026-10-19", "p_1", "y_1", 0, 1000)
		return l
	}),
	planCase("locked in another currency", "pays in EUR, but was locked in USD", 1000,
		planned(leaf.Lock{Currency: "USD", Amount: 1000, Persons: 2}, tr, approve(ap), release(tr))),
	{"a plan of the officer's approval", verify.RuleRole, "it needs APPROVER", func(l *bundletest.Log) int64 {
		l.Lock("2026-10-18", "p_1", tr, two(1000))
		return bad(l, func() { l.Sign("2026-10-18", "p_1", approve(bundletest.Officer)) })
	}},
	{"a large plan says two", verify.RuleHands, "says that it needs 2 persons, but with 200001 EUR leaving in 30 days it needs 3 persons", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Lock("2026-10-18", "p_1", tr, two(200_001)) })
	}},
	{"two plans that are large together", verify.RuleHands, "with 250000 EUR", func(l *bundletest.Log) int64 {
		l.Lock("2026-10-18", "p_1", tr, two(150_000))
		return bad(l, func() { l.Lock("2026-11-16", "p_2", tr, two(100_000)) })
	}},
	{"two plans thirty days apart", "", "", func(l *bundletest.Log) int64 {
		l.Lock("2026-10-18", "p_1", tr, two(150_000))
		return right(l, func() { l.Lock("2026-11-17", "p_2", tr, two(100_000)) })
	}},
	{"a plan that was voided does not count", "", "", func(l *bundletest.Log) int64 {
		l.Lock("2026-10-18", "p_1", tr, two(150_000))
		void(l, "2026-10-18")
		return right(l, func() { l.Lock("2026-10-18", "p_2", tr, two(100_000)) })
	}},
	{"a plan locked anew counts once", "", "", func(l *bundletest.Log) int64 {
		l.Lock("2026-10-18", "p_1", tr, two(150_000))
		return right(l, func() { l.Lock("2026-10-18", "p_1", tr, two(150_000)) })
	}},
	{"what a voided plan has paid counts", verify.RuleHands, "with 200001 EUR", func(l *bundletest.Log) int64 {
		paidAndVoided(l, 100_001)
		return bad(l, func() { l.Lock("2026-10-19", "p_2", tr, two(100_000)) })
	}},
	{"what a voided plan has paid counts for its next lock", verify.RuleHands, "with 250001 EUR", func(l *bundletest.Log) int64 {
		paidAndVoided(l, 100_001)
		return bad(l, func() { l.Lock("2026-10-19", "p_1", tr, two(150_000)) })
	}},
	{"a plan locked anew counts beside what it has paid", verify.RuleHands, "with 200002 EUR", func(l *bundletest.Log) int64 {
		paidAndVoided(l, 100_001)
		l.Lock("2026-10-19", "p_1", tr, two(1))
		return bad(l, func() { l.Lock("2026-10-19", "p_2", tr, two(100_000)) })
	}},
	{"what a voided plan has paid counts for thirty days", "", "", func(l *bundletest.Log) int64 {
		paidAndVoided(l, 100_001)
		return right(l, func() { l.Lock("2026-11-17", "p_2", tr, two(100_000)) })
	}},
	{"what came back of a voided plan does not count", "", "", func(l *bundletest.Log) int64 {
		paidAndVoided(l, 100_001)
		return right(l, func() { comesBack(l, 1); l.Lock("2026-10-19", "p_2", tr, two(100_000)) })
	}},
	{"what came back before does not count either", "", "", func(l *bundletest.Log) int64 {
		planned(two(150_000), tr, approve(ap), release(tr))(l)
		pays(l, 100_001)()
		comesBack(l, 100_001)
		void(l, "2026-10-19")
		return right(l, func() { l.Lock("2026-10-19", "p_2", tr, two(200_000)) })
	}},
}

// paidAndVoided pays of the plan p_1 and takes its lock back.
func paidAndVoided(l *bundletest.Log, amount int64) {
	planned(two(150_000), tr, approve(ap), release(tr))(l)
	pays(l, amount)()
	void(l, "2026-10-19")
}

// comesBack returns money of the plan p_1.
func comesBack(l *bundletest.Log, amount int64) {
	l.Post(leaf.AttemptReturned, "2026-10-19", "payment/y_1/attempts/1/return", "paymentPlans/p_1/payments/y_1",
		bundletest.D("asset:bank:main", amount), bundletest.C("award:w_1", amount))
}
