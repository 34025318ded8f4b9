package verify_test

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// lockedBy locks a plan of 10.00.
func lockedBy(l *bundletest.Log, person string) { l.Lock("2026-10-21", "p_1", person, two(1000)) }

// granted is a grant of some days.
func granted(l *bundletest.Log, person string, role leaf.Role, from, until, rests string) {
	c := bundletest.GrantOf(person, role)
	c.From, c.Until, c.RestsUntil = day(from), day(until), day(rests)
	l.Propose(bundletest.Officer, person, role).Content = c
	l.Confirm(bundletest.SecondOfficer, person, role).Content = c
}

func day(text string) leaf.Day {
	d, err := leaf.ParseDay(text)
	if err != nil {
		panic(err)
	}
	return d
}

var roleCases = []proven{
	{"who holds the role decides", "", "", func(l *bundletest.Log) int64 {
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a stranger locks a plan", verify.RuleRole, "staff/x, who took this PLAN_LOCKED, held no role for it on 2026-10-21", func(l *bundletest.Log) int64 {
		return bad(l, func() { lockedBy(l, "staff/x") })
	}},
	{"a colleague of another role", verify.RuleRole, "it needs TREASURER", func(l *bundletest.Log) int64 {
		return bad(l, func() { lockedBy(l, bundletest.Verifier) })
	}},
	{"nobody locks a plan", verify.RuleRole, "nobody has taken", func(l *bundletest.Log) int64 {
		return bad(l, func() { lockedBy(l, "") })
	}},
	{"a revoked treasurer", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		l.Revoke(bundletest.Verifier, bundletest.Treasurer, leaf.Treasurer)
		return bad(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a grant that was only proposed", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Officer, "staff/x", leaf.Treasurer)
		return bad(l, func() { lockedBy(l, "staff/x") })
	}},
	{"a grant that begins tomorrow", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		granted(l, "staff/x", leaf.Treasurer, "2026-10-22", "2027-03-30", "2026-10-22")
		return bad(l, func() { lockedBy(l, "staff/x") })
	}},
	{"the last day of a grant", "", "", func(l *bundletest.Log) int64 {
		granted(l, "staff/x", leaf.Treasurer, "2026-10-01", "2026-10-21", "2026-10-01")
		return right(l, func() { lockedBy(l, "staff/x") })
	}},
	{"the day after a grant", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		granted(l, "staff/x", leaf.Treasurer, "2026-10-01", "2026-10-20", "2026-10-01")
		return bad(l, func() { lockedBy(l, "staff/x") })
	}},
	{"a role that rests does not approve", verify.RuleRole, "still rests", func(l *bundletest.Log) int64 {
		granted(l, "staff/x", leaf.Approver, "2026-10-15", "2027-03-30", "2026-10-22")
		lockedBy(l, bundletest.Treasurer)
		return bad(l, func() { l.Sign("2026-10-21", "p_1", approve("staff/x")) })
	}},
	{"a role that rests locks", "", "", func(l *bundletest.Log) int64 {
		granted(l, "staff/x", leaf.Treasurer, "2026-10-15", "2027-03-30", "2026-10-22")
		return right(l, func() { lockedBy(l, "staff/x") })
	}},
	{"somebody frozen", verify.RuleRole, "was frozen", func(l *bundletest.Log) int64 {
		l.Say(leaf.DecisionFreeze, "2026-10-20", "freezes/f_1", bundletest.Verifier, "f", &leaf.Freeze{Subject: bundletest.Treasurer, Until: day("2026-10-21")})
		return bad(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"somebody whose freeze was lifted", "", "", func(l *bundletest.Log) int64 {
		l.Say(leaf.DecisionFreeze, "2026-10-20", "freezes/f_1", "", "f", &leaf.Freeze{Subject: bundletest.Treasurer, Until: day("2026-10-21")})
		l.Say(leaf.DecisionFreezeLifted, "2026-10-20", "freezes/f_1", bundletest.Verifier, "f", &leaf.Thaw{Subject: bundletest.Treasurer})
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a later kind has no rule", "", "", func(l *bundletest.Log) int64 {
		return right(l, func() { l.Say(200, "2026-10-21", "x/y", "staff/x", "x", &leaf.Opaque{Bytes: "later"}) })
	}},
	{"a stop that nobody took in the call", "", "", func(l *bundletest.Log) int64 {
		lockedBy(l, bundletest.Treasurer)
		return right(l, func() {
			l.Say(leaf.DecisionPlanVoided, "2026-10-21", "paymentPlans/p_1", "", "p_1", &leaf.Voiding{Reason: leaf.VoidFrozen})
		})
	}},
}

var staffCases = []proven{
	{"an officer and two colleagues of different desks", "", "", func(l *bundletest.Log) int64 {
		return right(l, func() {
			l.Propose(bundletest.Officer, "staff/x", leaf.ProtectionOfficer)
			l.Confirm(bundletest.Verifier, "staff/x", leaf.ProtectionOfficer)
			l.Confirm(bundletest.Approver, "staff/x", leaf.ProtectionOfficer)
			l.Bind("staff/x").Person = "staff/x"
		})
	}},
	{"two colleagues of one desk", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Officer, "staff/x", leaf.ProtectionOfficer)
		l.Confirm(bundletest.Verifier, "staff/x", leaf.ProtectionOfficer)
		l.Confirm(bundletest.Caseworker, "staff/x", leaf.ProtectionOfficer)
		return bad(l, func() { l.Bind("staff/y").Person = "staff/x" })
	}},
	{"an officer found later", verify.RuleStaff, "founded already", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Confirm("", "staff/x", leaf.ProtectionOfficer) })
	}},
	{"a treasurer whom nobody confirmed", verify.RuleStaff, "which nobody has confirmed", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Confirm("", "staff/x", leaf.Treasurer) })
	}},
	{"a grant out of nothing", verify.RuleStaff, "nobody has proposed", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Confirm(bundletest.Officer, "staff/x", leaf.Treasurer) })
	}},
	{"confirmed by who proposed it", verify.RuleStaff, "who proposed it", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Officer, "staff/x", leaf.Treasurer)
		return bad(l, func() { l.Confirm(bundletest.Officer, "staff/x", leaf.Treasurer) })
	}},
	{"confirmed by who gets it", verify.RuleStaff, "who gets the role", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Officer, bundletest.Caseworker, leaf.Verifier)
		return bad(l, func() { l.Confirm(bundletest.Caseworker, bundletest.Caseworker, leaf.Verifier) })
	}},
	{"proposed for oneself", verify.RuleStaff, "by themselves", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Propose(bundletest.Officer, bundletest.Officer, leaf.Treasurer) })
	}},
	{"proposed by a treasurer", verify.RuleRole, "it needs PROTECTION_OFFICER", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Propose(bundletest.Treasurer, "staff/x", leaf.Treasurer) })
	}},
	{"confirmed with more days than proposed", verify.RuleStaff, "another content", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Officer, "staff/x", leaf.Treasurer)
		return bad(l, func() {
			l.Confirm(bundletest.SecondOfficer, "staff/x", leaf.Treasurer).Content.(*leaf.Grant).Until++
		})
	}},
	{"a treasurer becomes caseworker", verify.RuleStaff, "nobody may hold beside", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Officer, bundletest.Treasurer, leaf.Caseworker)
		return bad(l, func() { l.Confirm(bundletest.SecondOfficer, bundletest.Treasurer, leaf.Caseworker) })
	}},
	{"a treasurer becomes caseworker after it was revoked", "", "", func(l *bundletest.Log) int64 {
		l.Revoke(bundletest.Officer, bundletest.Treasurer, leaf.Treasurer)
		l.Propose(bundletest.Officer, bundletest.Treasurer, leaf.Caseworker)
		return right(l, func() { l.Confirm(bundletest.SecondOfficer, bundletest.Treasurer, leaf.Caseworker) })
	}},
	{"a pseudonym bound twice", verify.RuleStaff, "bound to another identity", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Bind(bundletest.Treasurer).Content.(*leaf.Staff).Identity[0]++ })
	}},
	{"an identity bound twice", verify.RuleStaff, "is bound to staff/s_1 already", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Bind(bundletest.Treasurer).Content.(*leaf.Staff).Person = "staff/x" })
	}},
}
