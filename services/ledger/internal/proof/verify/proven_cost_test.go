package verify_test

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// policy asks for four persons above 100.00 from 2026-10-15 on, and lets a courier
// hold 50.00.
func policy() *leaf.Policy {
	return &leaf.Policy{EffectiveOn: day("2026-10-15"), ApprovalDays: 2, Currencies: []leaf.Hands{{
		Currency: "EUR", CashCap: 5000, Rows: []leaf.Row{{UpTo: 10_000, Persons: 2}, {Persons: 4, WaitDays: 1}},
	}}}
}

const policyName = "policies/hands/versions/1"

func propose(l *bundletest.Log) {
	l.Say(leaf.DecisionPolicyProposed, "2026-10-14", policyName, tr, "policy", policy())
}

func inForce(l *bundletest.Log) {
	propose(l)
	l.Say(leaf.DecisionPolicyVersion, "2026-10-14", policyName, ap, "policy", policy())
}

var policyCases = []proven{
	{"four persons by the policy", "", "", func(l *bundletest.Log) int64 {
		inForce(l)
		planned(leaf.Lock{Amount: 20_000, Persons: 4, WaitDays: 1}, tr, approve(ap), authorize(au), release(re))(l)
		return right(l, pays(l, 20_000))
	}},
	{"three where the policy asks for four", verify.RulePlan, "needs 4 persons (or two and 1 days)", func(l *bundletest.Log) int64 {
		inForce(l)
		planned(leaf.Lock{Amount: 20_000, Persons: 4, WaitDays: 1}, tr, approve(ap), release(re))(l)
		return bad(l, pays(l, 20_000))
	}},
	{"an approval older than the policy allows", verify.RulePlan, "of the 2 days before", func(l *bundletest.Log) int64 {
		inForce(l)
		l.Lock("2026-10-15", "p_1", tr, two(1000))
		l.Sign("2026-10-15", "p_1", approve(ap))
		l.Sign("2026-10-18", "p_1", release(tr))
		return bad(l, pays(l, 1000))
	}},
	{"a plan says what the table before the policy says", verify.RuleHands, "it needs 4 persons", func(l *bundletest.Log) int64 {
		inForce(l)
		return bad(l, func() { l.Lock("2026-10-15", "p_1", tr, two(20_000)) })
	}},
	{"the day before the policy", "", "", func(l *bundletest.Log) int64 {
		inForce(l)
		return right(l, func() { l.Lock("2026-10-14", "p_1", tr, two(20_000)) })
	}},
	{"a currency that the policy does not know", "", "", func(l *bundletest.Log) int64 {
		inForce(l)
		return right(l, func() { l.Lock("2026-10-15", "p_1", tr, leaf.Lock{Currency: "USD", Amount: 20_000, Persons: 2}) })
	}},
	{"decided by who proposed it", verify.RulePolicy, "who proposed it", func(l *bundletest.Log) int64 {
		l.Say(leaf.DecisionPolicyProposed, "2026-10-14", policyName, bundletest.Officer, "policy", policy())
		return bad(l, func() {
			l.Say(leaf.DecisionPolicyVersion, "2026-10-14", policyName, bundletest.Officer, "policy", policy())
		})
	}},
	{"proposed by nobody", verify.RulePolicy, "nobody has proposed", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Say(leaf.DecisionPolicyVersion, "2026-10-14", policyName, ap, "policy", policy()) })
	}},
	{"decided with another content", verify.RulePolicy, "another content", func(l *bundletest.Log) int64 {
		propose(l)
		other := policy()
		other.Currencies[0].Rows[0].UpTo = 1_000_000
		return bad(l, func() { l.Say(leaf.DecisionPolicyVersion, "2026-10-14", policyName, ap, "policy", other) })
	}},
	{"other policies, with amounts and without", "", "", func(l *bundletest.Log) int64 {
		for name, amounts := range map[string][]leaf.PolicyAmount{"policies/rounds/versions/1": {{Currency: "EUR", Amount: 5}}, "familyPolicies/1": nil} {
			content := &leaf.Policy{EffectiveOn: policy().EffectiveOn, Amounts: amounts}
			l.Say(leaf.DecisionPolicyProposed, "2026-10-14", name, bundletest.Officer, name, content)
			l.Say(leaf.DecisionPolicyVersion, "2026-10-14", name, ap, name, content)
		}
		return right(l, func() { l.Lock("2026-10-15", "p_1", tr, two(20_000)) })
	}},
	{"a policy of rounds by one person", verify.RulePolicy, "who proposed it", func(l *bundletest.Log) int64 {
		content := &leaf.Policy{EffectiveOn: policy().EffectiveOn}
		l.Say(leaf.DecisionPolicyProposed, "2026-10-14", "policies/rounds/versions/1", bundletest.Officer, "policy", content)
		return bad(l, func() {
			l.Say(leaf.DecisionPolicyVersion, "2026-10-14", "policies/rounds/versions/1", bundletest.Officer, "policy", content)
		})
	}},
	{"the table of hands in another policy", verify.RulePolicy, "another policy with the table", func(l *bundletest.Log) int64 {
		return bad(l, func() {
			l.Say(leaf.DecisionPolicyProposed, "2026-10-14", "familyPolicies/1", bundletest.Officer, "policy", policy())
		})
	}},
	{"a policy of hands without the table", verify.RulePolicy, "without its table", func(l *bundletest.Log) int64 {
		return bad(l, func() {
			l.Say(leaf.DecisionPolicyProposed, "2026-10-14", policyName, tr, "policy", &leaf.Policy{EffectiveOn: policy().EffectiveOn})
		})
	}},
}

// spend books a running cost, or another kind that money leaves by.
func spend(l *bundletest.Log, kind leaf.Kind, on, id string, amount int64) *leaf.Transaction {
	name := "ledger/adjustments/" + id
	lines := []bundletest.Line{bundletest.D("fund:operations:available", amount), bundletest.C("asset:bank:main", amount)}
	switch kind {
	case leaf.CashAdvance:
		lines[0].Account = "asset:cash:h_1"
	case leaf.CashLost:
		lines[1].Account = "asset:cash:h_1"
	}
	return l.Post(kind, on, name, name, lines...)
}

func decide(l *bundletest.Log, id, proposed, approved string, approvers ...string) {
	name := "ledger/adjustments/" + id
	l.Decide(leaf.DecisionAdjustmentProposed, proposed, name, tr, id)
	for _, a := range approvers {
		l.Decide(leaf.DecisionAdjustmentApproved, approved, name, a, id)
	}
}

// emergencyOf approves an emergency of 3.00.
func emergencyOf(l *bundletest.Log, approvers ...string) {
	for _, a := range approvers {
		l.Say(leaf.DecisionEmergencyApproved, "2026-10-18", "emergencyGrants/e_1", a, "e", &leaf.Emergency{Currency: "EUR", Amount: 300})
	}
}

// gives books an emergency grant.
func gives(l *bundletest.Log, award string, amount int64) {
	l.Post(leaf.EmergencyGrant, "2026-10-18", "grant/"+award, "emergencyGrants/e_1", bundletest.D("fund:general:available", amount), bundletest.C("award:"+award, amount))
}

func paysEmergency(l *bundletest.Log) {
	l.Post(leaf.AttemptSubmitted, "2026-10-18", "payment/y_1/attempts/1/submit", "paymentPlans/p_1/payments/y_1", bundletest.D("award:w_2", 300), bundletest.C("transit:sepa", 300))
}

var costCases = []proven{
	{"a running cost by two", "", "", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		return right(l, func() { spend(l, leaf.RunningCost, "2026-10-18", "a_1", 1000) })
	}},
	{"a large running cost by two", verify.RuleHands, "was decided by 2 persons, but needs 3", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		return bad(l, func() { spend(l, leaf.RunningCost, "2026-10-18", "a_1", 300_000) })
	}},
	{"a large running cost by three", "", "", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap, bundletest.SecondApprover)
		return right(l, func() { spend(l, leaf.RunningCost, "2026-10-18", "a_1", 300_000) })
	}},
	{"a large running cost by two after its days", "", "", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-15", "2026-10-18", ap)
		return right(l, func() { spend(l, leaf.RunningCost, "2026-10-18", "a_1", 300_000) })
	}},
	{"a cost counts for a plan", verify.RuleHands, "with 250000 EUR", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		spend(l, leaf.RunningCost, "2026-10-18", "a_1", 150_000)
		return bad(l, func() { l.Lock("2026-10-18", "p_1", tr, two(100_000)) })
	}},
	{"a cost booked on an early day counts", verify.RuleHands, "with 250000 EUR", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		spend(l, leaf.RunningCost, "2026-08-01", "a_1", 150_000)
		return bad(l, func() { l.Lock("2026-10-18", "p_1", tr, two(100_000)) })
	}},
	{"an emergency counts for a plan", verify.RuleHands, "with 200300 EUR", func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, bundletest.Officer)
		gives(l, "w_2", 300)
		return bad(l, func() { l.Lock("2026-10-18", "p_2", tr, two(200_000)) })
	}},
	{"cash for a courier by two", "", "", func(l *bundletest.Log) int64 {
		inForce(l)
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		return right(l, func() { spend(l, leaf.CashAdvance, "2026-10-18", "a_1", 5000) })
	}},
	{"more cash than a courier may hold", verify.RuleHands, "holds 5001 EUR after this, but the policy in force allows 5000", func(l *bundletest.Log) int64 {
		inForce(l)
		decide(l, "a_1", "2026-10-18", "2026-10-18", ap)
		return bad(l, func() { spend(l, leaf.CashAdvance, "2026-10-18", "a_1", 5001) })
	}},
	{"cash that nobody decided about", verify.RuleAdjustment, "has no ADJUSTMENT_PROPOSED", func(l *bundletest.Log) int64 {
		return bad(l, func() { spend(l, leaf.CashAdvance, "2026-10-18", "a_1", 100) })
	}},
	{"lost cash that one person decided about", verify.RuleAdjustment, "has no ADJUSTMENT_APPROVED", func(l *bundletest.Log) int64 {
		decide(l, "a_1", "2026-10-18", "2026-10-18")
		return bad(l, func() { spend(l, leaf.CashLost, "2026-10-18", "a_1", 100) })
	}},
	{"an emergency by two and its release", "", "", func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, tr)
		gives(l, "w_2", 300)
		l.Sign("2026-10-18", "p_1", release(tr))
		return right(l, func() { paysEmergency(l) })
	}},
	{"an emergency by one", verify.RuleHands, "emergencyGrants/e_1 has no second EMERGENCY_APPROVED", func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, bundletest.Verifier)
		return bad(l, func() { gives(l, "w_2", 300) })
	}},
	{"an emergency that nobody approved", verify.RuleHands, "emergencyGrants/e_1 has no EMERGENCY_APPROVED", func(l *bundletest.Log) int64 {
		return bad(l, func() { gives(l, "w_2", 300) })
	}},
	{"an emergency that gives more", verify.RuleHands, "gave 301 EUR, but was approved with 300 EUR", func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, tr)
		gives(l, "w_2", 300)
		return bad(l, func() { gives(l, "w_3", 1) })
	}},
	{"an emergency that is not released", verify.RulePlan, "has no PLAN_RELEASED", func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, tr)
		gives(l, "w_2", 300)
		l.Sign("2026-10-18", "p_1", release(tr))
		void(l, "2026-10-18")
		return bad(l, func() { paysEmergency(l) })
	}},
	{"money of a fund beside an emergency's", verify.RulePlan, "has no PLAN_LOCKED", func(l *bundletest.Log) int64 {
		emergencyOf(l, bundletest.Verifier, tr)
		gives(l, "w_2", 300)
		l.Sign("2026-10-18", "p_1", release(tr))
		return bad(l, func() {
			l.Post(leaf.AttemptSubmitted, "2026-10-18", "payment/y_1/attempts/1/submit", "paymentPlans/p_1/payments/y_1",
				bundletest.D("award:w_2", 300), bundletest.D("fund:general:available", 5000), bundletest.C("transit:sepa", 5300))
		})
	}},
	{"money of a fund beside an award's", verify.RulePlan, "pays 6000 EUR in all, but was locked with 1000", func(l *bundletest.Log) int64 {
		planned(two(1000), tr, approve(ap), release(tr))(l)
		return bad(l, func() {
			l.Post(leaf.AttemptSubmitted, "2026-10-18", "payment/y_1/attempts/1/submit", "paymentPlans/p_1/payments/y_1",
				bundletest.D("award:w_1", 1000), bundletest.D("fund:general:available", 5000), bundletest.C("transit:sepa", 6000))
		})
	}},
	{"a deficit of fees is covered", "", "", func(l *bundletest.Log) int64 {
		l.Post(leaf.ProcessingFee, "2026-10-18", "fee/1", "donations/d_1", bundletest.D("deficit:general", 30), bundletest.C("asset:stripe", 30))
		return right(l, func() { cover(l, 30) })
	}},
	{"a deficit of a dispute is covered", verify.RuleDeficit, "covers more of deficit:general", func(l *bundletest.Log) int64 {
		l.Post(leaf.Dispute, "2026-10-18", "dispute/1", "donations/d_1", bundletest.D("deficit:general", 30), bundletest.C("asset:stripe", 30))
		return bad(l, func() { cover(l, 30) })
	}},
	{"a fee that was given back is covered", verify.RuleDeficit, "covers more of deficit:general", func(l *bundletest.Log) int64 {
		l.Post(leaf.Dispute, "2026-10-18", "dispute/1", "donations/d_1", bundletest.D("deficit:general", 30), bundletest.C("asset:stripe", 30))
		fee := l.Post(leaf.ProcessingFee, "2026-10-18", "fee/1", "donations/d_1", bundletest.D("deficit:general", 30), bundletest.C("asset:stripe", 30))
		l.Reverse(fee, "2026-10-18", "fee/1/reverse")
		return bad(l, func() { cover(l, 30) })
	}},
}

func cover(l *bundletest.Log, amount int64) {
	l.Post(leaf.DeficitCovered, "2026-10-19", "covering/1", "funds/general", bundletest.D("fund:operations:available", amount), bundletest.C("deficit:general", amount))
}
