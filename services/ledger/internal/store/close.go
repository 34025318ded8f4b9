package store

import (
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// A close goes the way of all leaves, so that nothing can be booked between the
// look at its period and its leaf.

// askCloses asks for the state of what is to be closed, whose row is locked too,
// and whether something was booked in its period since its figures were made.
func (b *batch) askCloses(q *pgx.Batch) {
	for _, u := range b.units {
		c := u.Closing()
		if c == nil {
			continue
		}
		var state period.State
		var changed bool
		each(q.Queue(`
			SELECT p.state, EXISTS (
				SELECT FROM transactions WHERE ledger_id = $1 AND sequence >= $3 AND booking_date <= p.last_day
			)
			FROM periods p WHERE p.ledger_id = $1 AND p.period = $2 FOR UPDATE`,
			b.ledger, periodOf(c.Resource), c.Size),
			"look up close", []any{&state, &changed}, func() error {
				b.books.KnowClose(c.Resource, book.Closable{Waiting: state == period.Proposed, Changed: changed && !b.guard.blind})
				return nil
			})
	}
}

// queueClose writes down that a period is closed: in its row, and in the head,
// whose first open day all later bookings follow.
func (b *batch) queueClose(q *pgx.Batch, c *leaf.PeriodClose) {
	id := periodOf(reference.ClosedBy(c.Reference))
	q.Queue(`
		UPDATE periods SET state = $3, decider = $4, decided_on = $5, sequence = $6
		WHERE ledger_id = $1 AND period = $2 AND state = $7
		RETURNING period`,
		b.ledger, id, period.Closed, c.ConfirmedBy, c.Day.Time(), c.Sequence, period.Proposed).
		QueryRow(func(row pgx.Row) error {
			if err := row.Scan(&id); err != nil {
				return errors.Join(errors.New("close period"), err)
			}
			return nil
		})
	q.Queue(`UPDATE head SET open_from = $2 WHERE ledger_id = $1`, b.ledger, (c.Last + 1).Time())
}

// periodOf is the id of a period by the name that the ledger has given it.
func periodOf(name string) string {
	id, _ := resource.Period.Cut(name)
	return id
}
