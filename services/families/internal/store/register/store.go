// Package register keeps the prisoners in PostgreSQL, and the source lists that they
// come from. Each exported method is one business fact in one transaction; what is
// personal is sealed here on its way in and opened here on its way out, and nowhere
// else.
package register

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// The duties that rows of the register owe.
const (
	// DutyMerge is to make prisoners of an import's rows.
	DutyMerge = "prisonerImport.merge"
	// DutyDestroy is to destroy an import's key.
	DutyDestroy = "prisonerImport.destroyKey"
	// DutyGiveUp is to give an import up of which nothing more arrives.
	DutyGiveUp = "prisonerImport.giveUp"
)

// Store keeps the register. It is safe for concurrent use.
type Store struct {
	db    *postgres.DB
	keys  *seal.Keyring
	queue *duty.Queue
	clock func() time.Time
}

// New makes a Store over a migrated database, whose values keys seals and opens, and
// which puts its jobs into queue.
func New(db *postgres.DB, keys *seal.Keyring, queue *duty.Queue, now func() time.Time) *Store {
	return &Store{db: db, keys: keys, queue: queue, clock: now}
}

// now is the time in UTC, no finer than the database keeps it.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// orEmpty reads a column that may be NULL.
func orEmpty(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
