package store

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// patience is how long a list may look for what fits its filter.
const patience = 5 * time.Second

// bounds are sequences that a list need not look beyond.
type bounds struct {
	after, last int64
}

// firstOfDays finds the first sequence of days $2 to $3, NULL for an open end, and
// lastOfDays the last. They go by booking date, one step down an index for each day.
// Where $4 asks for the days of the facts, they look also among the few that came
// after their day was closed. The zero keeps the planner from looking for the least
// sequence among all instead of among these.
const (
	firstOfDays = `SELECT MIN(sequence) FROM (` + eachDay + ` LIMIT 1) f` + lateFacts
	lastOfDays  = `SELECT MAX(sequence) FROM (` + eachDay + ` DESC LIMIT 1) f` + lateFacts
	eachDay     = `
		SELECT f.sequence
		FROM (
			SELECT GREATEST($2::date, (SELECT booking_date FROM transactions WHERE ledger_id = $1 ORDER BY booking_date LIMIT 1)) AS first,
				LEAST($3::date, (SELECT booking_date FROM transactions WHERE ledger_id = $1 ORDER BY booking_date DESC LIMIT 1)) AS last
		) r
		CROSS JOIN LATERAL (SELECT generate_series(r.first, r.last, interval '1 day')::date AS day) d
		CROSS JOIN LATERAL (
			SELECT sequence FROM transactions WHERE ledger_id = $1 AND booking_date = d.day ORDER BY sequence`
	lateFacts = `
		UNION ALL
		SELECT sequence + 0 FROM transactions
		WHERE $4 AND ledger_id = $1 AND occurred_on <> booking_date
			AND occurred_on >= COALESCE($2::date, '-infinity') AND occurred_on <= COALESCE($3::date, 'infinity')
	) s`
)

// bound narrows a list after a sequence by the days that its filter names. The
// planner takes days for spread over all of the log, and would read it from the
// beginning to find the first of a late day.
func (s *Store) bound(ctx context.Context, where filter.Condition, after int64) (bounds, error) {
	b := bounds{after: after, last: math.MaxInt64}
	for field, facts := range map[string]bool{"booking_date": false, "occurred_on": true} {
		first, last := daysOf(where, field)
		if first != nil {
			low, err := s.endOfDays(ctx, s.db.Bulk, firstOfDays, first, last, facts)
			if err != nil {
				return b, err
			}
			if low == nil {
				return bounds{after: after, last: -1}, nil
			}
			b.after = max(b.after, *low-1)
		}
		if last != nil {
			high, err := s.endOfDays(ctx, s.db.Bulk, lastOfDays, first, last, facts)
			if err != nil {
				return b, err
			}
			if high == nil {
				return bounds{after: after, last: -1}, nil
			}
			b.last = min(b.last, *high)
		}
	}
	return b, nil
}

// endOfDays returns nil where there is nothing on the days.
func (s *Store) endOfDays(ctx context.Context, db postgres.Querier, sql string, first, last *time.Time, facts bool) (*int64, error) {
	return postgres.One(ctx, db, "sequences of days", pgx.RowTo[*int64], sql, s.ledger, first, last, facts)
}

// daysOf returns the first and the last day on which the condition may hold.
func daysOf(where filter.Condition, field string) (first, last *time.Time) {
	for _, c := range where.Must {
		day, ok := c.Value.(time.Time)
		if c.Field != field || !ok {
			continue
		}
		if c.Operator == "=" || c.Operator == ">" || c.Operator == ">=" {
			if first == nil || day.After(*first) {
				first = &day
			}
		}
		if c.Operator == "=" || c.Operator == "<" || c.Operator == "<=" {
			if last == nil || day.Before(*last) {
				last = &day
			}
		}
	}
	return first, last
}

// tooWide is the fault for a filter that no index bounds.
func tooWide() *fault.Fault {
	return fault.Field("filter", fault.FieldMalformed, "fits too few of too many rows: narrow it by account, source, kind, reference, sequence or date")
}

// patiently runs a list and gives up with a fault when nothing bounds what it has to
// read, so that no question of one auditor can slow everybody down for long.
func (s *Store) patiently(ctx context.Context, tired func() *fault.Fault, list func(ctx context.Context) error) error {
	bounded, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	err := list(bounded)
	if err != nil && ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) {
		return tired().With(err)
	}
	return err
}
