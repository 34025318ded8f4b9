package household

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Unreserve ends a commit and gives back up to limit of what its round has reserved and
// not paid. It returns how many cycles that were: the last page is empty.
func (s *Store) Unreserve(ctx context.Context, c aidrequest.Commit, limit int) (int, error) {
	// What the call answers with is a number, so that is what a repeat finds.
	count, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		newest, err := end(ctx, tx, c)
		if err != nil || !newest {
			return "0", err
		}
		count, err := s.giveBack(ctx, tx, c.Round, limit)
		if err == nil && count == 0 {
			_, err = tx.Exec(ctx, `DELETE FROM round_reservations WHERE round = $1`, c.Round)
		}
		if err != nil {
			return "", fmt.Errorf("give back what %s reserved: %w", c.Round, err)
		}
		return strconv.Itoa(count), nil
	})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(count)
}

// end locks a round and ends its commit. newest is false where another commit has begun
// since, whose cycles these are now.
func end(ctx context.Context, tx pgx.Tx, c aidrequest.Commit) (newest bool, err error) {
	if err := tx.QueryRow(ctx, `
		INSERT INTO round_commits AS r (round, last, ended) VALUES ($1, $2, true)
		ON CONFLICT (round) DO UPDATE SET last = GREATEST(r.last, $2), ended = r.ended OR r.last <= $2
		RETURNING last = $2`, c.Round, c.Number).Scan(&newest); err != nil {
		return false, fmt.Errorf("end commit of %s: %w", c.Round, err)
	}
	return newest, nil
}

// giveBack gives back the next cycles of a round, and says how many. One that another
// hand has changed stays as it is, and is named in the log.
func (s *Store) giveBack(ctx context.Context, tx pgx.Tx, round string, limit int) (int, error) {
	var after aidrequest.Key
	for {
		page, err := readCycles(ctx, tx, `WHERE c.round = $1 AND c.state = 'AWARDED' AND (c.aid_request_id, c.cycle) > ($2, $3)
			ORDER BY c.aid_request_id, c.cycle LIMIT $4 FOR UPDATE`, round, after.RequestID, after.Cycle, limit)
		if err != nil || len(page) == 0 {
			return 0, err
		}
		after = aidrequest.Key{RequestID: page[len(page)-1].requestID, Cycle: page[len(page)-1].Number}
		back, err := s.freed(ctx, tx, page)
		if err != nil || len(back) > 0 {
			return len(back), err
		}
	}
}

// freed gives back those of some cycles that no other hand has changed.
func (s *Store) freed(ctx context.Context, tx pgx.Tx, page []cycleRow) (back []cycleRow, err error) {
	withdrawn, err := withdrawnOf(ctx, tx, page)
	if err != nil {
		return nil, err
	}
	for _, c := range page {
		if s.own(ctx, c) != nil {
			continue
		}
		c.State, c.Round = aidrequest.CycleApproved, ""
		if withdrawn[c.requestID] {
			c.State = aidrequest.CycleCancelled
		}
		back = append(back, c)
	}
	return back, s.writeCycles(ctx, tx, back)
}

// withdrawnOf are those of the cycles' requests that were withdrawn.
func withdrawnOf(ctx context.Context, tx pgx.Tx, cycles []cycleRow) (map[string]bool, error) {
	ids := make([]string, len(cycles))
	for i, c := range cycles {
		ids[i] = c.requestID
	}
	list, err := postgres.Many(ctx, tx, "withdrawn requests", pgx.RowTo[string], `
		SELECT aid_request_id FROM aid_requests WHERE aid_request_id = ANY ($1) AND state = 'WITHDRAWN'`, ids)
	withdrawn := make(map[string]bool, len(list))
	for _, id := range list {
		withdrawn[id] = true
	}
	return withdrawn, err
}
