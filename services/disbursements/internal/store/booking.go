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

// AwardsOfRound lists a page of the awards of a round by id, also cancelled ones. No
// other hand must have changed one.
func (s *Store) AwardsOfRound(ctx context.Context, roundID, after string, limit int) ([]round.AwardRecord, error) {
	rows, err := s.ownAwards(ctx, s.db.Pool, `WHERE id > $1 AND round_id = $2 ORDER BY id LIMIT $3`, after, roundID, limit)
	return records(rows), err
}

// records are awards without their MACs.
func records(rows []awardRow) []round.AwardRecord {
	list := make([]round.AwardRecord, len(rows))
	for i, a := range rows {
		list[i] = a.AwardRecord
	}
	return list
}

// RequestCycle names a cycle of a request.
type RequestCycle struct {
	AidRequest string
	Cycle      int32
}

// CyclesToReserve lists the cycles that a round gives something, of the next page of
// its allocations.
func (s *Store) CyclesToReserve(ctx context.Context, r round.Round, page int) ([]RequestCycle, error) {
	return many[RequestCycle](ctx, s.db.Pool, "cycles", `
		SELECT aid_request, cycle FROM allocations
		WHERE round_id = $1 AND number > $2 AND number <= $3 AND amount > 0
		ORDER BY number`, r.ID, r.CommitAfter, r.CommitAfter+page)
}
