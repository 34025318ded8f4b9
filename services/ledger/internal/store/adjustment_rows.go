package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
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

func (s *Adjustments) read(ctx context.Context, db postgres.Querier, id, lock string) (adjustment.Adjustment, error) {
	a, err := postgres.One(ctx, db, "adjustment", scanAdjustment,
		adjustmentColumns+` WHERE ledger_id = $1 AND adjustment = $2 `+lock, s.ledger, id)
	if err != nil {
		return a, err
	}
	list := []adjustment.Adjustment{a}
	err = s.further(ctx, db, list)
	return list[0], err
}

// further reads the approvals after the first ones of a list into it.
func (s *Adjustments) further(ctx context.Context, db postgres.Querier, list []adjustment.Adjustment) error {
	ids, places := make([]string, len(list)), make(map[string]int, len(list))
	for i, a := range list {
		ids[i], places[a.ID] = a.ID, i
	}
	rows, err := db.Query(ctx, `
		SELECT adjustment, person FROM adjustment_approvals
		WHERE ledger_id = $1 AND adjustment = ANY($2) ORDER BY number`, s.ledger, ids)
	if err != nil {
		return fmt.Errorf("read approvals: %w", err)
	}
	var id, person string
	_, err = pgx.ForEachRow(rows, []any{&id, &person}, func() error {
		a := &list[places[id]]
		a.Further = append(a.Further, person)
		return nil
	})
	return err
}

// List lists adjustments, the latest first.
func (s *Adjustments) List(ctx context.Context, p page.Page) ([]adjustment.Adjustment, error) {
	list, err := listing.Rows(ctx, s.db.Pool, "adjustments", scanAdjustment, adjustmentColumns,
		adjustmentList(), p, listing.Where("adjustments.ledger_id = %s", s.ledger))
	if err != nil {
		return nil, err
	}
	return list, s.further(ctx, s.db.Pool, list)
}

func scanAdjustment(row pgx.CollectableRow) (adjustment.Adjustment, error) {
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
