package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const fundColumns = `id, display_name, currencies, promises_full, reserve_share, operations_share, state, kind, created_at, version,
	root, number, rule, examples, goal, goal_currency, takes_from, takes_until`

// fundRow is a row of funds.
type fundRow struct {
	fund.Fund
	Goal         *int64
	GoalCurrency *string
}

func toFund(r pgx.CollectableRow) (fund.Fund, error) {
	row, err := pgx.RowToStructByName[fundRow](r)
	if row.Goal != nil && row.GoalCurrency != nil {
		row.Fund.Goal = &money.Amount{MinorUnits: *row.Goal, Currency: *row.GoalCurrency}
	}
	return row.Fund, err
}

// FundIDs returns the ids of all funds, in order.
func (s *Store) FundIDs(ctx context.Context) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "funds", pgx.RowTo[string], `SELECT id FROM funds ORDER BY id`)
}

// Repeated returns the id that an earlier call with the same key has answered with,
// and whether there was one: a repeat asks nobody again.
func (s *Store) Repeated(ctx context.Context) (id string, repeated bool, err error) {
	return idempotency.Earlier(ctx, s.db)
}

// CreateFund opens a fund.
func (s *Store) CreateFund(ctx context.Context, f fund.Fund) (fund.Fund, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, fund.Fund, error) {
		return f.ID, f, insertFund(ctx, tx, f)
	}, s.Fund)
}

// CreateFundVersion opens the version of a fund that next makes of the newest one, and
// closes those before it.
func (s *Store) CreateFundVersion(ctx context.Context, id string, next func(newest fund.Fund) (fund.Fund, error)) (fund.Fund, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, fund.Fund, error) {
		newest, err := newestOf(ctx, tx, id)
		if err != nil {
			return "", newest, err
		}
		f, err := next(newest)
		if err == nil {
			err = insertFund(ctx, tx, f)
		}
		if err != nil {
			return "", f, err
		}
		if _, err := tx.Exec(ctx, `UPDATE funds SET state = 'CLOSED', version = version + 1
			WHERE root = $1 AND number < $2 AND state = 'OPEN'`, f.Root, f.Number); err != nil {
			return "", f, fmt.Errorf("close earlier versions: %w", err)
		}
		return f.ID, f, nil
	}, s.Fund)
}

// newestOf locks the first version of a fund, and returns the newest one.
func newestOf(ctx context.Context, tx pgx.Tx, id string) (fund.Fund, error) {
	root, err := postgres.One(ctx, tx, "fund", pgx.RowTo[string],
		`SELECT id FROM funds WHERE id = (SELECT root FROM funds WHERE id = $1) FOR UPDATE`, id)
	if err != nil {
		return fund.Fund{}, err
	}
	return postgres.One(ctx, tx, "fund", toFund, `SELECT `+fundColumns+` FROM funds WHERE root = $1 ORDER BY number DESC LIMIT 1`, root)
}

// NewestFund returns the newest version of a fund.
func (s *Store) NewestFund(ctx context.Context, id string) (fund.Fund, error) {
	return postgres.One(ctx, s.db.Pool, "fund", toFund, `SELECT `+fundColumns+` FROM funds
		WHERE root = (SELECT root FROM funds WHERE id = $1) ORDER BY number DESC LIMIT 1`, id)
}

func insertFund(ctx context.Context, tx pgx.Tx, f fund.Fund) error {
	goal, currency := goalOf(f)
	_, err := tx.Exec(ctx, `INSERT INTO funds (`+fundColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		f.ID, f.DisplayName, f.Currencies, f.PromisesFull, f.ReserveShare, f.OperationsShare, f.State, f.Kind, f.CreatedAt, f.Version,
		f.Root, f.Number, f.Rule, f.Examples, goal, currency, f.TakesFrom, f.TakesUntil)
	switch {
	case postgres.Violates(err, "funds_pkey"):
		return fault.New(fault.AlreadyExists, fault.ReasonFundExists, "There is a fund with this id already.")
	case err != nil:
		return fmt.Errorf("insert fund: %w", err)
	}
	return nil
}

func goalOf(f fund.Fund) (goal *int64, currency *string) {
	if f.Goal == nil {
		return nil, nil
	}
	return &f.Goal.MinorUnits, &f.Goal.Currency
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
		goal, currency := goalOf(f)
		if _, err := tx.Exec(ctx, `UPDATE funds SET display_name = $2, currencies = $3, version = $4, state = $5, goal = $6, goal_currency = $7,
				takes_from = $8, takes_until = $9 WHERE id = $1`,
			id, f.DisplayName, f.Currencies, f.Version, f.State, goal, currency, f.TakesFrom, f.TakesUntil); err != nil {
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

// FundVersions lists the versions of a fund, the first one first.
func (s *Store) FundVersions(ctx context.Context, id string, p page.Page) ([]fund.Fund, error) {
	return listing.Rows(ctx, s.db.Pool, "fund versions", toFund, `SELECT `+fundColumns+` FROM funds`, versionList(), p,
		listing.Where(`funds.root = (SELECT v.root FROM funds v WHERE v.id = %[1]s)`, id))
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
