package store

import "context"

// Series is how far the statements of a sender's account reach.
type Series struct {
	Sender   string
	Currency string
	// Closing is the closing balance of the last statement that ends on or before
	// the day, in minor units; ClosedOn is its day, empty where there is none.
	Closing  int64
	ClosedOn string
	// StatementID is the id of that statement, SHA256 that of its file, ImportedBy
	// the pseudonym of who imported it; empty where there is none.
	StatementID string
	SHA256      []byte `db:"sha256"`
	ImportedBy  string
	// Unbroken says that each statement, up to that one and to the first that
	// reaches the day, opens with the closing balance of the one before it.
	Unbroken bool
	// Reaches says that a statement ends on or after the day.
	Reaches bool
}

// StatementSeries reads the series of all senders with statements at a day such as
// "2026-11-30". Statements stand in the order of their places, not of their days. One
// without a day is in the series, but is never the last up to a day. A gap that two people
// passed over breaks it no longer: the books hold its difference. The import has found
// what is missing; this reads it from the balances once more.
func (s *Store) StatementSeries(ctx context.Context, day string) ([]Series, error) {
	return many[Series](ctx, s.db.Pool, "series of statements", `
		WITH chain AS (
			SELECT s.id, s.sender, s.currency, s.closing, s.closed_on, s.position AS place,
				LAG(s.id) OVER before IS NULL
				OR s.currency = LAG(s.currency) OVER before
					AND s.opening = LAG(s.closing) OVER before + COALESCE(g.difference, 0)
					AND COALESCE(g.state, 'PASSED') = 'PASSED' AS follows
			FROM statements s LEFT JOIN statement_gaps g ON g.statement_id = s.id AND g.state <> 'FILLED'
			WHERE NOT s.notification
			WINDOW before AS (PARTITION BY s.sender ORDER BY s.position)
		), reached AS (
			SELECT sender, MIN(place) AS place FROM chain WHERE closed_on >= $1 GROUP BY sender
		), last AS (
			SELECT DISTINCT ON (sender) sender, place, id, closing, closed_on
			FROM chain WHERE closed_on <> '' AND closed_on <= $1 ORDER BY sender, place DESC
		)
		SELECT c.sender, MIN(c.currency) AS currency, COALESCE(MIN(l.closing), 0) AS closing,
			COALESCE(MIN(l.closed_on), '') AS closed_on, COALESCE(MIN(l.id), '') AS statement_id,
			(SELECT a.sha256 FROM statements a WHERE a.id = MIN(l.id)) AS sha256,
			COALESCE((SELECT a.imported_by FROM statements a WHERE a.id = MIN(l.id)), '') AS imported_by,
			COALESCE(bool_and(c.follows) FILTER (WHERE r.place IS NULL OR c.place <= GREATEST(r.place, l.place)), true) AS unbroken,
			MIN(r.place) IS NOT NULL AS reaches
		FROM chain c
		LEFT JOIN reached r ON r.sender = c.sender
		LEFT JOIN last l ON l.sender = c.sender
		GROUP BY c.sender ORDER BY c.sender`, day)
}
