package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
)

// Balances reads what was booked on accounts, in the order asked for; zero for
// one that does not exist. They are read in one statement, so at one moment.
func (s *Store) Balances(ctx context.Context, accounts []book.Account) ([]book.Balance, error) {
	paths, currencies := make([]string, len(accounts)), make([]string, len(accounts))
	for i, a := range accounts {
		paths[i], currencies[i] = a.Path, a.Currency
	}
	rows, err := s.db.Pool.Query(ctx, `
		SELECT k.place, b.debits, b.credits
		FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS k (path, currency, place)
		JOIN accounts a ON a.ledger_id = $1 AND a.path = k.path AND a.currency = k.currency
		JOIN balances b ON b.ledger_id = $1 AND b.account = a.account`, s.ledger, paths, currencies)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	out := make([]book.Balance, len(accounts))
	var place int64
	var b book.Balance
	if _, err := pgx.ForEachRow(rows, []any{&place, &b.Debits, &b.Credits}, func() error {
		out[place-1] = b
		return nil
	}); err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	return out, nil
}
