package verify_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
)

// randomLogs is how many logs the two verifiers must agree about.
const randomLogs = 300

// chance makes logs by chance.
type chance struct {
	*rand.Rand
	log *bundletest.Log
}

func oneOf[T any](c chance, from ...T) T { return from[c.IntN(len(from))] }

// seldom is true once in so many times.
func (c chance) seldom(times int) bool { return c.IntN(times) == 0 }

func (c chance) day() string { return fmt.Sprintf("2026-10-%02d", 14+c.IntN(8)) }

// by is somebody, mostly who should.
func (c chance) by(should string) string {
	if c.seldom(25) {
		return oneOf(c, tr, ap, au, re, bundletest.Verifier, bundletest.Officer, "staff/x", "")
	}
	return should
}

// plan locks, signs and pays a plan.
func (c chance) plan(i int) {
	l, name, day := c.log, fmt.Sprintf("p_%d", i%3), c.day()
	amount := int64(oneOf(c, 1000, 60_000, 300_000))
	lock := two(amount)
	if amount > 200_000 || c.seldom(8) {
		lock = three(amount)
	}
	l.Lock(day, name, c.by(tr), lock)
	if c.seldom(10) {
		l.Say(leaf.DecisionPlanVoided, day, "paymentPlans/"+name, c.by(""), name, &leaf.Voiding{Reason: leaf.VoidUnlock})
	}
	for _, s := range []bundletest.Step{approve(c.by(ap)), authorize(c.by(au)), release(c.by(oneOf(c, re, tr)))} {
		if !c.seldom(12) || s.Kind == leaf.DecisionPlanReleased {
			l.Sign(oneOf(c, day, day, day, c.day()), name, s)
		}
		if c.seldom(12) {
			c.stop(oneOf(c, tr, ap, au))
		}
	}
	for range c.IntN(3) {
		l.Pay(day, name, fmt.Sprintf("y_%d", i), len(l.Leaves), oneOf(c, amount, amount/2, amount/2, amount/3))
	}
	c.after(name, i, amount)
}

// stop freezes or revokes somebody who may have signed already.
func (c chance) stop(who string) {
	switch c.IntN(3) {
	case 0:
		takes(c.log, who, oneOf(c, leaf.Approver, leaf.Treasurer))
	case 1:
		clears(c.log, who, c.day())
	default:
		stops(c.log, who, c.day(), c.day())
	}
}

// after takes back the lock of a plan that was paid, or money of it.
func (c chance) after(name string, i int, amount int64) {
	for range c.IntN(3) {
		if c.seldom(2) {
			c.log.Say(leaf.DecisionPlanVoided, c.day(), "paymentPlans/"+name, "", name, &leaf.Voiding{Reason: leaf.VoidAbort})
		} else {
			c.log.Post(leaf.AttemptFailed, c.day(), fmt.Sprintf("fail/%d", len(c.log.Leaves)), fmt.Sprintf("paymentPlans/%s/payments/y_%d", name, i),
				bundletest.D("transit:sepa", amount/5), bundletest.C("award:w_1", amount/5))
		}
	}
}

// staff grants, revokes, freezes or binds.
func (c chance) staff(i int) {
	l, who := c.log, fmt.Sprintf("staff/n_%d", i)
	switch role := oneOf(c, leaf.Treasurer, leaf.Verifier, leaf.Auditor, leaf.ProtectionOfficer); c.IntN(6) {
	case 0:
		l.Revoke(c.by(oneOf(c, bundletest.Officer, bundletest.Verifier)), oneOf(c, au, bundletest.SecondApprover), oneOf(c, leaf.Treasurer, leaf.Approver))
	case 1:
		l.Say(leaf.DecisionFreeze, c.day(), "freezes/f", c.by(oneOf(c, "", bundletest.Officer, bundletest.Verifier)), "f",
			&leaf.Freeze{Subject: oneOf(c, au, re), Until: day(c.day())})
		if c.seldom(2) {
			l.Say(leaf.DecisionFreezeLifted, c.day(), "freezes/f", c.by(oneOf(c, "", bundletest.Officer, bundletest.Verifier)), "f",
				&leaf.Thaw{Subject: oneOf(c, au, re)})
		}
	case 2:
		l.Bind(oneOf(c, who, who, who, tr)).Person = c.by(bundletest.Officer)
	case 3:
		l.Propose(c.by(bundletest.Officer), who, role)
		l.Confirm(c.by(bundletest.Verifier), who, role)
		l.Confirm(c.by(bundletest.Approver), who, role)
	default:
		l.Propose(c.by(bundletest.Officer), oneOf(c, who, who, who, who, tr, bundletest.Verifier), role)
		l.Confirm(c.by(bundletest.SecondOfficer), oneOf(c, who, who, who, who, tr, bundletest.Verifier), role)
	}
}

// money decides about a policy or a cost, or covers a deficit.
func (c chance) money(i int) {
	l, id := c.log, fmt.Sprintf("a_%d", i)
	switch c.IntN(4) {
	case 0:
		l.Say(leaf.DecisionPolicyProposed, c.day(), policyName, c.by(tr), "policy", policy())
		l.Say(leaf.DecisionPolicyVersion, c.day(), policyName, c.by(ap), oneOf(c, "policy", "policy", "policy", "other"), policy())
	case 1:
		day := c.day()
		decide(l, id, day, oneOf(c, day, day, c.day()), c.by(ap), c.by(bundletest.SecondApprover))
		if c.seldom(8) {
			c.stop(oneOf(c, tr, ap, bundletest.SecondApprover))
		}
		spend(l, oneOf(c, leaf.RunningCost, leaf.CashLost, leaf.CashAdvance), day, id, int64(oneOf(c, 500, 4000, 150_000)))
	case 2:
		day := c.day()
		source := "emergencyGrants/" + id
		for range 2 {
			l.Say(leaf.DecisionEmergencyApproved, day, source, c.by(oneOf(c, tr, bundletest.Verifier)), id, &leaf.Emergency{Currency: "EUR", Amount: 300})
		}
		l.Post(leaf.EmergencyGrant, day, "grant/"+id, source, bundletest.D("fund:general:available", 300), bundletest.C("award:"+id, 300))
		if c.seldom(4) {
			c.stop(oneOf(c, tr, bundletest.Verifier))
		}
		l.Sign(day, id, release(c.by(tr)))
		if c.seldom(4) {
			l.Say(leaf.DecisionEmergencyApproved, day, source, c.by(bundletest.Officer), id, &leaf.Emergency{Currency: "EUR", Amount: 300})
			l.Sign(day, id, release(c.by(bundletest.Releaser)))
		}
		l.Post(leaf.AttemptSubmitted, day, "pay/"+id, "paymentPlans/"+id+"/payments/y", bundletest.D("award:"+id, 300), bundletest.C("transit:sepa", 300))
	default:
		kind := oneOf(c, leaf.ProcessingFee, leaf.ProcessingFee, leaf.ProcessingFee, leaf.Dispute)
		l.Post(kind, "2026-10-18", "fee/"+id, "donations/d_1", bundletest.D("deficit:general", 30), bundletest.C("asset:stripe", 30))
		l.Post(leaf.DeficitCovered, "2026-10-19", "covering/"+id, "funds/general", bundletest.D("fund:operations:available", 30), bundletest.C("deficit:general", 30))
	}
}

func randomLog(t *testing.T, seed uint64) *bundletest.Log {
	c := chance{rand.New(rand.NewPCG(seed, 1)), bundletest.Staffed(t).Award(5_000_000)}
	for i := range 1 + c.IntN(6) {
		oneOf(c, c.plan, c.plan, c.staff, c.money)(i)
	}
	return c.log.Seal(t)
}

// Whatever is decided, both verifiers name the same leaf.
func TestBothVerifiersAgreeAboutRandomDecisions(t *testing.T) {
	t.Parallel()
	logs, dirs := make([]*bundletest.Log, randomLogs), make([]string, randomLogs)
	for i := range logs {
		logs[i] = randomLog(t, uint64(i))
		dirs[i] = export(t, logs[i])
	}
	verdicts := pythonWith(t, []string{"--key", logs[0].Signer.VerifierKey()}, dirs...)
	seen := map[string]int{}
	for i, l := range logs {
		report, v := check(t, l, nil), verdicts[i]
		if report.OK() {
			seen["right"]++
		} else {
			seen[string(report.Findings[0].Rule)]++
		}
		if report.OK() != v.right || !report.OK() && !strings.HasPrefix(v.words, fmt.Sprintf("wrong: entry %d ", report.Findings[0].Sequence)) {
			t.Errorf("log %d: the script says %s, found %v", i, v.words, report.Findings)
		}
	}
	for _, what := range []string{"right", "ROLE", "STAFF", "PLAN_DECISIONS", "HANDS"} {
		if seen[what] < 10 {
			t.Errorf("hardly any log is %s: %v", what, seen)
		}
	}
}
