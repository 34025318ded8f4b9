// Package store keeps a ledger in PostgreSQL: it books units in batches under
// the lock on the log's head, and reads the books back. What a unit may do is
// decided in package book; this package loads what that needs and writes down
// what comes out, in one transaction.
package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

//go:embed migrations
var migrations embed.FS

// Migrations make the service's tables and those that it stands on.
func Migrations() postgres.Migrations {
	return postgres.Migrations{
		idempotency.Tables(), duty.Tables(), {Name: "ledger", Files: migrations},
	}
}

// Store reads and writes one ledger. It is safe for concurrent use.
type Store struct {
	db     *postgres.DB
	name   string
	ledger int16 // the ledger's number in this database
	guard  protection
	// patience bounds how long a list looks for what fits its filter.
	patience time.Duration
	// reading has room for those who read all books at once.
	reading chan struct{}
}

// protection is what keeps writers apart and answers true; the same everywhere
// but in the tests that take it away to see what then goes wrong.
type protection struct {
	// lock is how the head is read by a batch.
	lock string
	// durable makes the commit wait for what the transaction has only read. The
	// lock on the head happens to write to the log as well; who answers from what
	// he has read must not rest on that.
	durable func(ctx context.Context, tx pgx.Tx) error
	// blind closes do not look at what was booked since their figures were made.
	blind bool
	// unproven books do not ask by which grants somebody decides.
	unproven bool
	// policyDelay is after how many days a policy may be in force.
	policyDelay leaf.Day
}

// Open returns the store of the ledger with a name such as "main". A ledger that
// is not there is founded, with no leaves.
func Open(ctx context.Context, db *postgres.DB, name string) (*Store, error) {
	s := &Store{
		db: db, name: name, guard: protection{lock: "FOR UPDATE", durable: postgres.ReplayWrite, policyDelay: rule.PolicyDelay},
		patience: patience, reading: make(chan struct{}, dumpReads),
	}
	for s.ledger == 0 {
		if err := s.found(ctx); err != nil {
			return nil, fmt.Errorf("open ledger: %w", err)
		}
		err := db.Pool.QueryRow(ctx, `SELECT ledger_id FROM head WHERE name = $1`, name).Scan(&s.ledger)
		if err != nil && !postgres.IsNotFound(err) { // not found: another ledger took the number; again
			return nil, fmt.Errorf("open ledger: %w", err)
		}
	}
	return s, nil
}

// WithoutRoles has the books take decisions of persons without grants, for tests that
// are about something else. No program calls it: a test looks.
func (s *Store) WithoutRoles() *Store {
	s.guard.unproven = true
	return s
}

// PoliciesAfter has the books take a policy only so many days before its first one.
func (s *Store) PoliciesAfter(days leaf.Day) *Store {
	s.guard.policyDelay = days
	return s
}

func (s *Store) found(ctx context.Context) error {
	empty := sha256.Sum256(nil) // RFC 6962: the root of no leaves
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO head (ledger_id, name, root)
			SELECT COALESCE(MAX(ledger_id), 0) + 1, $1, $2 FROM head
			HAVING COUNT(*) FILTER (WHERE name = $1) = 0
			ON CONFLICT DO NOTHING`, s.name, empty[:])
		return err
	})
}

// DurableHead reads the head in a transaction that writes to the log itself: once
// it is committed, everything that it has read is as durable as this database
// promises, standbys included. Only such a head may be signed.
func (s *Store) DurableHead(ctx context.Context) (merkle.Head, error) {
	var h merkle.Head
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var err error
		h, err = postgres.One(ctx, tx, "head", func(row pgx.CollectableRow) (h merkle.Head, err error) {
			var root []byte
			err = row.Scan(&h.Size, &root)
			copy(h.Root[:], root)
			return h, err
		}, `SELECT size, root FROM head WHERE ledger_id = $1`, s.ledger)
		if err != nil {
			return err
		}
		return s.guard.durable(ctx, tx)
	})
	return h, err
}
