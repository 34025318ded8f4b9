package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
)

// Bare returns the store without the digests of what the bank knows: its tables hold the
// bank's own ids, and the order of its record.
func (s *Store) Bare() *Store {
	bare := *s
	bare.veil = func(what string) []byte { return append([]byte(what), make([]byte, 32)...)[:32] }
	return &bare
}

// Resign signs an award that a test has written by hand.
func (s *Store) Resign(ctx context.Context, awardID string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		a, err := one[awardRow](ctx, tx, "award", awardRows+`WHERE id = $1`, awardID)
		if err != nil {
			return err
		}
		return s.moveAwards(ctx, tx, a.State, []awardRow{a})
	})
}

// Careless returns the store without a look at the switches of rails and senders.
func (s *Store) Careless() *Store {
	careless := *s
	careless.runs = func(context.Context, pgx.Tx, string, string) error { return nil }
	return &careless
}

// Forgetful returns the store without a look at where a commit stands by now.
func (s *Store) Forgetful() *Store {
	forgetful := *s
	forgetful.stands = func(_, _ round.Progress) bool { return true }
	return &forgetful
}
