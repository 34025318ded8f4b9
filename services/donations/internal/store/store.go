// Package store keeps partners, funds, pledges, donations and what Stripe told
// us, in SQL by hand. One exported method is one transaction and one fact of the
// business; what a change of state owes is written in the same transaction.
package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Kinds of duty; the argument of each is the id in parentheses.
const (
	DutyCheckout    = "pledge.checkout" // make the payment page (pledge)
	DutyExpire      = "pledge.expire"   // close the payment page of an ended pledge (pledge)
	DutyReread      = "pledge.reread"   // read the page of which nothing was heard (pledge)
	DutyEvent       = "stripe.event"    // handle an event (event)
	DutyForget      = "stripe.forget"   // destroy the key of a week's raw events (week)
	DutyPost        = "donation.post"   // tell the ledger about a gift (donation)
	DutyClear       = "clearing.open"   // let what has cleared become available (fund/currency)
	DutyPostCleared = "clearing.post"   // tell the ledger about a clearing run (run)
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the service's migrations.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return sub
}

// Store is the service's database.
type Store struct {
	db    *postgres.DB
	queue *duty.Queue
	now   func() time.Time
}

// New returns a store on db that puts jobs into queue and takes times from now.
func New(db *postgres.DB, queue *duty.Queue, now func() time.Time) *Store {
	return &Store{db: db, queue: queue, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }}
}

// Scope is the partner whose objects a caller reaches; Everything reaches all.
type Scope string

// Everything is the scope of those whose reach is not one partner.
const Everything Scope = ""

// once runs effect with the call's idempotency record.
func (s *Store) once(ctx context.Context, effect func(ctx context.Context, tx pgx.Tx) (string, error)) (string, error) {
	return idempotency.Once(ctx, s.db, effect)
}

// after returns the keyset position of a page in lists that are newest first:
// the last row's time and id; for a first page one that all rows come before.
func after(p page.Page) (time.Time, string, error) {
	if len(p.After) == 0 {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), "", nil
	}
	if len(p.After) != 2 {
		return time.Time{}, "", fmt.Errorf("page position has %d parts", len(p.After))
	}
	t, err := time.Parse(time.RFC3339Nano, p.After[0])
	if err != nil {
		return time.Time{}, "", fmt.Errorf("read page position: %w", err)
	}
	return t, p.After[1], nil
}

// Position returns the keyset position after a row of a list that is newest
// first.
func Position(createdAt time.Time, id string) []string {
	return []string{createdAt.UTC().Format(time.RFC3339Nano), id}
}
