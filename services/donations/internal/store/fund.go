package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const fundColumns = `id, display_name, currencies, promises_full, reserve_share, operations_share, state, kind, created_at`

var (
	fundStates = words[fund.State]{fund.Open: "OPEN", fund.Closed: "CLOSED"}
	fundKinds  = words[fund.Kind]{
		fund.Earmark: "EARMARK", fund.ForOperations: "OPERATIONS", fund.ForReserve: "RESERVE", fund.ForEmergency: "EMERGENCY",
	}
)

// fundRow is a row of funds.
type fundRow struct {
	ID              string
	DisplayName     string
	Currencies      []string
	PromisesFull    bool
	ReserveShare    int64
	OperationsShare int64
	State           string
	Kind            string
	CreatedAt       time.Time
}

func toFund(r pgx.CollectableRow) (fund.Fund, error) {
	row, err := pgx.RowToStructByName[fundRow](r)
	return fund.Fund{
		ID: row.ID, DisplayName: row.DisplayName, Currencies: row.Currencies, PromisesFull: row.PromisesFull,
		ReserveShare: row.ReserveShare, OperationsShare: row.OperationsShare,
		State: fundStates.of(row.State), Kind: fundKinds.of(row.Kind), CreatedAt: row.CreatedAt,
	}, err
}

// CreateFund opens a fund.
func (s *Store) CreateFund(ctx context.Context, f fund.Fund) (string, error) {
	return s.once(ctx, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, err := tx.Exec(ctx, `INSERT INTO funds (`+fundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			f.ID, f.DisplayName, f.Currencies, f.PromisesFull, f.ReserveShare, f.OperationsShare,
			fundStates[f.State], fundKinds[f.Kind], f.CreatedAt)
		switch {
		case postgres.Violates(err, "funds_pkey"):
			return "", fault.New(fault.AlreadyExists, "FUND_EXISTS", "There is a fund with this id already.")
		case err != nil:
			return "", fmt.Errorf("insert fund: %w", err)
		}
		return "funds/" + f.ID, nil
	})
}

// Fund returns a fund.
func (s *Store) Fund(ctx context.Context, id string) (fund.Fund, error) {
	funds, err := fundsByID(ctx, s.db.Pool, `SELECT `+fundColumns+` FROM funds WHERE id = ANY($1)`, id)
	if err != nil {
		return fund.Fund{}, err
	}
	f, ok := funds[id]
	if !ok {
		return fund.Fund{}, fault.Missing("fund")
	}
	return f, nil
}

// Funds lists funds by id.
func (s *Store) Funds(ctx context.Context, p page.Page) ([]fund.Fund, error) {
	last, err := p.Keys(1)
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "funds", toFund, `SELECT `+fundColumns+` FROM funds WHERE id > $1 ORDER BY id LIMIT $2`, last[0], p.Limit())
}

func fundsByID(ctx context.Context, q postgres.Querier, sql string, ids ...string) (map[string]fund.Fund, error) {
	list, err := postgres.Many(ctx, q, "funds", toFund, sql, ids)
	if err != nil {
		return nil, err
	}
	funds := make(map[string]fund.Fund, len(list))
	for _, f := range list {
		funds[f.ID] = f
	}
	return funds, nil
}
