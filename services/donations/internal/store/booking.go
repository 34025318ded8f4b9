package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Booking is a movement that the ledger has to be told about, with what it rests on.
type Booking struct {
	movement.Movement
	// Before is the movement that this one takes back: a refund that failed, a dispute that
	// was won, a payout that did not arrive. Nil for others.
	Before *movement.Movement
	// Refund is what the movement is about, the zero value for none. Undo says that what
	// was set aside for it is given back first, since Stripe took another amount.
	Refund refund.Refund
	Undo   bool
}

// before are the entries that an entry takes back, and the column by which they are found.
var before = map[movement.Entry]struct {
	column  string
	entries []movement.Entry
}{
	movement.RefundFailed: {"refund_id", []movement.Entry{movement.Refund, movement.Taking}},
	movement.DisputeWon:   {"dispute_id", []movement.Entry{movement.Dispute}},
	movement.PayoutFailed: {"payout_id", []movement.Entry{movement.Payout}},
}

// PrepareBooking returns a movement that the ledger has to be told about, with all that
// its booking says, decided once. NotFound where it has been told; NOT_ITS_TURN where it
// rests on something that is not booked.
func (s *Store) PrepareBooking(ctx context.Context, id string) (b Booking, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var d donation.Donation
		about, err := postgres.One(ctx, tx, "movement", pgx.RowTo[string], `SELECT COALESCE(donation_id, '') FROM stripe_movements
			WHERE id = $1 AND post_owed_at IS NOT NULL`, id)
		if err == nil && about != "" {
			d, err = s.lockDonation(ctx, tx, `d.id = $1`, about)
		}
		if err != nil {
			return err
		}
		b.Movement, err = postgres.One(ctx, tx, "movement", toMovement, `SELECT `+movementColumns+` FROM stripe_movements AS m
			WHERE m.id = $1 AND m.post_owed_at IS NOT NULL FOR UPDATE`, id)
		if err != nil {
			return err
		}
		if b.Before, err = s.takenBack(ctx, tx, b.Movement); err != nil {
			return err
		}
		if b.Subject.Refund != "" {
			b.Refund, err = postgres.One(ctx, tx, "refund", toRefund, `SELECT `+refundColumns+` FROM `+refundTables+` WHERE r.id = $1`, b.Subject.Refund)
			if err != nil {
				return err
			}
		}
		return s.divide(ctx, tx, d, &b)
	})
	return b, err
}

// takenBack finds what a movement takes back. One that comes back in another amount than
// it went is for a person.
func (s *Store) takenBack(ctx context.Context, tx pgx.Tx, m movement.Movement) (*movement.Movement, error) {
	what, ok := before[m.Entry]
	if !ok {
		return nil, nil //nolint:nilnil // it takes nothing back
	}
	key := map[string]string{"refund_id": m.Subject.Refund, "dispute_id": m.Subject.Dispute, "payout_id": m.Subject.Payout}[what.column]
	list, err := postgres.Many(ctx, tx, "movement that is taken back", toMovement, `SELECT `+movementColumns+` FROM stripe_movements AS m
		WHERE m.`+what.column+` = $1 AND m.entry = ANY($2) AND m.posted_at IS NOT NULL AND m.occurred_at <= $3
		ORDER BY m.occurred_at DESC, m.id DESC LIMIT 1`, key, what.entries, m.OccurredAt)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, notItsTurn()
	}
	return &list[0], nil
}

// divide decides what a movement is in the end, and out of which funds it is taken.
func (s *Store) divide(ctx context.Context, tx pgx.Tx, d donation.Donation, b *Booking) (err error) {
	b.Undo = b.Entry == movement.Taking && b.Refund.StartedAt != nil
	switch {
	case b.Entry == movement.Refund && b.Refund.StartedAt == nil:
		b.Entry = movement.Taking
	case b.Entry == movement.Refund && b.Refund.Settled != b.Taken():
		b.Entry, b.Undo = movement.Taking, true
		if err := s.giveBack(ctx, tx, d.ID, back.Waiting(b.Refund.Back)); err != nil {
			return err
		}
	case unequal(*b):
		b.Entry, b.Before = movement.Suspense, nil
		if b.Subject.Item, err = s.itemOf(ctx, tx, b.Movement, movement.Reason(b.Category, event.UnknownType)); err != nil {
			return err
		}
	}
	if len(b.Back) == 0 {
		if b.Back, err = s.backOf(ctx, tx, d, b.Movement); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE stripe_movements SET entry = $2, item_id = NULLIF($3, ''), back = $4 WHERE id = $1`,
		b.ID, b.Entry, b.Subject.Item, notNil(b.Back)); err != nil {
		return fmt.Errorf("prepare booking: %w", err)
	}
	return nil
}

// unequal reports whether a refund or payout comes back in another amount than it went,
// so that no reversal fits.
func unequal(b Booking) bool {
	reverses := b.Entry == movement.RefundFailed || b.Entry == movement.PayoutFailed
	return reverses && b.Before.Taken() != b.Net
}

// backOf says out of what Stripe has taken a movement. The fee of a dispute is beyond the
// gift, and takes nothing of what waits to clear.
func (s *Store) backOf(ctx context.Context, tx pgx.Tx, d donation.Donation, m movement.Movement) ([]back.Part, error) {
	switch m.Entry {
	case movement.Cost:
		return m.OfOperations(), nil
	case movement.Taking, movement.ChargeFailure:
		return s.takeBack(ctx, tx, d.ID, m.Taken().MinorUnits)
	case movement.Dispute:
		back, err := s.takeBack(ctx, tx, d.ID, -m.Gross.MinorUnits)
		if err != nil || m.Fee.MinorUnits <= 0 {
			return back, err
		}
		fee, _, err := donation.GoesBack(d.Parts, make([]int64, len(d.Parts)), m.Fee.MinorUnits)
		for _, f := range fee {
			f.Fee = true
			back = append(back, f)
		}
		return back, err
	}
	return nil, nil
}

func notNil[T any](list []T) []T { return append([]T{}, list...) }

// Posted is what the ledger has booked for a movement.
type Posted struct {
	// Debits are the accounts that it has debited, in order.
	Debits []movement.Booked
	// Waiting is what it has credited to the clearing of funds, by fund.
	Waiting map[string]int64
}

// MovementPosted records that the ledger has booked a movement. What came back to where
// it was waiting clears as before.
func (s *Store) MovementPosted(ctx context.Context, id string, p Posted) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		about, err := postgres.One(ctx, tx, "movement", pgx.RowTo[string], `SELECT COALESCE(donation_id, '') FROM stripe_movements WHERE id = $1`, id)
		if err == nil && about != "" {
			_, err = s.lockDonation(ctx, tx, `d.id = $1`, about)
		}
		if err != nil {
			return err
		}
		entries, err := postgres.Many(ctx, tx, "posted movement", pgx.RowTo[movement.Entry], `UPDATE stripe_movements
			SET posted_at = $2, post_owed_at = NULL, booked = $3 WHERE id = $1 AND post_owed_at IS NOT NULL RETURNING entry`, id, s.now(), notNil(p.Debits))
		if err != nil || len(entries) == 0 {
			return err
		}
		if entries[0] != movement.DisputeWon && entries[0] != movement.RefundFailed {
			return nil
		}
		return s.giveBack(ctx, tx, about, p.Waiting)
	})
}
