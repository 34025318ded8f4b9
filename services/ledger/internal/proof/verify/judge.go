package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// judge checks by the leaves before it who may take a decision, and what was decided
// about money. It grows with persons, grants, policies, plans and what is spent
// without one, and belongs to one goroutine.
type judge struct {
	findings  *Report
	at        int64    // sequence of the present leaf
	reference string   // and its reference
	today     leaf.Day // the latest day of a decision so far
	roster    rule.Roster
	anybody   bool // may decide
	policies  policies
	leaving   leaving
	// emergencies is what was given by emergency grants.
	emergencies leaving
	plans       map[string]*plan
	costs       map[string]*cost
	grants      map[string]*emergency // emergency grants
}

func newJudge(findings *Report) *judge {
	return &judge{
		findings: findings, policies: policies{proposed: map[string]*leaf.Decision{}}, leaving: leaving{}, emergencies: leaving{},
		plans: map[string]*plan{}, costs: map[string]*cost{}, grants: map[string]*emergency{},
	}
}

// report keeps a finding about the present leaf.
func (j *judge) report(rule Rule, format string, args ...any) {
	j.findings.add(Finding{j.at, j.reference, rule, fmt.Sprintf(format, args...)})
}

// decide takes a decision into account. One of a kind that is not known has no rule.
func (j *judge) decide(d *leaf.Decision) {
	j.today = max(j.today, d.Day)
	if !d.Kind.Known() {
		return
	}
	kept := owned(d)
	may := j.mayTake(kept)
	j.staff(kept)
	if !may {
		return
	}
	switch d.Kind {
	case leaf.DecisionPolicyProposed, leaf.DecisionPolicyVersion:
		j.policy(kept)
	case leaf.DecisionPlanLocked:
		j.lock(kept)
	case leaf.DecisionPlanVoided:
		j.void(kept)
	case leaf.DecisionPlanApproved, leaf.DecisionPlanAuthorized, leaf.DecisionPlanReleased, leaf.DecisionPlanLooked:
		j.step(kept)
	case leaf.DecisionEmergencyApproved:
		j.emergency(kept)
	case leaf.DecisionAdjustmentProposed, leaf.DecisionAdjustmentApproved:
		j.adjustment(kept)
	}
}

// mayTake checks that somebody who decides holds a role for it, and reports whether
// the decision counts.
func (j *judge) mayTake(d *leaf.Decision) bool {
	may := rule.OfDecision(d.Kind)
	if d.Person == "" {
		if may.Taken == rule.BySomebody {
			j.report(RuleRole, "a %s is a person's decision, but nobody has taken this one", d.Kind)
		}
		return may.Taken != rule.BySomebody
	}
	if may.Taken == rule.ByNobody || j.anybody {
		return true
	}
	if j.roster.Frozen(d.Person, d.Day) {
		j.report(RuleRole, "%s, who took this %s on %s, was frozen by the leaves before it", d.Person, d.Kind, d.Day)
		return false
	}
	if may.MayTake(func(role leaf.Role) bool { return j.roster.Holds(d.Person, role, d.Day) }) || may.Lapsed && j.roster.Grants(d.Person, d.Day) {
		return j.rested(d, may)
	}
	j.report(RuleRole, "%s, who took this %s, held no role for it on %s by the grants before it; it needs %s",
		d.Person, d.Kind, d.Day, roleWords(may.Roles))
	return false
}

// rested checks that who approves or releases does not do it by a grant that still
// rests.
func (j *judge) rested(d *leaf.Decision, may rule.Decision) bool {
	if !may.Rested || may.MayTake(func(role leaf.Role) bool { return j.roster.Rested(d.Person, role, d.Day) }) {
		return true
	}
	j.report(RuleRole, "%s, who took this %s on %s, may not yet do so: the role %s still rests", d.Person, d.Kind, d.Day, roleWords(may.Roles))
	return false
}

func roleWords(roles []leaf.Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.String()
	}
	return strings.Join(names, " or ")
}

// staff checks a leaf about who is who, and who holds which role.
func (j *judge) staff(d *leaf.Decision) {
	if words := j.roster.Wrong(d); words != "" {
		j.report(RuleStaff, "%s", words)
	}
	j.roster.Apply(d)
}

// owned returns a decision that does not hold on to the tile which it was read from.
func owned(d *leaf.Decision) *leaf.Decision {
	kept := *d
	kept.Resource, kept.Person, kept.Reference = strings.Clone(d.Resource), strings.Clone(d.Person), ""
	switch c := d.Content.(type) {
	case *leaf.Staff:
		kept.Content = &leaf.Staff{Person: strings.Clone(c.Person), Identity: c.Identity}
	case *leaf.Grant:
		grant := *c
		grant.Subject = strings.Clone(c.Subject)
		kept.Content = &grant
	case *leaf.Engagement:
		engagement := *c
		engagement.Subject = strings.Clone(c.Subject)
		kept.Content = &engagement
	case *leaf.Freeze:
		kept.Content = &leaf.Freeze{Subject: strings.Clone(c.Subject), Until: c.Until}
	case *leaf.Thaw:
		kept.Content = &leaf.Thaw{Subject: strings.Clone(c.Subject), Until: c.Until}
	case *leaf.Policy:
		policy := *c
		policy.Currencies, policy.Amounts = slices.Clone(c.Currencies), slices.Clone(c.Amounts)
		for i := range policy.Amounts {
			policy.Amounts[i].Currency = strings.Clone(policy.Amounts[i].Currency)
		}
		for i := range policy.Currencies {
			policy.Currencies[i].Currency = strings.Clone(policy.Currencies[i].Currency)
		}
		kept.Content = &policy
	case *leaf.Lock:
		lock := *c
		lock.Currency = strings.Clone(c.Currency)
		kept.Content = &lock
	case *leaf.Emergency:
		kept.Content = &leaf.Emergency{Currency: strings.Clone(c.Currency), Amount: c.Amount}
	}
	return &kept
}
