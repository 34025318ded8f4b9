package book

import (
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// DecisionsMissing is the reason of the fault for a transaction whose decisions
// are not in the log before it. A leaf is final: what an outsider's verification
// would find missing for ever is refused here.
const DecisionsMissing = fault.ReasonDecisionsMissing

// Resources calls add with the name of each round, plan, adjustment and close whose
// decisions must be known before the unit is applied.
func (u Unit) Resources(add func(resource string)) {
	if u.closing != nil {
		add(u.closing.Resource)
	}
	for i := range u.transactions {
		d := &u.transactions[i]
		switch rule.Of(d.Kind).Basis.Process() {
		case rule.Round:
			d.rounds(add)
		case rule.Plan:
			if name, ok := rule.PlanOf(d.Source); ok {
				add(name)
			}
		case rule.Adjustment:
			add(d.Source)
		}
		if rule.Of(d.Kind).Hands != rule.NoHands || d.Kind == leaf.EmergencyGrant {
			add(d.Source)
		}
	}
}

// Plans calls add with each plan by which the unit pays: what its payments have tried
// to pay must be known before the unit is applied.
func (u Unit) Plans(add func(plan string)) {
	for i := range u.transactions {
		if name, ok := rule.PlanOf(u.transactions[i].Source); ok && rule.Of(u.transactions[i].Kind).Basis.Process() == rule.Plan {
			add(name)
		}
	}
}

// Policies reports whether the policies must be known before the unit is applied.
func (u Unit) Policies() bool {
	for i := range u.decisions {
		switch u.decisions[i].Kind {
		case leaf.DecisionPlanLocked, leaf.DecisionPolicyVersion, leaf.DecisionEmergencyApproved:
			return true
		}
	}
	for i := range u.transactions {
		r := rule.Of(u.transactions[i].Kind)
		if r.Hands != rule.NoHands || r.Basis.Process() == rule.Plan || r.Kind == leaf.EmergencyGrant || r.Deficit == rule.Waits {
			return true
		}
	}
	return false
}

// Leaving reports whether what leaves the ledger within the last days must be known
// before the unit is applied.
func (u Unit) Leaving() bool {
	return slices.ContainsFunc(u.decisions, func(d Decision) bool { return d.Kind == leaf.DecisionPlanLocked }) ||
		slices.ContainsFunc(u.transactions, func(d Draft) bool { return rule.Of(d.Kind).Counted })
}

// Moved calls add with each plan that the unit locks or voids: what was paid of an
// earlier lock counts, where the unit or its batch asks for what leaves.
func (u Unit) Moved(add func(plan string)) {
	for i := range u.decisions {
		switch u.decisions[i].Kind {
		case leaf.DecisionPlanLocked, leaf.DecisionPlanVoided:
			add(u.decisions[i].Resource)
		}
	}
}

// Staff reports whether who holds which role must be known before the unit is applied.
func (u Unit) Staff() bool {
	decided := func(d Draft) bool {
		r := rule.Of(d.Kind)
		return r.Basis.Process() == rule.Adjustment || r.Basis.Process() == rule.Plan || r.Hands != rule.NoHands
	}
	return len(u.decisions) > 0 || u.closing != nil || slices.ContainsFunc(u.transactions, decided)
}

// Awards calls add with each award from which the unit pays, and each that it grants:
// whether they are emergency grants, and the decisions about these, must be known before
// the unit is applied.
func (u Unit) Awards(add func(leaf.Account)) {
	for i := range u.transactions {
		d := &u.transactions[i]
		switch may := rule.Of(d.Kind); {
		case may.Basis.Process() == rule.Plan:
			d.awards(add)
		case may.GivesAward():
			d.granted(func(_ int, a leaf.Account) { add(a) })
		}
	}
}

// rounds calls add with the rounds whose accounts the draft names.
func (d *Draft) rounds(add func(resource string)) {
	for _, e := range d.Entries {
		if p, err := account.Parse(e.Account); err == nil && p.Class == account.ClassRound {
			add(rule.RoundName(p.Parts[0]))
		}
	}
}

// granted calls add with the awards that the draft credits, and their place among
// its entries.
func (d *Draft) granted(add func(j int, a leaf.Account)) {
	for j, e := range d.Entries {
		if e.Side == leaf.Credit && strings.HasPrefix(e.Account, string(account.ClassAward)+":") {
			add(j, leaf.Account{Path: e.Account, Currency: e.Amount.Currency})
		}
	}
}

// awards calls add with the awards that the draft debits.
func (d *Draft) awards(add func(leaf.Account)) {
	for _, e := range d.Entries {
		if e.Side == leaf.Debit && strings.HasPrefix(e.Account, string(account.ClassAward)+":") {
			add(leaf.Account{Path: e.Account, Currency: e.Amount.Currency})
		}
	}
	for _, s := range d.Sources {
		for _, path := range s.Accounts {
			if strings.HasPrefix(path, string(account.ClassAward)+":") {
				add(leaf.Account{Path: path, Currency: s.Amount.Currency})
			}
		}
	}
}

// decided checks that the decisions which a draft needs stand before it.
func (b *Books) decided(at place, d *Draft) error {
	if err := b.unmixed(at, d); err != nil {
		return err
	}
	if d.Kind == leaf.EmergencyGrant {
		return b.approved(at, d)
	}
	switch basis := rule.Of(d.Kind).Basis; basis {
	case rule.ByRound:
		return b.decidedByRound(at, d)
	case rule.ByPlan, rule.ByPlanOfAwards:
		return b.decidedByPlan(at, d, basis)
	case rule.ByAdjustment:
		return b.decidedByAdjustment(at, d)
	}
	return nil
}

func (b *Books) decidedByRound(at place, d *Draft) (err error) {
	d.rounds(func(name string) {
		if !b.roundCommitted(name) {
			err = undecided(at.field("source"), "needs "+inWords(rule.Round.Steps())+" of its round, with one commitment and by two persons, recorded before")
		}
	})
	return err
}

func (b *Books) decidedByPlan(at place, d *Draft, basis rule.Basis) error {
	awards, emergency, grants := 0, true, []string(nil)
	d.awards(func(a leaf.Account) {
		awards++
		emergency = emergency && len(b.emergencies[a]) > 0
		for _, g := range b.emergencies[a] {
			grants = append(grants, g.source)
		}
	})
	name, ok := rule.PlanOf(d.Source)
	switch {
	case awards == 0 && basis == rule.ByPlanOfAwards:
		return nil
	case !ok:
		return fault.Field(at.field("source"), fault.FieldNotPossible, "must be a payment of a payment plan")
	}
	if awards > 0 && emergency {
		return b.handsOfGrants(at, name, grants)
	}
	return b.handsOfPlan(at, name)
}

func (b *Books) decidedByAdjustment(at place, d *Draft) error {
	steps := rule.Adjustment.Steps()
	switch {
	case d.Reference != d.Source:
		return fault.Field(at.field("reference"), fault.FieldNotPossible, "must be the adjustment itself, which is booked once")
	case !taken(b.decisions[d.Source], steps):
		return undecided(at.field("source"), "needs "+inWords(steps)+" of its source, with one commitment and by two persons, recorded before")
	case !taken(b.standing(d.Source), steps):
		f := fault.New(fault.Precondition, DecisionsMissing, "Somebody who decided about it holds the role no more; others must decide about it anew.")
		f.Violations = []fault.Violation{{Field: at.field("source"), Reason: fault.FieldNotPossible, Description: "was decided by somebody who holds the role no more"}}
		return f
	}
	return nil
}

// inWords lists kinds of decision: "A, B and C".
func inWords(kinds []leaf.DecisionKind) string {
	var words strings.Builder
	for i, k := range kinds {
		switch {
		case i > 0 && i == len(kinds)-1:
			words.WriteString(" and ")
		case i > 0:
			words.WriteString(", ")
		}
		words.WriteString(k.String())
	}
	return words.String()
}

// unmixed refuses to put the money of a round and of an emergency grant into one award:
// its release is enough to pay out the one, the other needs the hands of its plan.
func (b *Books) unmixed(at place, d *Draft) (err error) {
	if !rule.Of(d.Kind).GivesAward() {
		return nil
	}
	d.granted(func(j int, a leaf.Account) {
		_, emergency := b.emergencies[a]
		if granted := d.Kind == leaf.EmergencyGrant; !granted && emergency || granted && !emergency && b.balances[a].Credits > 0 {
			err = wrongKind(at.lineAt("entries", j).field("account"))
		}
	})
	return err
}

func undecided(field, missing string) error {
	f := fault.New(fault.Precondition, DecisionsMissing, "The decisions behind the transaction are not recorded.")
	f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldRequired, Description: missing}}
	return f
}

// roundCommitted reports whether a snapshot of the round was committed by a
// person who did not take it.
func (b *Books) roundCommitted(name string) bool {
	takers := map[[32]byte][]string{}
	for _, d := range b.decisions[name] {
		process, first := rule.StepOf(d.Kind)
		switch {
		case process != rule.Round || d.Person == "":
		case first:
			takers[d.Commitment] = append(takers[d.Commitment], d.Person)
		default:
			if known, ok := takers[d.Commitment]; ok && !slices.Contains(known, d.Person) {
				return true
			}
		}
	}
	return false
}

// taken reports whether each of the steps was taken about a resource's present content,
// by persons who took no other step. The first step, taken anew, voids what was before.
func taken(decisions []*leaf.Decision, steps []leaf.DecisionKind) bool {
	var content [32]byte
	var persons map[leaf.DecisionKind][]string
	for _, d := range decisions {
		if !slices.Contains(steps, d.Kind) {
			continue
		}
		if d.Kind == steps[0] || persons == nil {
			content, persons = d.Commitment, map[leaf.DecisionKind][]string{}
		}
		if d.Commitment == content && d.Person != "" {
			persons[d.Kind] = append(persons[d.Kind], d.Person)
		}
	}
	by := map[string]leaf.DecisionKind{}
	for _, step := range steps {
		if len(persons[step]) == 0 {
			return false
		}
		for _, person := range persons[step] {
			if other, ok := by[person]; ok && other != step {
				return false
			}
			by[person] = step
		}
	}
	return true
}
