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
// "2026-11-30". Statements stand in the order of their chain, not of their days. One
// without a day is in the chain, but is never the last up to a day. The import has
// checked that each opens where the one before closed; this reads it from the rows
// once more.
func (s *Store) StatementSeries(ctx context.Context, day string) ([]Series, error) {
	return many[Series](ctx, s.db.Pool, "series of statements", `
		WITH RECURSIVE chain AS (
			SELECT id, sender, currency, closing, closed_on, 1 AS place, true AS follows
			FROM statements WHERE previous IS NULL
			UNION ALL
			SELECT s.id, s.sender, s.currency, s.closing, s.closed_on, c.place + 1,
				s.opening = c.closing AND s.sender = c.sender AND s.currency = c.currency
			FROM chain c JOIN statements s ON s.previous = c.id
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
			bool_and(c.follows) FILTER (WHERE r.place IS NULL OR c.place <= GREATEST(r.place, l.place))
				AND COUNT(*) = (SELECT COUNT(*) FROM statements a WHERE a.sender = c.sender) AS unbroken,
			MIN(r.place) IS NOT NULL AS reaches
		FROM chain c
		LEFT JOIN reached r ON r.sender = c.sender
		LEFT JOIN last l ON l.sender = c.sender
		GROUP BY c.sender ORDER BY c.sender`, day)
}
