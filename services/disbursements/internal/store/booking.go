package store

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
)

// FundTotal is a sum per fund, in minor units.
type FundTotal struct {
	Fund  string
	Minor int64
}

// HoldTotals sums what a round's allocations ask of each fund.
func (s *Store) HoldTotals(ctx context.Context, roundID string) ([]FundTotal, error) {
	return many[FundTotal](ctx, s.db.Pool, "hold totals", `
		SELECT fund, SUM(minor_units)::bigint AS minor FROM allocation_shares
		WHERE round_id = $1 GROUP BY fund ORDER BY fund`, roundID)
}

// ReleaseTotals sums what was held of each fund and became no award.
func (s *Store) ReleaseTotals(ctx context.Context, roundID string) ([]FundTotal, error) {
	return many[FundTotal](ctx, s.db.Pool, "release totals", `
		SELECT sh.fund, SUM(sh.minor_units)::bigint AS minor FROM allocation_shares sh
		WHERE sh.round_id = $1 AND NOT EXISTS (SELECT 1 FROM awards w WHERE w.id = sh.award_id)
		GROUP BY sh.fund ORDER BY sh.fund`, roundID)
}

// AwardsOfRound lists all awards of a round by id, also cancelled ones.
func (s *Store) AwardsOfRound(ctx context.Context, roundID, after string, limit int) ([]round.AwardRecord, error) {
	return many[round.AwardRecord](ctx, s.db.Pool, "awards of round", awardColumns+`
		WHERE id > $1 AND round_id = $2 ORDER BY id LIMIT $3`, after, roundID, limit)
}

// RequestCycle names a cycle of a request.
type RequestCycle struct {
	AidRequest string
	Cycle      int32
}

// CyclesToReserve lists the cycles that a round gives something, by request.
func (s *Store) CyclesToReserve(ctx context.Context, roundID string) ([]RequestCycle, error) {
	return many[RequestCycle](ctx, s.db.Pool, "cycles", `
		SELECT aid_request, cycle FROM allocations WHERE round_id = $1 AND amount > 0
		ORDER BY aid_request, cycle`, roundID)
}

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
	Tiers    []TierTotal
	Funds    []FundTotal
	HeldBack int32
	Rare     int32
}

// RoundTotals sums a round's allocations; amounts are rare that fewer than five
// allocations share.
func (s *Store) RoundTotals(ctx context.Context, roundID string) (t RoundTotals, err error) {
	if t.Tiers, err = many[TierTotal](ctx, s.db.Pool, "tiers", `
		SELECT tier, COUNT(*)::int AS requests, (COUNT(*) FILTER (WHERE amount > 0))::int AS funded,
			SUM(cap)::bigint AS asked, SUM(amount)::bigint AS allocated
		FROM allocations WHERE round_id = $1 GROUP BY tier ORDER BY tier`, roundID); err != nil {
		return t, err
	}
	if t.Funds, err = s.HoldTotals(ctx, roundID); err != nil {
		return t, err
	}
	err = s.db.Pool.QueryRow(ctx, `
		SELECT (SELECT COUNT(*) FROM allocations WHERE round_id = $1 AND outcome = 'HELD_BACK')::int,
			(SELECT COUNT(*) FROM (SELECT 1 FROM allocations WHERE round_id = $1 AND amount > 0
				GROUP BY amount HAVING COUNT(*) < 5) rare)::int`, roundID).Scan(&t.HeldBack, &t.Rare)
	return t, err
}
