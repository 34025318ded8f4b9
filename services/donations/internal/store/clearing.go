package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

// OpenRuns gathers what is due of a fund's gifts into one run for each currency;
// each run is owed to the ledger. Nothing due is no error.
func (s *Store) OpenRuns(ctx context.Context, fundID string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		parts, err := dueParts(ctx, tx, fundID, now)
		if err != nil {
			return err
		}
		for len(parts) > 0 {
			currency := parts[0].Currency
			n := slices.IndexFunc(parts, func(p duePart) bool { return p.Currency != currency })
			if n < 0 {
				n = len(parts)
			}
			if err := s.openRun(ctx, tx, fundID, parts[:n], now); err != nil {
				return err
			}
			parts = parts[n:]
		}
		return nil
	})
}

// duePart is a part of a donation that has cleared.
type duePart struct {
	DonationID string
	Position   int
	Clears     int64
	Currency   string
}

// dueParts locks what is due and not being gathered by another run, in the order of
// currencies.
func dueParts(ctx context.Context, tx pgx.Tx, fundID string, now time.Time) ([]duePart, error) {
	parts, err := postgres.Many(ctx, tx, "due parts", pgx.RowToStructByName[duePart], `
		SELECT p.donation_id, p.position, p.clears - p.taken AS clears, d.currency
		FROM donation_parts AS p JOIN donations AS d ON d.id = p.donation_id
		WHERE p.fund_id = $1 AND p.clear_owed_at <= $2
		ORDER BY p.clear_owed_at, p.donation_id, p.position LIMIT $3 FOR UPDATE OF p SKIP LOCKED`, fundID, now, maxCleared)
	slices.SortStableFunc(parts, func(a, b duePart) int { return strings.Compare(a.Currency, b.Currency) })
	return parts, err
}

// openRun makes one run of parts in one currency.
func (s *Store) openRun(ctx context.Context, tx pgx.Tx, fundID string, parts []duePart, now time.Time) (err error) {
	var (
		run       = resource.NewID(resource.KindClearingRun)
		total     int64
		donations = make([]string, len(parts))
		positions = make([]int, len(parts))
		amounts   = make([]int64, len(parts))
	)
	for i, p := range parts {
		donations[i], positions[i], amounts[i] = p.DonationID, p.Position, p.Clears
		if total, err = money.Add(total, p.Clears); err != nil {
			return err
		}
	}
	q := &pgx.Batch{}
	q.Queue(`INSERT INTO clearing_runs (id, fund_id, currency, amount, cleared_on, created_at, post_owed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6)`, run, fundID, parts[0].Currency, total, now, now)
	q.Queue(`INSERT INTO clearing_items (run_id, donation_id, position, amount)
		SELECT $1, i.* FROM unnest($2::text[], $3::int[], $4::bigint[]) AS i`, run, donations, positions, amounts)
	q.Queue(`UPDATE donation_parts AS p SET clear_owed_at = NULL FROM clearing_items AS i
		WHERE i.run_id = $1 AND p.donation_id = i.donation_id AND p.position = i.position`, run)
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("open clearing run: %w", err)
	}
	return s.queue.Enqueue(ctx, tx, DutyPostCleared, run)
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
