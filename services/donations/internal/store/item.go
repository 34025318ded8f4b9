package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/item"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// itemColumns are those of stripe_items AS i.
const itemColumns = `i.id, i.state, i.reason, i.stripe_id, COALESCE(i.currency, '') AS currency, i.amount,
	COALESCE(i.donation_id, '') AS donation_id, i.occurred_on, COALESCE(i.fund_id, '') AS fund_id, i.evidence,
	i.proposer, i.approver, i.adjustment, i.created_at`

// itemRow is a row of stripe_items.
type itemRow struct {
	ID         string
	State      item.State
	Reason     string
	StripeID   string
	Currency   string
	Amount     int64
	DonationID string
	OccurredOn time.Time
	FundID     string
	Evidence   []byte
	Proposer   string
	Approver   string
	Adjustment string
	CreatedAt  time.Time
}

func toItem(row pgx.CollectableRow) (item.Item, error) {
	r, err := pgx.RowToStructByName[itemRow](row)
	return item.Item{
		ID: r.ID, State: r.State, Reason: r.Reason, StripeID: r.StripeID, Amount: money.Amount{MinorUnits: r.Amount, Currency: r.Currency},
		Donation: r.DonationID, OccurredOn: r.OccurredOn, Approver: r.Approver, CreatedAt: r.CreatedAt,
		Proposal: item.Proposal{Fund: r.FundID, Evidence: r.Evidence, Proposer: r.Proposer, Adjustment: r.Adjustment},
	}, err
}

// addItem stores an item, and returns its id; the same fact is one item.
func (s *Store) addItem(ctx context.Context, tx pgx.Tx, i item.Item) (id string, fresh bool, err error) {
	i.ID, i.CreatedAt = resource.NewID(resource.KindStripeItem), s.now()
	err = tx.QueryRow(ctx, `INSERT INTO stripe_items (id, state, reason, stripe_id, currency, amount, donation_id, occurred_on, created_at)
		VALUES ($1, $2, $3, $4, NULLIF($5, ''), $6, NULLIF($7, ''), $8, $9)
		ON CONFLICT (reason, stripe_id) DO UPDATE SET reason = EXCLUDED.reason RETURNING id`,
		i.ID, i.State, i.Reason, i.StripeID, i.Amount.Currency, i.Amount.MinorUnits, i.Donation, i.OccurredOn, i.CreatedAt).Scan(&id)
	if err != nil {
		return "", false, fmt.Errorf("add item: %w", err)
	}
	return id, id == i.ID, nil
}

// addWarning stores that a donation's card was reported for fraud; fresh is false where
// that is known.
func (s *Store) addWarning(ctx context.Context, tx pgx.Tx, donationID, warningID string, since time.Time) (fresh bool, err error) {
	_, fresh, err = s.addItem(ctx, tx, item.Item{
		State: item.Waiting, Reason: item.FraudWarning, StripeID: warningID, Donation: donationID, OccurredOn: since.UTC(),
	})
	return fresh, err
}

// AddItem stores that something of Stripe's without money waits for people. The same fact
// is one item.
func (s *Store) AddItem(ctx context.Context, reason, stripeID string, on time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, _, err := s.addItem(ctx, tx, item.Item{State: item.Waiting, Reason: reason, StripeID: stripeID, OccurredOn: on.UTC()})
		return err
	})
}

// Item returns an item.
func (s *Store) Item(ctx context.Context, id string) (item.Item, error) {
	return postgres.One(ctx, s.db.Pool, "item", toItem, `SELECT `+itemColumns+` FROM stripe_items AS i WHERE i.id = $1`, id)
}

// Items lists items, newest first.
func (s *Store) Items(ctx context.Context, p page.Page) ([]item.Item, error) {
	return listing.Rows(ctx, s.db.Pool, "items", toItem, `SELECT `+itemColumns+` FROM stripe_items AS i`, itemList(), p)
}

// ChangeItem lets change decide about an item that nobody else changes meanwhile. An item
// that is cleared puts its donation in question no more.
func (s *Store) ChangeItem(ctx context.Context, id string, change func(item.Item) (item.Item, error)) (item.Item, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, item.Item, error) {
		i, err := postgres.One(ctx, tx, "item", toItem, `SELECT `+itemColumns+` FROM stripe_items AS i WHERE i.id = $1 FOR UPDATE`, id)
		if err == nil {
			i, err = change(i)
		}
		if err != nil {
			return "", i, err
		}
		p := i.Proposal
		if _, err := tx.Exec(ctx, `UPDATE stripe_items SET state = $2, fund_id = NULLIF($3, ''), evidence = $4, proposer = $5, approver = $6, adjustment = $7
			WHERE id = $1`, id, i.State, p.Fund, p.Evidence, p.Proposer, i.Approver, p.Adjustment); err != nil {
			return "", i, fmt.Errorf("change item: %w", err)
		}
		if i.State != item.Cleared || i.Reason != item.FraudWarning {
			return id, i, nil
		}
		if _, err := tx.Exec(ctx, `UPDATE donations SET warned_until = NULL WHERE id = $1`, i.Donation); err != nil {
			return "", i, fmt.Errorf("end warning: %w", err)
		}
		return id, i, s.reclear(ctx, tx, i.Donation)
	}, s.Item)
}

// Alarms returns the items that wait too long and were not told to the log for a day, and
// notes that they are now.
func (s *Store) Alarms(ctx context.Context) (list []item.Item, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		list, err = postgres.Many(ctx, tx, "overdue items", toItem, `UPDATE stripe_items AS i SET alarmed_at = $1
			WHERE i.state <> 'CLEARED' AND i.created_at <= $2 AND (i.alarmed_at IS NULL OR i.alarmed_at <= $3) RETURNING `+itemColumns,
			now, now.Add(-item.Overdue), now.Add(-24*time.Hour))
		return err
	})
	return list, err
}
