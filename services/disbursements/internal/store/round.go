package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// CreateRound opens a round and returns its id.
func (s *Store) CreateRound(ctx context.Context, r round.Round) (string, error) {
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		id := resource.NewID(resource.KindAllocationRound)
		if _, err := tx.Exec(ctx, `
			INSERT INTO allocation_rounds (id, state, currency, step, opened_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6)`, id, round.Open, r.Currency, r.Step, r.OpenedBy, s.now()); err != nil {
			return "", fmt.Errorf("insert round: %w", err)
		}
		for i, b := range r.Budgets {
			if _, err := tx.Exec(ctx, `
				INSERT INTO round_budgets (round_id, position, fund, minor_units) VALUES ($1, $2, $3, $4)`,
				id, i, b.Fund, b.Minor); err != nil {
				return "", fmt.Errorf("insert budget: %w", err)
			}
		}
		return id, nil
	})
}

// DiscardRound gives a round up.
func (s *Store) DiscardRound(ctx context.Context, id string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		r, err := lockRound(ctx, tx, id)
		if err != nil {
			return "", err
		}
		if err := r.May(round.Discard, round.By{}); err != nil {
			return "", err
		}
		return r.ID, exec(ctx, tx, "discard round", `
			UPDATE allocation_rounds SET state = $2 WHERE id = $1`, id, round.Discarded)
	})
	return err
}

// Round reads one round.
func (s *Store) Round(ctx context.Context, id string) (round.Round, error) {
	return readRound(ctx, s.db.Pool, roundColumns+`WHERE id = $1`, id)
}

// Rounds lists rounds, newest first.
func (s *Store) Rounds(ctx context.Context, p page.Page) ([]round.Round, error) {
	rows, err := list[roundRow](ctx, s, "allocation rounds", roundColumns, roundList(), p)
	if err != nil {
		return nil, err
	}
	return withBudgets(ctx, s.db.Pool, rows)
}

// OwedCommits lists rounds whose commit is owed.
func (s *Store) OwedCommits(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT id FROM allocation_rounds WHERE state = 'COMMITTING' AND ordered_at < $1 AND id > $2
		ORDER BY id LIMIT $3`, before, after, limit)
}

const roundColumns = `
	SELECT id, state, currency, step, opened_by, COALESCE(simulated_by, '') AS simulated_by,
		COALESCE(committed_by, '') AS committed_by, snapshot_digest, commits, COALESCE(commit_step, '') AS commit_step,
		commit_after, booked_after, COALESCE(refusal, '') AS refusal, created_at, simulated_at,
		ordered_at, committed_at, narrow_funds
	FROM allocation_rounds `

type roundRow struct {
	ID             string
	State          round.State
	Currency       string
	Step           int64
	OpenedBy       string
	SimulatedBy    string
	CommittedBy    string
	SnapshotDigest []byte
	round.Progress
	Refusal     round.Refusal
	CreatedAt   time.Time
	SimulatedAt *time.Time
	OrderedAt   *time.Time
	CommittedAt *time.Time
	NarrowFunds []string
}

// round is the row without its budgets.
func (r roundRow) round() round.Round {
	return round.Round{
		ID: r.ID, State: r.State, Currency: r.Currency, Step: r.Step, OpenedBy: r.OpenedBy,
		SimulatedBy: r.SimulatedBy, CommittedBy: r.CommittedBy, SnapshotDigest: r.SnapshotDigest,
		Progress: r.Progress, Refusal: r.Refusal,
		Created: r.CreatedAt, SimulatedAt: r.SimulatedAt, OrderedAt: r.OrderedAt, CommittedAt: r.CommittedAt,
		NarrowFunds: r.NarrowFunds,
	}
}

// withBudgets makes rounds of rows; it reads the budgets of all at once.
func withBudgets(ctx context.Context, q postgres.Querier, rows []roundRow) ([]round.Round, error) {
	list, index := make([]round.Round, len(rows)), indexed(rows, func(r roundRow) string { return r.ID })
	for i, r := range rows {
		list[i] = r.round()
	}
	return list, each(ctx, q, "budgets", func(b budgetRow) {
		r := &list[index.of[b.RoundID]]
		r.Budgets = append(r.Budgets, round.Budget{Fund: b.Fund, Minor: b.Minor})
	}, `
		SELECT round_id, fund, minor_units AS minor FROM round_budgets
		WHERE round_id = ANY($1) ORDER BY round_id, position`, index.ids)
}

type budgetRow struct {
	RoundID string
	Fund    string
	Minor   int64
}

func readRound(ctx context.Context, q postgres.Querier, sql, id string) (round.Round, error) {
	row, err := one[roundRow](ctx, q, "allocation round", sql, id)
	if err != nil {
		return round.Round{}, err
	}
	list, err := withBudgets(ctx, q, []roundRow{row})
	return list[0], err
}

func lockRound(ctx context.Context, tx pgx.Tx, id string) (round.Round, error) {
	return readRound(ctx, tx, roundColumns+`WHERE id = $1 FOR UPDATE`, id)
}
