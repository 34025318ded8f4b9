package bundletest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// The persons that a staffed log has beside those of the story.
const (
	Officer        = "staff/o_1"
	SecondOfficer  = "staff/o_2"
	Verifier       = "staff/v_1"
	Caseworker     = "staff/c_1"
	SecondApprover = "staff/s_5"
)

// Staff is the number of leaves about its staff that a log begins with.
const Staff = 23

// Staffed returns a log that is founded, and whose colleagues hold their roles and
// rest no more on the days of the story.
func Staffed(t testing.TB) *Log {
	t.Helper()
	l := New(t)
	for _, officer := range []string{Officer, SecondOfficer} {
		l.Say(leaf.DecisionGrantConfirmed, "2026-10-01", grantName(officer, leaf.ProtectionOfficer), "", officer, GrantOf(officer, leaf.ProtectionOfficer))
	}
	for _, c := range []struct {
		person string
		role   leaf.Role
	}{
		{Treasurer, leaf.Treasurer}, {Approver, leaf.Approver}, {Authorizer, leaf.Treasurer}, {Releaser, leaf.Treasurer},
		{SecondApprover, leaf.Approver}, {Verifier, leaf.Verifier}, {Caseworker, leaf.Caseworker},
	} {
		l.Bind(c.person)
		l.Propose(Officer, c.person, c.role)
		l.Confirm(SecondOfficer, c.person, c.role)
	}
	return l
}

// Say appends a decision with a content.
func (l *Log) Say(kind leaf.DecisionKind, day, resource, person, about string, content leaf.Content) *leaf.Decision {
	d := l.Decide(kind, day, resource, person, about)
	d.Content = content
	return d
}

// Bind binds a pseudonym to an identity of its own.
func (l *Log) Bind(person string) *leaf.Decision {
	c := &leaf.Staff{Person: person, Identity: [32]byte{31: 1}}
	copy(c.Identity[:31], person)
	return l.Say(leaf.DecisionStaff, "2026-10-01", person, Officer, person, c)
}

// GrantOf is the content of a grant that is in force on the days of the story.
func GrantOf(person string, role leaf.Role) *leaf.Grant {
	return &leaf.Grant{Subject: person, Role: role, From: mustDay("2026-10-01"), Until: mustDay("2027-03-30"), RestsUntil: mustDay("2026-10-08")}
}

func grantName(person string, role leaf.Role) string {
	return fmt.Sprintf("%s/grants/g_%s", person, strings.ToLower(role.String()))
}

// Propose proposes such a grant.
func (l *Log) Propose(by, person string, role leaf.Role) *leaf.Decision {
	return l.Say(leaf.DecisionGrantProposed, "2026-10-01", grantName(person, role), by, person, GrantOf(person, role))
}

// Confirm confirms it.
func (l *Log) Confirm(by, person string, role leaf.Role) *leaf.Decision {
	return l.Say(leaf.DecisionGrantConfirmed, "2026-10-01", grantName(person, role), by, person, GrantOf(person, role))
}

// Revoke takes a grant back.
func (l *Log) Revoke(by, person string, role leaf.Role) *leaf.Decision {
	return l.Say(leaf.DecisionGrantRevoked, "2026-10-20", grantName(person, role), by, person, &leaf.Revocation{Subject: person, Role: role})
}

// Award puts money into the award w_1 by a round.
func (l *Log) Award(amount int64) *Log {
	l.Post(leaf.BankGift, "2026-10-10", "gift/1", "donations/d_1", D("asset:bank:main", 10*amount),
		C("fund:general:available", 5*amount), C("fund:operations:available", 5*amount))
	l.Decide(leaf.DecisionRoundSnapshot, "2026-10-10", "allocationRounds/r_1", Treasurer, "snapshot")
	l.Decide(leaf.DecisionRoundCommitted, "2026-10-10", "allocationRounds/r_1", Approver, "snapshot")
	l.Post(leaf.RoundHold, "2026-10-10", "rounds/r_1/hold", "allocationRounds/r_1", D("fund:general:available", amount), C("round:r_1:general", amount))
	l.Post(leaf.RoundAward, "2026-10-10", "rounds/r_1/awards", "allocationRounds/r_1", D("round:r_1:general", amount), C("award:w_1", amount))
	return l
}

// Lock locks a plan with what it says to need.
func (l *Log) Lock(day, plan, person string, lock leaf.Lock) *leaf.Decision {
	if lock.Currency == "" {
		lock.Currency = "EUR"
	}
	return l.Say(leaf.DecisionPlanLocked, day, "paymentPlans/"+plan, person, plan, &lock)
}

// Sign appends steps of a plan by persons.
func (l *Log) Sign(day, plan string, steps ...Step) {
	for _, s := range steps {
		l.Decide(s.Kind, day, "paymentPlans/"+plan, s.By, plan)
	}
}

// Step is one of a plan's, and by whom.
type Step struct {
	Kind leaf.DecisionKind
	By   string
}
