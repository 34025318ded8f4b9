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
	{"a treasurer whom one officer wants revoked", "", "", func(l *bundletest.Log) int64 {
		l.Revoke(bundletest.Officer, bundletest.Treasurer, leaf.Treasurer)
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a treasurer whom two of one desk want revoked", "", "", func(l *bundletest.Log) int64 {
		l.Revoke(bundletest.Verifier, bundletest.Treasurer, leaf.Treasurer)
		l.Revoke(bundletest.Caseworker, bundletest.Treasurer, leaf.Treasurer)
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a treasurer whom three of both desks revoked", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		l.Revoke(bundletest.Verifier, bundletest.Treasurer, leaf.Treasurer)
		l.Revoke(bundletest.Caseworker, bundletest.Treasurer, leaf.Treasurer)
		l.Revoke(bundletest.Approver, bundletest.Treasurer, leaf.Treasurer)
		return bad(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a revoked treasurer", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		l.Revoke(bundletest.Verifier, bundletest.Treasurer, leaf.Treasurer)
		l.Revoke(bundletest.Officer, bundletest.Treasurer, leaf.Treasurer)
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
		froze(l, "2026-10-20", "2026-10-21", "")
		lifted(l, "2026-10-20", bundletest.Verifier, bundletest.Officer)
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"somebody whose freeze one person lifts", verify.RuleRole, "was frozen", func(l *bundletest.Log) int64 {
		froze(l, "2026-10-20", "2026-10-21", "")
		lifted(l, "2026-10-20", bundletest.Verifier)
		return bad(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a freeze lifted by the two who made it", verify.RuleRole, "was frozen", func(l *bundletest.Log) int64 {
		froze(l, "2026-10-20", "2026-10-29", bundletest.Verifier, bundletest.Officer)
		lifted(l, "2026-10-20", bundletest.Verifier, bundletest.Officer)
		return bad(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a freeze lifted by nobody before its last day", verify.RuleRole, "was frozen", func(l *bundletest.Log) int64 {
		froze(l, "2026-10-21", "2026-10-22", bundletest.Verifier)
		lifted(l, "2026-10-21", "")
		return bad(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a freeze that is over on its last day", "", "", func(l *bundletest.Log) int64 {
		froze(l, "2026-10-20", "2026-10-21", bundletest.Verifier)
		lifted(l, "2026-10-21", "")
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a long freeze by one person", "", "", func(l *bundletest.Log) int64 {
		froze(l, "2026-10-20", "2026-10-29", bundletest.Verifier)
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a freeze made longer by two", verify.RuleRole, "was frozen", func(l *bundletest.Log) int64 {
		froze(l, "2026-10-19", "2026-10-20", bundletest.Verifier)
		froze(l, "2026-10-20", "2026-10-29", bundletest.Verifier, bundletest.Officer)
		return bad(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a second freeze of one person within a week", "", "", func(l *bundletest.Log) int64 {
		froze(l, "2026-10-15", "2026-10-16", bundletest.Verifier)
		froze(l, "2026-10-20", "2026-10-21", bundletest.Officer)
		return right(l, func() { lockedBy(l, bundletest.Treasurer) })
	}},
	{"a second person frozen by one", "", "", func(l *bundletest.Log) int64 {
		l.Say(leaf.DecisionFreeze, "2026-10-20", "freezes/f_2", bundletest.Verifier, "g", &leaf.Freeze{Subject: bundletest.Approver, Until: day("2026-10-21")})
		froze(l, "2026-10-20", "2026-10-21", bundletest.Verifier)
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
	{"proposed by a treasurer, confirmed by one officer", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Treasurer, "staff/x", leaf.Treasurer)
		l.Confirm(bundletest.Officer, "staff/x", leaf.Treasurer)
		return bad(l, func() { lockedBy(l, "staff/x") })
	}},
	{"proposed by a treasurer, confirmed by both desks", "", "", func(l *bundletest.Log) int64 {
		l.Propose(bundletest.Treasurer, "staff/x", leaf.Treasurer)
		l.Confirm(bundletest.Verifier, "staff/x", leaf.Treasurer)
		l.Confirm(bundletest.Approver, "staff/x", leaf.Treasurer)
		return right(l, func() { lockedBy(l, "staff/x") })
	}},
	{"proposed by an auditor", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		granted(l, "staff/au", leaf.Auditor, "2026-10-01", "2027-03-30", "2026-10-01")
		return bad(l, func() { l.Propose("staff/au", "staff/x", leaf.Treasurer) })
	}},
	{"granted by officers whose grants ended a month ago", "", "", func(l *bundletest.Log) int64 {
		return right(l, func() { renewedOn(l, "2027-04-29") })
	}},
	{"granted by officers whose grants ended longer ago", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		return bad(l, func() { renewedOn(l, "2027-04-30") })
	}},
	{"a lapsed officer revokes", verify.RuleRole, "held no role", func(l *bundletest.Log) int64 {
		return bad(l, func() { l.Revoke(bundletest.Officer, bundletest.Treasurer, leaf.Treasurer).Day = day("2027-04-01") })
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
		l.Revoke(bundletest.Approver, bundletest.Treasurer, leaf.Treasurer)
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

// froze freezes the treasurer up to a day, by each of some persons.
func froze(l *bundletest.Log, on, until string, by ...string) {
	for _, person := range by {
		l.Say(leaf.DecisionFreeze, on, "freezes/f_1", person, "f", &leaf.Freeze{Subject: bundletest.Treasurer, Until: day(until)})
	}
}

// lifted lifts that freeze, by each of some persons.
func lifted(l *bundletest.Log, on string, by ...string) {
	for _, person := range by {
		l.Say(leaf.DecisionFreezeLifted, on, "freezes/f_1", person, "f", &leaf.Thaw{Subject: bundletest.Treasurer})
	}
}

// renewedOn has an officer propose a role on a day.
func renewedOn(l *bundletest.Log, on string) {
	l.Propose(bundletest.Officer, "staff/x", leaf.Treasurer).Day = day(on)
}
