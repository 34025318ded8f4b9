package store

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// SigningKeys reads all keys of the ledger, the first one first.
func (s *Store) SigningKeys(ctx context.Context) ([]checkpoint.SigningKey, error) {
	return postgres.Many(ctx, s.db.Pool, "signing keys", pgx.RowToStructByPos[checkpoint.SigningKey], `
		SELECT generation, verifier_key, first_size, endorsement FROM signing_keys
		WHERE ledger_id = $1 ORDER BY generation`, s.ledger)
}

// AddFirstKey notes the key that signs from the empty tree on. Where one is noted
// already, that one stays.
func (s *Store) AddFirstKey(ctx context.Context, verifierKey string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO signing_keys (ledger_id, generation, verifier_key, first_size, endorsement)
			VALUES ($1, 1, $2, 0, '') ON CONFLICT (ledger_id, generation) DO NOTHING`, s.ledger, verifierKey)
		if err != nil {
			return fmt.Errorf("note first signing key: %w", err)
		}
		return nil
	})
}

// RotateKey lets a new key sign from now on: under the lock on the head it books
// the decision and notes the key, with what the key before says of it, and reports
// whether it did. Where the generation is noted already, perhaps by another replica
// at this moment, nothing is done.
func (s *Store) RotateKey(ctx context.Context, generation int, verifierKey, endorsement string, day leaf.Day) (bool, error) {
	u, err := book.NewUnit([]book.Decision{s.rotation(verifierKey, day)}, nil, day)
	if err != nil {
		return false, fmt.Errorf("rotate signing key: %w", err)
	}
	rotated := false
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rotated = false
		last, err := s.lastGeneration(ctx, tx)
		if err != nil || last >= generation {
			return err
		}
		if last+1 != generation {
			return fmt.Errorf("generation %d cannot follow %d", generation, last)
		}
		b, err := s.within(ctx, tx, []book.Unit{u})
		if err != nil {
			return err
		}
		if err := b.outcomes[0].Err; err != nil {
			return err
		}
		rotated = true
		_, err = tx.Exec(ctx, `
			INSERT INTO signing_keys (ledger_id, generation, verifier_key, first_size, endorsement)
			VALUES ($1, $2, $3, $4, $5)`, s.ledger, generation, verifierKey, b.grown.Size(), endorsement)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("rotate signing key: %w", err)
	}
	return rotated, nil
}

// lastGeneration takes the lock on the head, then reads which key signs.
func (s *Store) lastGeneration(ctx context.Context, tx pgx.Tx) (int, error) {
	if _, err := tx.Exec(ctx, `SELECT FROM head WHERE ledger_id = $1 `+s.guard.lock, s.ledger); err != nil {
		return 0, fmt.Errorf("lock head: %w", err)
	}
	return postgres.One(ctx, tx, "last signing key", pgx.RowTo[int],
		`SELECT COALESCE(MAX(generation), 0) FROM signing_keys WHERE ledger_id = $1`, s.ledger)
}

// rotation is the decision that a key signs from now on; nobody took it but
// whoever set up the installation.
func (s *Store) rotation(verifierKey string, day leaf.Day) book.Decision {
	id := "0"
	if parts := strings.SplitN(verifierKey, "+", 3); len(parts) == 3 {
		id = parts[1]
	}
	name := reference.SigningKey(s.name, id)
	return book.Decision{
		Reference: name, Kind: leaf.DecisionSigningKeyRotated, Resource: name,
		Day: day, Commitment: sha256.Sum256([]byte(verifierKey)),
	}
}
