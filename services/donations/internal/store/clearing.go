package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// maxCleared bounds the gifts of one clearing run; the rest is left to the next.
const maxCleared = 10000

// Run is a clearing run: one sum of one fund that becomes available.
type Run struct {
	ID, Fund  string
	Amount    money.Amount
	ClearedOn time.Time
}

// OpenRun gathers what of a fund's gifts in a currency is due into one run,
// which is owed to the ledger. Nothing due is no error.
func (s *Store) OpenRun(ctx context.Context, fundID, currency string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		run, now := resource.NewID("c"), s.now()
		parts, total, err := dueParts(ctx, tx, fundID, currency, now)
		if err != nil || len(parts) == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO clearing_runs (id, fund_id, currency, amount, cleared_on, created_at, post_owed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)`, run, fundID, currency, total, now, now)
		if err != nil {
			return fmt.Errorf("insert clearing run: %w", err)
		}
		for _, p := range parts {
			if err := p.into(ctx, tx, run); err != nil {
				return err
			}
		}
		return s.queue.Enqueue(ctx, tx, DutyPostCleared, run)
	})
}

// duePart is a part of a donation that has cleared.
type duePart struct {
	DonationID string
	Position   int
	Clears     int64
}

// dueParts locks what is due and nobody else is gathering.
func dueParts(ctx context.Context, tx pgx.Tx, fundID, currency string, now time.Time) ([]duePart, int64, error) {
	parts, err := postgres.Many(ctx, tx, "due parts", pgx.RowToStructByName[duePart], `SELECT p.donation_id, p.position, p.clears
		FROM donation_parts AS p JOIN donations AS d ON d.id = p.donation_id
		WHERE p.fund_id = $1 AND d.currency = $2 AND p.clear_owed_at <= $3
		ORDER BY p.clear_owed_at, p.donation_id, p.position LIMIT $4 FOR UPDATE OF p SKIP LOCKED`, fundID, currency, now, maxCleared)
	if err != nil {
		return nil, 0, err
	}
	var total int64
	for _, p := range parts {
		if total, err = money.Add(total, p.Clears); err != nil {
			return nil, 0, err
		}
	}
	return parts, total, nil
}

func (p duePart) into(ctx context.Context, tx pgx.Tx, run string) error {
	if _, err := tx.Exec(ctx, `INSERT INTO clearing_items (run_id, donation_id, position, amount) VALUES ($1, $2, $3, $4)`,
		run, p.DonationID, p.Position, p.Clears); err != nil {
		return fmt.Errorf("insert clearing item: %w", err)
	}
	if _, err := tx.Exec(ctx, `UPDATE donation_parts SET clear_owed_at = NULL WHERE donation_id = $1 AND position = $2`,
		p.DonationID, p.Position); err != nil {
		return fmt.Errorf("mark part gathered: %w", err)
	}
	return nil
}

// OwedRun returns a run that the ledger has still to be told about; NotFound
// where it has been.
func (s *Store) OwedRun(ctx context.Context, id string) (Run, error) {
	r := Run{ID: id}
	err := s.db.Pool.QueryRow(ctx, `SELECT fund_id, currency, amount, cleared_on FROM clearing_runs
		WHERE id = $1 AND post_owed_at IS NOT NULL`, id).Scan(&r.Fund, &r.Amount.Currency, &r.Amount.MinorUnits, &r.ClearedOn)
	switch {
	case postgres.IsNotFound(err):
		return Run{}, fault.Missing("clearing run")
	case err != nil:
		return Run{}, fmt.Errorf("read clearing run: %w", err)
	}
	return r, nil
}

// RunPosted records that the ledger has booked a run.
func (s *Store) RunPosted(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE clearing_runs SET posted_at = $2, post_owed_at = NULL
			WHERE id = $1 AND post_owed_at IS NOT NULL`, id, s.now()); err != nil {
			return fmt.Errorf("note posted run: %w", err)
		}
		return nil
	})
}
