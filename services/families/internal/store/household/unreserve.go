package household

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
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
		count, err := giveBack(ctx, tx, c.Round, limit)
		if err == nil && count == 0 {
			_, err = tx.Exec(ctx, `DELETE FROM round_reservations WHERE round = $1`, c.Round)
		}
		if err != nil {
			return "", fmt.Errorf("give back what %s reserved: %w", c.Round, err)
		}
		return strconv.FormatInt(count, 10), nil
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

// giveBack gives back the next cycles of a round, and says how many.
func giveBack(ctx context.Context, tx pgx.Tx, round string, limit int) (int64, error) {
	tag, err := tx.Exec(ctx, `
		WITH page AS (
			SELECT aid_request_id, cycle FROM aid_request_cycles
			WHERE round = $1 AND state = 'AWARDED' ORDER BY aid_request_id, cycle LIMIT $2 FOR UPDATE
		)
		UPDATE aid_request_cycles c
		SET round = NULL, state = CASE r.state WHEN 'WITHDRAWN' THEN 'CANCELLED' ELSE 'APPROVED' END
		FROM page p JOIN aid_requests r ON r.aid_request_id = p.aid_request_id
		WHERE c.aid_request_id = p.aid_request_id AND c.cycle = p.cycle`, round, limit)
	return tag.RowsAffected(), err
}
