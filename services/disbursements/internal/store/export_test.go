package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Careless returns the store without a look at the switches of rails and senders.
func (s *Store) Careless() *Store {
	careless := *s
	careless.runs = func(context.Context, pgx.Tx, string, string) error { return nil }
	return &careless
}
