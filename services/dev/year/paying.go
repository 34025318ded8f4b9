package year

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"
)

// roundComes opens a round over some money, which somebody else commits.
func (h *history) roundComes(ctx context.Context) error {
	if len(h.families) == 0 || slices.ContainsFunc(h.rounds, func(p *paying) bool { return p.making || !p.committed }) {
		return nil
	}
	maker := h.treasurer()
	if maker == nil {
		return nil
	}
	var r round
	if err := maker.post(ctx, "allocationRounds", map[string]any{
		"currencyCode": "EUR", "budgets": []any{map[string]any{"fund": "funds/general", "amount": euros(h.size() + 100_000)}},
	}, &r); err != nil {
		return unless(err, "BUDGET_TOO_LARGE")
	}
	if err := maker.post(ctx, r.Name+":simulate", map[string]any{}, &r); err != nil {
		return err
	}
	paid := &paying{history: h, round: r}
	h.rounds = append(h.rounds, paid)
	t := h.resource(r.Name, []string{"commit"}, nil,
		func(state string) bool {
			return state == "ALLOCATION_ROUND_STATE_COMMITTED" || state == "ALLOCATION_ROUND_STATE_DISCARDED"
		},
		func(ctx context.Context, p *person, _ string) error {
			err := p.post(ctx, r.Name+":commit", map[string]any{"snapshotDigest": r.Digest}, nil)
			if refused(err, "ROUND_EMPTY") || refused(err, "NOTHING_TO_AWARD") {
				return p.post(ctx, r.Name+":discard", map[string]any{}, nil)
			}
			return err
		})
	open := t.open
	t.open = func(ctx context.Context) ([]way, bool, error) {
		ways, done, err := open(ctx)
		if done {
			paid.committed = true
			paid.pay()
		}
		return ways, done, err
	}
	h.add(t)
	return nil
}

// treasurer is one of the money desk who is there, nil where nobody is.
func (h *history) treasurer() *person {
	for _, p := range h.shuffled() {
		if p.money {
			return p
		}
	}
	return nil
}

// paying pays what a round awarded, one plan after the other.
type paying struct {
	*history
	round round
	// committed is that the round is, or was discarded; making that there are awards that may still have to be paid.
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
	h, turned, dropped := p.history, false, false
	t := &thing{name: made.Name}
	act := func(ctx context.Context, who *person, verb string) error { return h.onPlan(ctx, who, &made, verb) }
	ended := func(state string) bool {
		return slices.Contains([]string{"PAYMENT_PLAN_STATE_ACCEPTED", "PAYMENT_PLAN_STATE_FINISHED", "PAYMENT_PLAN_STATE_ABORTED"}, state)
	}
	forward := h.resource(made.Name, []string{"release", "authorize", "approve", "submit", "lock"}, nil, ended, act)
	back := h.resource(made.Name, []string{"object", "reject", "unlock"}, nil, ended, act)
	drop := h.resource(made.Name, []string{"abort", "unlock"}, nil, ended, act)
	t.open = func(ctx context.Context) ([]way, bool, error) {
		ways, done, err := forward.open(ctx)
		if err != nil {
			return nil, false, err
		}
		if done {
			p.busy = false
			if made.State != "PAYMENT_PLAN_STATE_ABORTED" {
				p.files(made)
			}
			return nil, true, nil
		}
		looked, err := h.lookOnce(ctx, &made)
		if err != nil {
			return nil, false, err
		}
		t.grace = time.Duration(max(made.WaitDays, openView)) * day
		switch {
		case dropped:
			ways, done, err = drop.open(ctx)
		case len(ways) == 0 && looked:
			ways = []way{{"look at " + made.Name, func(context.Context) error { return nil }}}
		case len(ways) == 0 && !p.dropped && t.stuck >= patience:
			p.dropped, dropped = true, true
			ways, done, err = drop.open(ctx)
		case made.State == "PAYMENT_PLAN_STATE_DRAFT" || made.State == "PAYMENT_PLAN_STATE_LOCKED":
			ways = h.byMaker(ways, maker, &made)
		case !turned && h.rng.IntN(8) == 0:
			turned = true
			if other, _, err := back.open(ctx); err != nil || len(other) > 0 {
				return other, false, err
			}
		}
		return ways, done, err
	}
	h.add(t)
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
		for _, p := range h.shuffled() {
			err := p.post(ctx, made.Name+":look", map[string]any{"family": look.Family}, nil)
			if err == nil {
				return true, nil
			}
			if !elsewhere(err) && !refused(err, "INVOLVED_PERSON") && !refused(err, "SAME_PERSON") {
				return false, err
			}
		}
	}
	return false, nil
}

// files has each file of a plan that was released fetched by two.
func (p *paying) files(made plan) {
	h := p.history
	known := map[string]bool{}
	t := &thing{name: "files of " + made.Name, waits: func() bool { return true }}
	t.open = func(ctx context.Context) ([]way, bool, error) {
		maker := h.treasurer()
		if maker == nil {
			return nil, false, nil
		}
		var page struct {
			PaymentFiles []struct{ Name, State string } `json:"paymentFiles"`
		}
		if err := maker.get(ctx, made.Name+"/files", &page); err != nil {
			return nil, false, err
		}
		collecting := false
		for _, f := range page.PaymentFiles {
			collecting = collecting || f.State == "PAYMENT_FILE_STATE_COLLECTING"
			if f.State == "PAYMENT_FILE_STATE_SEALED" && !known[f.Name] {
				known[f.Name] = true
				p.file(f.Name)
			}
		}
		return nil, !collecting, nil
	}
	h.add(t)
}

// file is fetched by two. One that is held back since something changed is withdrawn, and
// its awards are paid anew.
func (p *paying) file(name string) {
	h, held, fetched := p.history, false, false
	act := func(ctx context.Context, who *person, verb string) error {
		switch verb {
		case "proposeDownload":
			return who.post(ctx, name+":proposeDownload", map[string]any{"reason": "PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER"}, nil)
		case "withdraw":
			return who.post(ctx, name+":withdraw", map[string]any{}, nil)
		}
		_, err := h.download(ctx, who, name)
		if held = heldBack(err); held {
			return nil
		}
		fetched = err == nil
		return err
	}
	ended := func(state string) bool { return state != "PAYMENT_FILE_STATE_SEALED" }
	fetch, withdraw := h.resource(name, []string{"download", "proposeDownload"}, nil, ended, act), h.resource(name, []string{"withdraw"}, nil, ended, act)
	h.add(&thing{name: name, open: func(ctx context.Context) ([]way, bool, error) {
		if fetched {
			return nil, true, nil
		}
		if !held {
			return fetch.open(ctx)
		}
		ways, done, err := withdraw.open(ctx)
		if done {
			p.pay()
		}
		return ways, done, err
	}})
}

// heldBack reports whether a file is not given out for what became of a family in it.
func heldBack(err error) bool {
	for _, reason := range []string{"DESTINATION_COOLING_OFF", "DESTINATION_CHANGED", "DESTINATION_MISSING", "FAMILY_SUSPENDED", "FAMILY_HELD", "FAMILY_NOT_VERIFIED"} {
		if refused(err, reason) {
			return true
		}
	}
	return false
}

// adjustmentComes proposes to book something that two have to agree on.
func (h *history) adjustmentComes(ctx context.Context) error {
	maker := h.treasurer()
	if maker == nil {
		return nil
	}
	evidence := sha256.Sum256([]byte("minutes"))
	var a struct{ Name string }
	if err := maker.post(ctx, "ledger/adjustments:propose", map[string]any{"adjustment": map[string]any{
		"kind": "ADJUSTMENT_KIND_OPENING_BALANCE", "debitAccount": "asset:bank:main", "creditAccount": "equity:opening", "amount": euros(h.size()),
		"occurredOn": h.today(), "evidenceSha256": base64.StdEncoding.EncodeToString(evidence[:]),
	}}, &a); err != nil {
		return err
	}
	h.add(h.resource(a.Name, []string{"approve"}, []string{"reject"},
		func(state string) bool { return state != "ADJUSTMENT_STATE_PROPOSED" },
		func(ctx context.Context, p *person, verb string) error {
			return p.post(ctx, a.Name+":"+verb, map[string]any{}, nil)
		}))
	return nil
}
