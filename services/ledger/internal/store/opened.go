package store

import (
	"context"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
)

// numberAt finds the number of the last account that leaf $2 or one before it has
// opened. Accounts are numbered as they are opened, so that it can be halved for:
// a dozen and a half steps among a hundred thousand.
const numberAt = `
	WITH RECURSIVE halves (low, high) AS (
		SELECT 0::bigint, accounts FROM head WHERE ledger_id = $1
		UNION ALL
		SELECT CASE WHEN f.sequence <= $2 THEN m.middle ELSE h.low END, CASE WHEN f.sequence <= $2 THEN h.high ELSE m.middle - 1 END
		FROM halves h
		CROSS JOIN LATERAL (SELECT (h.low + h.high + 1) / 2 AS middle) m
		CROSS JOIN LATERAL (
			SELECT sequence FROM entries WHERE ledger_id = $1 AND account = m.middle ORDER BY sequence, number LIMIT 1
		) f
		WHERE h.low < h.high
	)
	SELECT low FROM halves ORDER BY high - low LIMIT 1`

// openedBy bounds the accounts of a list at an earlier time by their number where
// there may be many: most awards were opened since, and each would be looked up
// for nothing.
func (s *Store) openedBy(ctx context.Context, db postgres.Querier, q query.Accounts) (int64, error) {
	if q.Sequence == nil && q.Date == 0 || !crowded(q.Prefix) {
		return math.MaxInt64, nil
	}
	at := q.Sequence
	if at == nil {
		day := q.Date.Time()
		var err error
		if at, err = s.endOfDays(ctx, db, lastOfDays, nil, &day, false); err != nil {
			return 0, err
		}
	}
	if at == nil {
		return 0, nil // nothing was booked by then
	}
	return postgres.One(ctx, db, "number of the last account", pgx.RowTo[int64], numberAt, s.ledger, *at)
}

// crowded reports whether a prefix takes in all awards or all rounds.
func crowded(prefix string) bool {
	return strings.HasPrefix(string(account.ClassAward)+":", prefix) || strings.HasPrefix(string(account.ClassRound)+":", prefix)
}
