package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/item"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/payout"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// payoutColumns are those of stripe_payouts AS o, with its sheet.
const payoutColumns = `o.id, o.stripe_id, o.state, o.currency, o.amount, o.automatic, o.created_on, o.expected_on, o.arrived_on, o.reconciled, o.created_at,
	(SELECT COALESCE(json_agg(t), '[]') FROM (SELECT m.category, count(*) AS lines, sum(m.gross) AS gross, sum(m.fee) AS fee, sum(m.net) AS net
		FROM stripe_movements AS m WHERE m.paid_out_by = o.id GROUP BY m.category ORDER BY m.category) AS t) AS totals`

// payoutRow is a row of stripe_payouts without what it owes.
type payoutRow struct {
	ID         string
	StripeID   string
	State      payout.State
	Currency   string
	Amount     int64
	Automatic  bool
	CreatedOn  time.Time
	ExpectedOn time.Time
	ArrivedOn  *time.Time
	Reconciled bool
	CreatedAt  time.Time
	Totals     []payout.Total
}

func toPayout(row pgx.CollectableRow) (payout.Payout, error) {
	r, err := pgx.RowToStructByName[payoutRow](row)
	return payout.Payout{
		ID: r.ID, StripeID: r.StripeID, State: r.State, Amount: money.Amount{MinorUnits: r.Amount, Currency: r.Currency}, Automatic: r.Automatic,
		CreatedOn: r.CreatedOn, ExpectedOn: r.ExpectedOn, ArrivedOn: r.ArrivedOn, Reconciled: r.Reconciled, Totals: r.Totals, CreatedAt: r.CreatedAt,
	}, err
}

// RecordPayout writes down what one look at a payout said, and returns its id. The lines
// of an automatic one are owed their reading.
func (s *Store) RecordPayout(ctx context.Context, r payout.Reading) (id string, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		fresh, now := resource.NewID(resource.KindPayout), s.now()
		err := tx.QueryRow(ctx, `INSERT INTO stripe_payouts AS o (id, stripe_id, state, currency, amount, automatic, created_on, expected_on, created_at, lines_owed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $6 THEN $9::timestamptz END)
			ON CONFLICT (stripe_id) DO UPDATE SET state = CASE WHEN EXCLUDED.state = 'FAILED' THEN 'FAILED' ELSE o.state END RETURNING id`,
			fresh, r.StripeID, r.State, r.Amount.Currency, r.Amount.MinorUnits, r.Automatic, r.CreatedOn, r.ExpectedOn, now).Scan(&id)
		if err != nil {
			return fmt.Errorf("record payout: %w", err)
		}
		if id != fresh || !r.Automatic {
			return nil
		}
		return s.queue.Enqueue(ctx, tx, DutyPayoutLines, id)
	})
	return id, err
}

// OwedLines lists payouts whose lines have to be read.
func (s *Store) OwedLines(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM stripe_payouts WHERE lines_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedArrivals lists payouts of which the ledger has to be told that they have arrived.
func (s *Store) OwedArrivals(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM stripe_payouts WHERE arrival_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// Payout returns a payout.
func (s *Store) Payout(ctx context.Context, id string) (payout.Payout, error) {
	return postgres.One(ctx, s.db.Pool, "payout", toPayout, `SELECT `+payoutColumns+` FROM stripe_payouts AS o WHERE o.id = $1`, id)
}

// Payouts lists payouts, newest first.
func (s *Store) Payouts(ctx context.Context, p page.Page) ([]payout.Payout, error) {
	return listing.Rows(ctx, s.db.Pool, "payouts", toPayout, `SELECT `+payoutColumns+` FROM stripe_payouts AS o`, payoutList(), p)
}

// Line is a movement that a payout consists of.
type Line struct {
	movement.Movement
	Payout string
}

func toLine(row pgx.CollectableRow) (Line, error) {
	r, err := pgx.RowToStructByName[struct {
		movementRow
		PaidOutBy string
	}](row)
	some := func(minor int64) money.Amount { return money.Amount{MinorUnits: minor, Currency: r.Currency} }
	return Line{movement.Movement{
		ID: r.ID, BalanceID: r.BalanceID, Category: r.Category, Gross: some(r.Gross), Fee: some(r.Fee), Net: some(r.Net), OccurredAt: r.OccurredAt, Entry: r.Entry,
		Subject: movement.Subject{Donation: r.DonationID, Refund: r.RefundID, Dispute: r.DisputeID, Payout: r.PayoutID, Item: r.ItemID},
	}, r.PaidOutBy}, err
}

// Lines lists what a payout, or any, consists of.
func (s *Store) Lines(ctx context.Context, payoutID string, p page.Page) ([]Line, error) {
	return listing.Rows(ctx, s.db.Pool, "lines of a payout", toLine, `SELECT `+movementColumns+`, m.paid_out_by FROM stripe_movements AS m`,
		lineList(), p, listing.Under("m.paid_out_by", payoutID), listing.Where("m.paid_out_by IS NOT NULL"))
}

// LinesRead records what a payout consists of, by Stripe's ids of movements that are
// stored. Where they do not add up to it, it waits for people.
func (s *Store) LinesRead(ctx context.Context, p payout.Payout, balanceIDs []string, reconciled bool) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		q := &pgx.Batch{}
		q.Queue(`UPDATE stripe_movements SET paid_out_by = $1 WHERE balance_id = ANY($2)`, p.ID, balanceIDs)
		q.Queue(`UPDATE stripe_payouts SET reconciled = $2, lines_owed_at = NULL WHERE id = $1`, p.ID, reconciled)
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("record lines of a payout: %w", err)
		}
		if reconciled {
			return nil
		}
		_, _, err := s.addItem(ctx, tx, item.Item{State: item.Waiting, Reason: item.PayoutDiffers, StripeID: p.StripeID, OccurredOn: p.CreatedOn})
		return err
	})
}

// LinesLater puts off the reading of a payout's lines.
func (s *Store) LinesLater(ctx context.Context, id string, at time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE stripe_payouts SET lines_owed_at = $2 WHERE id = $1 AND lines_owed_at IS NOT NULL`, id, at); err != nil {
			return fmt.Errorf("put off lines of a payout: %w", err)
		}
		return nil
	})
}

// ClosePayout closes the oldest payout of an amount that is on its way by a line of a bank
// statement, and returns its id. A line closes one payout, however often it comes.
func (s *Store) ClosePayout(ctx context.Context, line, bank string, amount money.Amount, day time.Time) (id string, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		known, err := postgres.Many(ctx, tx, "payout of a line", pgx.RowTo[string], `SELECT id FROM stripe_payouts WHERE bank_line = $1`, line)
		if err != nil {
			return err
		}
		if len(known) > 0 {
			id = known[0]
			return postgres.ReplayWrite(ctx, tx)
		}
		id, err = postgres.One(ctx, tx, "payout", pgx.RowTo[string], `SELECT id FROM stripe_payouts
			WHERE state = 'SENT' AND bank_line IS NULL AND currency = $1 AND amount = $2 AND created_on <= $3
			ORDER BY created_on, id LIMIT 1 FOR UPDATE`, amount.Currency, amount.MinorUnits, day)
		if fault.OfKind(err, fault.NotFound) {
			return fault.New(fault.Precondition, fault.ReasonNoSuchPayout, "No payout of this amount is on its way.")
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE stripe_payouts SET state = 'ARRIVED', bank = $2, bank_line = $3, arrived_on = $4, arrival_owed_at = $5
			WHERE id = $1`, id, bank, line, day, s.now()); err != nil {
			return fmt.Errorf("close payout: %w", err)
		}
		return s.queue.Enqueue(ctx, tx, DutyPostArrival, id)
	})
	return id, err
}

// Arrival is a payout of which the ledger has to be told that it has arrived.
type Arrival struct {
	Payout payout.Payout
	// Bank is the id of the bank account, BalanceID Stripe's of the payout's movement.
	Bank, BalanceID string
}

// OwedArrival returns an arrival that the ledger has to be told about; NotFound where it
// has been, NOT_ITS_TURN while it does not know the payout.
func (s *Store) OwedArrival(ctx context.Context, id string) (a Arrival, err error) {
	if a.Payout, err = s.Payout(ctx, id); err != nil {
		return a, err
	}
	var posted bool
	err = s.db.Pool.QueryRow(ctx, `SELECT o.bank, COALESCE(m.balance_id, ''), m.posted_at IS NOT NULL
		FROM stripe_payouts AS o LEFT JOIN stripe_movements AS m ON m.payout_id = o.id AND m.entry = 'PAYOUT'
		WHERE o.id = $1 AND o.arrival_owed_at IS NOT NULL`, id).Scan(&a.Bank, &a.BalanceID, &posted)
	switch {
	case postgres.IsNotFound(err):
		return a, fault.Missing("arrival")
	case err != nil:
		return a, fmt.Errorf("read arrival: %w", err)
	case !posted:
		return a, notItsTurn()
	}
	return a, nil
}

// ArrivalPosted records that the ledger has booked an arrival.
func (s *Store) ArrivalPosted(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE stripe_payouts SET arrival_owed_at = NULL WHERE id = $1`, id); err != nil {
			return fmt.Errorf("note arrival: %w", err)
		}
		return nil
	})
}
