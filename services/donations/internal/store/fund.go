package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const fundColumns = `id, display_name, currencies, promises_full, reserve_share, operations_share, state, kind, created_at, version`

// FundIDs returns the ids of all funds, in order.
func (s *Store) FundIDs(ctx context.Context) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "funds", pgx.RowTo[string], `SELECT id FROM funds ORDER BY id`)
}

func toFund(r pgx.CollectableRow) (fund.Fund, error) { return pgx.RowToStructByName[fund.Fund](r) }

// CreateFund opens a fund.
func (s *Store) CreateFund(ctx context.Context, f fund.Fund) (fund.Fund, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, fund.Fund, error) {
		_, err := tx.Exec(ctx, `INSERT INTO funds (`+fundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			f.ID, f.DisplayName, f.Currencies, f.PromisesFull, f.ReserveShare, f.OperationsShare, f.State, f.Kind, f.CreatedAt, f.Version)
		switch {
		case postgres.Violates(err, "funds_pkey"):
			return "", f, fault.New(fault.AlreadyExists, fault.ReasonFundExists, "There is a fund with this id already.")
		case err != nil:
			return "", f, fmt.Errorf("insert fund: %w", err)
		}
		return f.ID, f, nil
	}, s.Fund)
}

// UpdateFund changes a fund as change says, and returns it.
func (s *Store) UpdateFund(ctx context.Context, id string, change func(fund.Fund) (fund.Fund, error)) (fund.Fund, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, fund.Fund, error) {
		f, err := postgres.One(ctx, tx, "fund", toFund, `SELECT `+fundColumns+` FROM funds WHERE id = $1 FOR UPDATE`, id)
		if err == nil {
			f, err = change(f)
		}
		if err != nil {
			return "", f, err
		}
		if _, err := tx.Exec(ctx, `UPDATE funds SET display_name = $2, currencies = $3, version = $4 WHERE id = $1`,
			id, f.DisplayName, f.Currencies, f.Version); err != nil {
			return "", f, fmt.Errorf("update fund: %w", err)
		}
		return id, f, nil
	}, s.Fund)
}

// Fund returns a fund.
func (s *Store) Fund(ctx context.Context, id string) (fund.Fund, error) {
	return postgres.One(ctx, s.db.Pool, "fund", toFund, `SELECT `+fundColumns+` FROM funds WHERE id = $1`, id)
}

// FundsByID returns those of the funds that there are.
func (s *Store) FundsByID(ctx context.Context, ids []string) (map[string]fund.Fund, error) {
	funds, err := postgres.Many(ctx, s.db.Pool, "funds", toFund, `SELECT `+fundColumns+` FROM funds WHERE id = ANY($1)`, ids)
	return byID(funds), err
}

// Funds lists funds by id.
func (s *Store) Funds(ctx context.Context, p page.Page) ([]fund.Fund, error) {
	return listing.Rows(ctx, s.db.Pool, "funds", toFund, `SELECT `+fundColumns+` FROM funds`, fundList(), p)
}

func byID(list []fund.Fund) map[string]fund.Fund {
	funds := make(map[string]fund.Fund, len(list))
	for _, f := range list {
		funds[f.ID] = f
	}
	return funds
}
