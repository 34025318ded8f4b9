package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

const adjustmentColumns = `
	SELECT adjustment, kind, debit_account, credit_account, amount, currency, occurred_on, evidence_sha256,
		state, proposer, COALESCE(decider, ''), proposed_on, decided_on, COALESCE(transaction, 0), number,
		COALESCE(refusal_reason, ''), COALESCE(refusal, '')
	FROM adjustments`

// Adjustment reads one adjustment.
func (s *Adjustments) Adjustment(ctx context.Context, id string) (adjustment.Adjustment, error) {
	return s.read(ctx, s.db.Pool, id, "")
}

func (s *Adjustments) read(ctx context.Context, db querier, id, lock string) (adjustment.Adjustment, error) {
	a, err := scanAdjustment(db.QueryRow(ctx, adjustmentColumns+` WHERE ledger_id = $1 AND adjustment = $2 `+lock, s.ledger, id))
	if postgres.IsNotFound(err) {
		return a, fault.Missing("adjustment")
	}
	if err != nil {
		return a, fmt.Errorf("read adjustment: %w", err)
	}
	return a, nil
}

// List lists at most limit adjustments, the latest first, with numbers below
// before; all for zero.
func (s *Adjustments) List(ctx context.Context, before int64, limit int) ([]adjustment.Adjustment, error) {
	rows, err := s.db.Pool.Query(ctx, adjustmentColumns+`
		WHERE ledger_id = $1 AND ($2 = 0 OR number < $2)
		ORDER BY number DESC LIMIT $3`, s.ledger, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list adjustments: %w", err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (adjustment.Adjustment, error) {
		return scanAdjustment(row)
	})
	if err != nil {
		return nil, fmt.Errorf("list adjustments: %w", err)
	}
	return out, nil
}

func scanAdjustment(row pgx.Row) (adjustment.Adjustment, error) {
	var a adjustment.Adjustment
	var minor int64
	var currency string
	var occurred, proposed time.Time
	var decided *time.Time
	var evidence []byte
	err := row.Scan(&a.ID, &a.Kind, &a.Debit, &a.Credit, &minor, &currency, &occurred, &evidence,
		&a.State, &a.Proposer, &a.Decider, &proposed, &decided, &a.Transaction, &a.Number,
		&a.Refusal.Reason, &a.Refusal.Sentence)
	if err != nil {
		return a, err
	}
	copy(a.Evidence[:], evidence)
	a.Amount = money.Amount{MinorUnits: minor, Currency: currency}
	a.OccurredOn, a.ProposedOn = leaf.DayOf(occurred), leaf.DayOf(proposed)
	if decided != nil {
		a.DecidedOn = leaf.DayOf(*decided)
	}
	return a, nil
}
