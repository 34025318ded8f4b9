package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/item"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// movementColumns are those of stripe_movements AS m.
const movementColumns = `m.id, m.balance_id, m.category, m.source_id, m.currency, m.gross, m.fee, m.net, m.occurred_at,
	COALESCE(m.entry, '') AS entry, COALESCE(m.donation_id, '') AS donation_id, COALESCE(m.refund_id, '') AS refund_id,
	COALESCE(m.dispute_id, '') AS dispute_id, COALESCE(m.payout_id, '') AS payout_id, COALESCE(m.item_id, '') AS item_id,
	m.back, m.booked, m.posted_at`

// movementRow is a row of stripe_movements without what it owes.
type movementRow struct {
	ID         string
	BalanceID  string
	Category   string
	SourceID   string
	Currency   string
	Gross      int64
	Fee        int64
	Net        int64
	OccurredAt time.Time
	Entry      movement.Entry
	DonationID string
	RefundID   string
	DisputeID  string
	PayoutID   string
	ItemID     string
	Back       []back.Part
	Booked     []movement.Booked
	PostedAt   *time.Time
}

func toMovement(row pgx.CollectableRow) (movement.Movement, error) {
	r, err := pgx.RowToStructByName[movementRow](row)
	some := func(minor int64) money.Amount { return money.Amount{MinorUnits: minor, Currency: r.Currency} }
	return movement.Movement{
		ID: r.ID, BalanceID: r.BalanceID, Category: r.Category, Source: r.SourceID,
		Gross: some(r.Gross), Fee: some(r.Fee), Net: some(r.Net), OccurredAt: r.OccurredAt, Entry: r.Entry,
		Subject: movement.Subject{Donation: r.DonationID, Refund: r.RefundID, Dispute: r.DisputeID, Payout: r.PayoutID, Item: r.ItemID},
		Back:    r.Back, Booked: r.Booked, PostedAt: r.PostedAt,
	}, err
}

// AddMovements stores movements of the balance that are not known; each is owed its
// understanding.
func (s *Store) AddMovements(ctx context.Context, list ...movement.Movement) error {
	if len(list) == 0 {
		return nil
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var fresh []string
		q := &pgx.Batch{}
		for _, m := range list {
			q.Queue(`INSERT INTO stripe_movements (id, balance_id, category, source_id, currency, gross, fee, net, occurred_at, created_at, read_owed_at)
				VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT (balance_id) DO NOTHING RETURNING id`,
				resource.NewID(resource.KindPayoutLine), m.BalanceID, m.Category, m.Source, m.Net.Currency,
				m.Gross.MinorUnits, m.Fee.MinorUnits, m.Net.MinorUnits, m.OccurredAt, s.now()).Query(func(rows pgx.Rows) error {
				ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
				fresh = append(fresh, ids...)
				return err
			})
		}
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("add movements: %w", err)
		}
		for _, id := range fresh {
			if err := s.queue.Enqueue(ctx, tx, DutyMovement, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// OwedMovements lists movements that are not understood.
func (s *Store) OwedMovements(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM stripe_movements WHERE read_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedBookings lists movements that the ledger was not told about.
func (s *Store) OwedBookings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM stripe_movements WHERE post_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedMovement returns a movement that is not understood; NotFound where it is.
func (s *Store) OwedMovement(ctx context.Context, id string) (movement.Movement, error) {
	return postgres.One(ctx, s.db.Pool, "movement", toMovement, `SELECT `+movementColumns+` FROM stripe_movements AS m
		WHERE m.id = $1 AND m.read_owed_at IS NOT NULL`, id)
}

// Understand writes down what the movement with one of Stripe's ids is in the books, and
// what it is booked for; what is understood already stays as it is. What is booked to
// suspense waits for people, for a reason.
func (s *Store) Understand(ctx context.Context, balanceID string, e movement.Entry, about movement.Subject, reason string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		list, err := postgres.Many(ctx, tx, "movement", toMovement, `SELECT `+movementColumns+` FROM stripe_movements AS m
			WHERE m.balance_id = $1 AND m.read_owed_at IS NOT NULL FOR UPDATE`, balanceID)
		if err != nil || len(list) == 0 {
			return err
		}
		m := list[0]
		m.Entry, m.Subject = m.Judge(e), about
		if m.Entry == movement.Suspense && e != movement.Suspense {
			reason = movement.Reason(m.Category, event.UnknownType)
		}
		return s.understood(ctx, tx, m, reason)
	})
}

// understood stores what a movement is. All but gifts is owed to the ledger.
func (s *Store) understood(ctx context.Context, tx pgx.Tx, m movement.Movement, reason string) (err error) {
	if m.Entry == movement.Suspense || m.Entry == movement.Cost {
		if m.Subject.Item, err = s.itemOf(ctx, tx, m, reason); err != nil {
			return err
		}
	}
	post := m.Entry != movement.Gift && m.Entry != movement.Nothing
	_, err = tx.Exec(ctx, `UPDATE stripe_movements SET read_owed_at = NULL, entry = $2, donation_id = NULLIF($3, ''), refund_id = NULLIF($4, ''),
			dispute_id = NULLIF($5, ''), payout_id = NULLIF($6, ''), item_id = NULLIF($7, ''), post_owed_at = CASE WHEN $8 THEN $9::timestamptz END
		WHERE id = $1`, m.ID, m.Entry, m.Subject.Donation, m.Subject.Refund, m.Subject.Dispute, m.Subject.Payout, m.Subject.Item, post, s.now())
	if err != nil {
		return fmt.Errorf("understand movement: %w", err)
	}
	if !post {
		return nil
	}
	return s.queue.Enqueue(ctx, tx, DutyPostMovement, m.ID)
}

// itemOf makes the item that a movement is booked for: a cost is cleared by rule.
func (s *Store) itemOf(ctx context.Context, tx pgx.Tx, m movement.Movement, reason string) (string, error) {
	i := item.Item{
		State: item.Waiting, Reason: reason, StripeID: m.BalanceID, Amount: m.Net, Donation: m.Subject.Donation, OccurredOn: m.OccurredAt.UTC(),
	}
	if m.Entry == movement.Cost {
		i.State, i.Reason = item.Cleared, movement.Reason(m.Category, event.UnknownType)
	}
	id, _, err := s.addItem(ctx, tx, i)
	return id, err
}

// queueGift says in the batch that records a received payment that its movement is that
// gift's. A movement that is in suspense already stays there.
func (s *Store) queueGift(q *pgx.Batch, donationID string, m movement.Movement) {
	q.Queue(`INSERT INTO stripe_movements (id, balance_id, category, source_id, currency, gross, fee, net, occurred_at, created_at, entry, donation_id)
		VALUES ($1, $2, 'charge', $3, $4, $5, $6, $7, $8, $9, 'GIFT', $10)
		ON CONFLICT (balance_id) DO UPDATE SET entry = 'GIFT', donation_id = EXCLUDED.donation_id, read_owed_at = NULL
			WHERE stripe_movements.entry IS NULL`,
		resource.NewID(resource.KindPayoutLine), m.BalanceID, m.Source, m.Net.Currency, m.Gross.MinorUnits, m.Fee.MinorUnits,
		m.Net.MinorUnits, m.OccurredAt, s.now(), donationID).Exec(func(tag pgconn.CommandTag) error {
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Precondition, fault.ReasonAmountDiffers, "The payment stands in suspense.")
		}
		return nil
	})
}
