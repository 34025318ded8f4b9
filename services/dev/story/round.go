package story

import (
	"context"
	"fmt"
	"net/http"
)

type round struct {
	Name    string `json:"name"`
	State   string `json:"state"`
	Digest  string `json:"snapshotDigest"`
	Summary struct {
		Tiers []struct {
			Tier         int    `json:"tier"`
			RequestCount int    `json:"requestCount"`
			Allocated    amount `json:"allocated"`
		} `json:"tiers"`
	} `json:"summary"`
}

// allocate opens a round, shows that it cannot spend what is not there, and
// commits one that can.
func (t *teller) allocate(ctx context.Context) error {
	available, err := t.balance(ctx, "fund:general:available")
	if err != nil {
		return err
	}
	if err := t.tooMuch(ctx, available); err != nil {
		return err
	}
	var r round
	if err := t.open(ctx, "story-round", min(available, int64(t.Families)*10_000), &r); err != nil {
		return err
	}
	if err := t.staff["tomas"].Post(ctx, "/v1/"+r.Name+":simulate", map[string]any{}, &r); err != nil {
		return err
	}
	rita, looked := t.staff["rita"], map[string]any{"snapshotDigest": r.Digest}
	if err := refused("a commit by somebody of the case desk", t.staff["chloe"].JSON(ctx, http.MethodPost,
		"/v1/"+r.Name+":commit", "story-commit-0", looked, nil), "PERMISSION_DENIED"); err != nil {
		return err
	}
	if err := rita.JSON(ctx, http.MethodPost, "/v1/"+r.Name+":commit", "story-commit", looked, &r); err != nil {
		return err
	}
	if err := until(ctx, "commit of the round", func(ctx context.Context) (bool, error) {
		err := rita.Get(ctx, "/v1/"+r.Name, &r)
		return r.State == "ALLOCATION_ROUND_STATE_COMMITTED", err
	}); err != nil {
		return err
	}
	t.round = r.Name
	var awarded int64
	for _, tier := range r.Summary.Tiers {
		awarded += tier.Allocated.MinorUnits
	}
	t.summary.Awarded = euros(awarded).String()
	t.say("A treasurer opens a round over %s and simulates it, an approver commits it: %s are awarded, tier by tier, as evenly as money allows.", euros(available), euros(awarded))
	return nil
}

// tooMuch tries a round with a budget larger than the fund.
func (t *teller) tooMuch(ctx context.Context, available int64) error {
	var r round
	err := t.open(ctx, "story-too-much", available+1_000_000, &r)
	if err == nil {
		err = t.staff["tomas"].Post(ctx, "/v1/"+r.Name+":simulate", map[string]any{}, &r)
	}
	return refused("a budget larger than the fund", err, "INSUFFICIENT_FUNDS", "INVALID_FIELD", "BUDGET_EXCEEDS_FUND")
}

func (t *teller) open(ctx context.Context, key string, budget int64, r *round) error {
	return t.staff["tomas"].JSON(ctx, http.MethodPost, "/v1/allocationRounds", key, map[string]any{
		"currencyCode": "EUR", "budgets": []any{map[string]any{"fund": "funds/general", "amount": euros(budget)}},
	}, r)
}

// balance is what an account holds, credits less debits in cents of EUR.
func (t *teller) balance(ctx context.Context, path string) (int64, error) {
	total := int64(0)
	err := each(ctx, t.staff["otto"].Client, "/v1/ledger/accounts?prefix="+path, "accounts", func(a struct {
		Path         string `json:"path"`
		CurrencyCode string `json:"currencyCode"`
		Balance      int64  `json:"balance,string"`
	}) {
		if a.Path == path && a.CurrencyCode == "EUR" {
			total = a.Balance
		}
	})
	if err != nil {
		return 0, fmt.Errorf("read balance of %s: %w", path, err)
	}
	return total, nil
}
