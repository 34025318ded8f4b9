package store

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
)

// WithoutReplayWrite lets batches that write nothing leave no trace in the log of
// the database, for the test that must then see acknowledged money get lost.
func (s *Store) WithoutReplayWrite() {
	s.guard = protection{unproven: s.guard.unproven, durable: func(context.Context, pgx.Tx) error { return nil }}
}

// WithoutLock lets writers run at once, for the test that must then see them
// collide. A pause after the head was read makes sure that they meet.
func (s *Store) WithoutLock() { s.guard.lock = "AND pg_sleep(0.02) IS NOT NULL" }

// WithoutLook lets closes of periods pass over what was booked meanwhile, for the
// test that must then see a close whose figures are wrong.
func (s *Store) WithoutLook() { s.guard.blind = true }

// NewCommitterOf starts a committer whose batches are booked by a function.
func NewCommitterOf(booking func(context.Context, []book.Unit, Memory) ([]Outcome, Memory, error), log *slog.Logger) *Committer {
	return newCommitter(booking, log, time.Now)
}

// Waiting returns the weight of the queue.
func (c *Committer) Waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.weight
}

// WithoutQueueLimit lets any weight wait, for the test that must then see the queue
// grow.
func (c *Committer) WithoutQueueLimit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = math.MaxInt
}

// MaxQueue is the weight that may wait.
const MaxQueue = maxQueue

// WithPatience sets how long lists look for what fits their filter.
func (s *Store) WithPatience(d time.Duration) { s.patience = d }

// Remembered is how many accounts are remembered.
func (m Memory) Remembered() int { return len(m.accounts) }

// Bounded remembers at most n accounts.
func (m Memory) Bounded(n int) Memory {
	m.bound = n
	return m
}
