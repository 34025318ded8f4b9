package year

import (
	"context"
	"slices"
	"time"
)

// paying pays what a round awarded, one plan after the other.
type paying struct {
	*history
	round round
	// committed is that the round is, or was discarded; making that there are awards that
	// may still have to be paid.
	committed, making bool
	// busy is that a plan is under way, dropped that one was given up; tried counts those
	// who found nothing for them.
	busy, dropped bool
	tried         int
}

// pay begins to make plans, or goes on.
func (p *paying) pay() {
	if p.making {
		return
	}
	p.making = true
	p.add(&thing{name: "payments of " + p.round.Name, open: p.plans, waits: func() bool { return true }})
}

// plans makes the next plan of a round's awards: of families in whose cases neither the
// maker nor another one has a part; of those that are left then, of families in whose
// cases the maker has none.
func (p *paying) plans(ctx context.Context) ([]way, bool, error) {
	maker := p.treasurer()
	if p.busy || maker == nil {
		return nil, false, nil
	}
	without := []string{maker.staff}
	for _, other := range p.shuffled() {
		if other.money && other != maker && p.tried < 2*len(p.five) {
			without = append(without, other.staff)
			break
		}
	}
	var made plan
	err := maker.post(ctx, "paymentPlans", map[string]any{"allocationRound": p.round.Name, "rail": "sepa", "excludeInvolving": without}, &made)
	switch {
	case refused(err, "INVOLVED_PERSON"), refused(err, "DESTINATION_MISSING"), refused(err, "DESTINATION_COOLING_OFF"), refused(err, "FAMILY_HELD"):
		p.tried++
		return nil, false, nil
	case refused(err, "NOTHING_TO_PAY"):
		p.making = false
		return nil, true, nil
	case err != nil:
		return nil, false, err
	}
	p.busy, p.tried = true, 0
	p.plan(made, maker)
	return nil, false, nil
}

// plan takes a plan through its hands. Once in each plan's life somebody turns it back. One
// plan of a round is given up where everybody who is there has the wrong part in it.
func (p *paying) plan(made plan, maker *person) {
	h := p.history
	x := &planned{paying: p, made: made, maker: maker, thing: &thing{name: made.Name}}
	act := func(ctx context.Context, who *person, verb string) error { return h.onPlan(ctx, who, &x.made, verb) }
	ended := func(state string) bool {
		return slices.Contains([]string{"PAYMENT_PLAN_STATE_ACCEPTED", "PAYMENT_PLAN_STATE_FINISHED", "PAYMENT_PLAN_STATE_ABORTED"}, state)
	}
	x.forward = h.resource(made.Name, []string{"release", "authorize", "approve", "submit", "lock"}, nil, ended, act)
	x.back = h.resource(made.Name, []string{"object", "reject", "unlock"}, nil, ended, act)
	x.drop = h.resource(made.Name, []string{"abort", "unlock"}, nil, ended, act)
	x.thing.open = x.open
	h.add(x.thing)
}

// planned is a plan that people work on.
type planned struct {
	*paying
	made  plan
	maker *person
	thing *thing
	// forward, back and drop are what can be done with it; turned is that it was turned
	// back, given that it is given up.
	forward, back, drop *thing
	turned, given       bool
}

func (x *planned) open(ctx context.Context) (ways []way, done bool, err error) {
	if ways, done, err = x.forward.open(ctx); err != nil {
		return nil, false, err
	}
	if done {
		x.busy = false
		if x.made.State != "PAYMENT_PLAN_STATE_ABORTED" {
			x.files(x.made)
		}
		return nil, true, nil
	}
	looked, err := x.lookOnce(ctx, &x.made)
	if err != nil {
		return nil, false, err
	}
	x.thing.grace = time.Duration(max(x.made.WaitDays, openView)) * day
	switch {
	case x.given:
		return x.drop.open(ctx)
	case len(ways) == 0 && looked:
		return []way{{"look at " + x.made.Name, func(context.Context) error { return nil }}}, false, nil
	case len(ways) == 0 && !x.dropped && x.thing.stuck >= patience:
		x.dropped, x.given = true, true
		return x.drop.open(ctx)
	case x.made.State == "PAYMENT_PLAN_STATE_DRAFT" || x.made.State == "PAYMENT_PLAN_STATE_LOCKED":
		return x.byMaker(ways, x.maker, &x.made), false, nil
	case !x.turned && x.rng.IntN(8) == 0:
		x.turned = true
		if other, _, err := x.back.open(ctx); err != nil || len(other) > 0 {
			return other, false, err
		}
	}
	return ways, false, nil
}

// byMaker leaves a plan that is not yet up for decision to its maker, who has a part in it
// already, while they are there.
func (h *history) byMaker(ways []way, maker *person, made *plan) []way {
	if len(ways) == 0 || !maker.money || !slices.Contains(h.awake(), maker) {
		return ways
	}
	verb := "lock"
	if made.State == "PAYMENT_PLAN_STATE_LOCKED" {
		verb = "submit"
	}
	return []way{{maker.subject + " " + verb + " " + made.Name, func(ctx context.Context) error { return h.onPlan(ctx, maker, made, verb) }}}
}

// onPlan does what somebody may do with a plan.
func (h *history) onPlan(ctx context.Context, p *person, made *plan, verb string) error {
	body := map[string]any{}
	if err := p.get(ctx, made.Name, made); err != nil {
		return err
	}
	if slices.Contains([]string{"approve", "authorize", "release"}, verb) {
		body["digest"] = made.Digest
	}
	return p.post(ctx, made.Name+":"+verb, body, made)
}

// lookOnce has somebody look at a family of a plan, where that is asked for, and reports
// whether somebody did.
func (h *history) lookOnce(ctx context.Context, made *plan) (bool, error) {
	maker := h.treasurer()
	if maker == nil {
		return false, nil
	}
	if err := maker.get(ctx, made.Name, made); err != nil || made.State == "PAYMENT_PLAN_STATE_DRAFT" {
		return false, err
	}
	for _, look := range made.Looks {
		if look.LookedBy != "" {
			continue
		}
		if looked, err := h.look(ctx, h.shuffled(), made.Name, look.Family); err != nil || looked {
			return looked, err
		}
	}
	return false, nil
}
