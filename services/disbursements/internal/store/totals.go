package store

import "context"

// TierTotal is what one tier of a round came to.
type TierTotal struct {
	Tier      int32
	Requests  int32
	Funded    int32
	Asked     int64
	Allocated int64
}

// RoundTotals is what a round came to.
type RoundTotals struct {
	Tiers []TierTotal
	Funds []FundTotal
	// HeldBack counts the requests that the commit held back.
	HeldBack int32
	// Rare counts the amounts that fewer than five allocations share.
	Rare int32
}

// RoundTotals sums the allocations of rounds, by the rounds' ids.
func (s *Store) RoundTotals(ctx context.Context, ids ...string) (map[string]RoundTotals, error) {
	totals := make(map[string]RoundTotals, len(ids))
	if len(ids) == 0 {
		return totals, nil
	}
	for _, add := range []func(context.Context, map[string]RoundTotals, []string) error{s.addTiers, s.addFunds, s.addCounts} {
		if err := add(ctx, totals, ids); err != nil {
			return nil, err
		}
	}
	return totals, nil
}

func (s *Store) addTiers(ctx context.Context, totals map[string]RoundTotals, ids []string) error {
	type row struct {
		RoundID string
		TierTotal
	}
	return each(ctx, s.db.Pool, "tiers", func(r row) {
		t := totals[r.RoundID]
		t.Tiers = append(t.Tiers, r.TierTotal)
		totals[r.RoundID] = t
	}, `
		SELECT round_id, tier, COUNT(*)::int AS requests, (COUNT(*) FILTER (WHERE amount > 0))::int AS funded,
			SUM(cap)::bigint AS asked, SUM(amount)::bigint AS allocated
		FROM allocations WHERE round_id = ANY($1) GROUP BY round_id, tier ORDER BY round_id, tier`, ids)
}

func (s *Store) addFunds(ctx context.Context, totals map[string]RoundTotals, ids []string) error {
	type row struct {
		RoundID string
		FundTotal
	}
	return each(ctx, s.db.Pool, "funds", func(r row) {
		t := totals[r.RoundID]
		t.Funds = append(t.Funds, r.FundTotal)
		totals[r.RoundID] = t
	}, `
		SELECT round_id, fund, SUM(minor_units)::bigint AS minor FROM allocation_shares
		WHERE round_id = ANY($1) GROUP BY round_id, fund ORDER BY round_id, fund`, ids)
}

func (s *Store) addCounts(ctx context.Context, totals map[string]RoundTotals, ids []string) error {
	type row struct {
		RoundID        string
		HeldBack, Rare int32
	}
	return each(ctx, s.db.Pool, "counts", func(r row) {
		t := totals[r.RoundID]
		t.HeldBack, t.Rare = r.HeldBack, r.Rare
		totals[r.RoundID] = t
	}, `
		SELECT round_id, SUM(held_back)::int AS held_back,
			(COUNT(*) FILTER (WHERE amount > 0 AND n < 5))::int AS rare
		FROM (
			SELECT round_id, amount, COUNT(*) AS n, COUNT(*) FILTER (WHERE outcome = 'HELD_BACK') AS held_back
			FROM allocations WHERE round_id = ANY($1) GROUP BY round_id, amount) amounts
		GROUP BY round_id`, ids)
}
