package store

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// dayBegins finds the first decision of each of the days that are counted together, the
// last of which is that of the latest decision, by one look for each.
const dayBegins = `
	SELECT d.day, f.sequence
	FROM (SELECT day FROM decisions WHERE ledger_id = $1 ORDER BY day DESC LIMIT 1) last
	CROSS JOIN LATERAL generate_series(last.day::timestamp - make_interval(days => $2 - 1), last.day::timestamp, interval '1 day') AS d (day)
	CROSS JOIN LATERAL (
		SELECT sequence FROM decisions WHERE ledger_id = $1 AND day = d.day::date ORDER BY sequence LIMIT 1
	) f`

// askLeaving asks for what leaves the ledger within the days that are counted: where
// each day begins, and behind the first one locks and voids of plans, money that left
// without a plan, and what was paid of locks that count no more. moved are the plans
// that the batch locks or voids. The numbers are those of the kinds that the indexes
// are for.
func (b *batch) askLeaving(q *pgx.Batch, moved []string) {
	var day time.Time
	var sequence int64
	each(q.Queue(`WITH begins AS (`+dayBegins+`) SELECT day, sequence FROM begins ORDER BY day`,
		b.ledger, rule.CountedDays), "look up days", []any{&day, &sequence}, func() error {
		b.books.KnowDay(leaf.DayOf(day), sequence)
		return nil
	})
	b.askBytes(q, "look up what leaves", func(l leaf.Leaf) { b.books.KnowLeaving(l) }, `
		WITH begins AS (`+dayBegins+`), first AS (
			SELECT min(sequence) AS sequence FROM begins
		), planned AS MATERIALIZED (
			SELECT d.sequence, d.resource
			FROM first, unnest('{14,18}'::smallint[]) AS k (kind)
			CROSS JOIN LATERAL (
				SELECT sequence, resource FROM decisions
				WHERE ledger_id = $1 AND kind = k.kind AND (kind <= 9 OR kind IN (14, 18)) AND sequence >= first.sequence OFFSET 0
			) d
		), counted AS (
			SELECT sequence FROM planned
			UNION
			SELECT t.sequence
			FROM first, unnest('{15,23,25}'::smallint[]) AS k (kind)
			CROSS JOIN LATERAL (
				SELECT sequence FROM transactions
				WHERE ledger_id = $1 AND kind = k.kind AND kind IN (15, 23, 25) AND sequence > first.sequence OFFSET 0
			) t
			UNION
			SELECT t.sequence
			FROM (
				SELECT resource AS plan FROM planned GROUP BY resource HAVING count(*) > 1
				UNION SELECT unnest($3::text[])
			) p
			CROSS JOIN LATERAL (
				SELECT sequence FROM transactions
				WHERE ledger_id = $1 AND source > p.plan || '/payments/' AND source < p.plan || '/payments0' AND kind IN (17, 19, 20, 27) OFFSET 0
			) t
		)
		SELECT l.bytes
		FROM counted c
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = c.sequence OFFSET 0
		) l
		ORDER BY c.sequence`, rule.CountedDays, moved)
}
