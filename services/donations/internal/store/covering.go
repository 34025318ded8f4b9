package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Covering is what running costs give for the advanced fees of a fund.
type Covering struct {
	ID, Fund  string
	Amount    money.Amount
	CoveredOn time.Time
}

// outstanding is what was advanced to a fund and is not covered.
type outstanding struct {
	FundID string
	Amount int64
}

// OpenCoverings divides what running costs have in a currency among the fees that were
// advanced, fund by fund as far as it goes; each covering is owed to the ledger. lacks
// are the deficits by fund, which others may have covered. What running costs had got
// until a time has then done its duty.
func (s *Store) OpenCoverings(ctx context.Context, currency string, available int64, lacks map[string]int64, until time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT id FROM funds WHERE id = $1 FOR UPDATE`, account.OperationsFund); err != nil {
			return fmt.Errorf("lock coverings: %w", err)
		}
		list, err := postgres.Many(ctx, tx, "advanced fees", pgx.RowToStructByPos[outstanding], `
			SELECT fund_id, sum(amount)::bigint FROM (
				SELECT fund_id, amount FROM fee_advances WHERE currency = $1
				UNION ALL SELECT fund_id, -amount FROM coverings WHERE currency = $1 AND refused_at IS NULL) AS x
			GROUP BY fund_id HAVING sum(amount) > 0 ORDER BY fund_id`, currency)
		if err != nil {
			return err
		}
		for _, o := range list {
			amount := min(o.Amount, lacks[o.FundID], available)
			if amount <= 0 {
				continue
			}
			available -= amount
			if err := s.openCovering(ctx, tx, o.FundID, money.Amount{MinorUnits: amount, Currency: currency}); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE donations SET cover_owed_at = NULL WHERE currency = $1 AND cover_owed_at <= $2`, currency, until); err != nil {
			return fmt.Errorf("note covered fees: %w", err)
		}
		return nil
	})
}

func (s *Store) openCovering(ctx context.Context, tx pgx.Tx, fund string, amount money.Amount) error {
	id, now := resource.NewID(resource.KindCovering), s.now()
	if _, err := tx.Exec(ctx, `INSERT INTO coverings (id, fund_id, currency, amount, covered_on, created_at, post_owed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6)`, id, fund, amount.Currency, amount.MinorUnits, now, now); err != nil {
		return fmt.Errorf("open covering: %w", err)
	}
	return s.queue.Enqueue(ctx, tx, DutyPostCover, id)
}

// OwedCoverings lists coverings that the ledger was not told about.
func (s *Store) OwedCoverings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM coverings WHERE post_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedCovering returns a covering that the ledger has still to be told about; NotFound
// where it has been.
func (s *Store) OwedCovering(ctx context.Context, id string) (Covering, error) {
	c := Covering{ID: id}
	err := s.db.Pool.QueryRow(ctx, `SELECT fund_id, currency, amount, covered_on FROM coverings
		WHERE id = $1 AND post_owed_at IS NOT NULL`, id).Scan(&c.Fund, &c.Amount.Currency, &c.Amount.MinorUnits, &c.CoveredOn)
	switch {
	case postgres.IsNotFound(err):
		return Covering{}, fault.Missing("covering")
	case err != nil:
		return Covering{}, fmt.Errorf("read covering: %w", err)
	}
	return c, nil
}

// SettleCovering records that the ledger has booked a covering, or refused it for good.
func (s *Store) SettleCovering(ctx context.Context, id string, booked bool) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE coverings SET post_owed_at = NULL,
				posted_at = CASE WHEN $3 THEN $2::timestamptz END, refused_at = CASE WHEN NOT $3 THEN $2::timestamptz END
			WHERE id = $1 AND post_owed_at IS NOT NULL`, id, s.now(), booked); err != nil {
			return fmt.Errorf("settle covering: %w", err)
		}
		return nil
	})
}
