package year

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
)

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
