// Package store holds partners, funds, pledges, donations and Stripe's events in
// PostgreSQL. One exported method is one transaction and one fact of the business;
// what a change of state owes is written in the same transaction.
package store

import (
	"context"
	"embed"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/agreement/versions"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// Kinds of duty; the argument of each is the id in parentheses.
const (
	DutyCheckout    = "checkout.open"   // make a payment page (checkout)
	DutyExpire      = "checkout.expire" // close a payment page that is given up (checkout)
	DutyReread      = "checkout.reread" // read the page whose end no event has told (checkout)
	DutyGiving      = "pledge.giving"   // tell Stripe how a recurring pledge is paid (pledge)
	DutyForgetDonor = "donor.forget"    // forget a donor at Stripe, and end their key (pledge)
	DutyMail        = "donor.mail"      // tell a donor that the payment has come (pledge)
	DutyEvent       = "stripe.event"    // handle an event (event)
	DutyForget      = "stripe.forget"   // destroy the key of a week's raw events (week)
	DutyPost        = "donation.post"   // tell the ledger about a gift (donation)
	DutyClear       = "clearing.open"   // let what has cleared become available (fund)
	DutyPostCleared = "clearing.post"   // tell the ledger about a clearing run (run)
	DutyCover       = "deficit.cover"   // let what operations got cover advanced fees (currency)
	DutyPostCover   = "deficit.post"    // tell the ledger about a covering (covering)

	DutyStartRefund   = "refund.start"   // set the money of a refund aside in the ledger (refund)
	DutySendRefund    = "refund.send"    // ask Stripe for a refund (refund)
	DutyUndoRefund    = "refund.undo"    // give back what was set aside (refund)
	DutyMovement      = "movement.read"  // understand a movement of the balance (movement)
	DutyPostMovement  = "movement.post"  // tell the ledger about it (movement)
	DutyPayoutLines   = "payout.lines"   // read what a payout consists of (payout)
	DutyPostBankGift  = "bankgift.post"  // tell the ledger of a gift by bank transfer (gift)
	DutyClearBankGift = "bankgift.clear" // a gift by bank transfer becomes available (gift)
	DutyPostArrival   = "payout.arrival" // tell the ledger that a payout has arrived (payout)
	DutySweep         = "stripe.sweep"   // read a list of Stripe again (list)

	DutyNotice  = "partner.notice" // make messages of what changed (partner); a trigger knows it, too
	DutyWatch   = "partner.watch"  // stop a partner of whose payments too many fail (partner); a trigger knows it, too
	DutyDeliver = "webhook.send"   // send a message to a partner's endpoint (message)
)

//go:embed migrations
var migrations embed.FS

// Migrations make the service's tables and those that it stands on.
func Migrations() postgres.Migrations {
	return postgres.Migrations{
		idempotency.Tables(), duty.Tables(), decision.Tables(), versions.Tables(), {Name: "donations", Files: migrations},
	}
}

// Store is the service's database.
type Store struct {
	db    *postgres.DB
	queue *duty.Queue
	rows  Rows
	now   func() time.Time
}

// Rows recognises rows that another hand has written.
type Rows interface {
	// Sign returns the MAC of a row.
	Sign(r *rowmac.Row) []byte
	// Check refuses a row whose MAC is not this one: fault Precondition, ROW_CHANGED.
	Check(ctx context.Context, r *rowmac.Row, mac []byte) error
	// Latest refuses, in the same way, rows of which it knows a later version.
	Latest(ctx context.Context, rows ...*rowmac.Row) error
	// Older is one of the rows of which it knows a later version, nil for none.
	Older(ctx context.Context, rows ...*rowmac.Row) (*rowmac.Row, error)
	// Seen is the highest version that it knows of a row.
	Seen(ctx context.Context, r *rowmac.Row) (int64, error)
}

// latest reads rows that are not locked, and refuses older ones that somebody has put
// back. A row may change between reading and asking: then it is read once more.
func (s *Store) latest(ctx context.Context, read func() ([]*rowmac.Row, error)) error {
	rows, err := read()
	if err != nil {
		return err
	}
	if older, err := s.rows.Older(ctx, rows...); err != nil || older == nil {
		return err
	}
	if rows, err = read(); err != nil {
		return err
	}
	return s.rows.Latest(ctx, rows...)
}

// New returns a store on db that puts jobs into queue, signs by rows and takes times
// from now.
func New(db *postgres.DB, queue *duty.Queue, rows Rows, now func() time.Time) *Store {
	return &Store{db: db, queue: queue, rows: rows, now: func() time.Time { return now().UTC().Truncate(time.Microsecond) }}
}

// byIndex has rows found by an index until a transaction ends. Statements are planned while
// their tables are empty, when reading all of a table seems as good.
const byIndex = `SELECT set_config('enable_seqscan', 'off', true)`

// Scope is the partner whose objects a caller reaches; Everything reaches all.
type Scope string

// Everything is the scope of those whose reach is not one partner.
const Everything Scope = ""

// once has effect's fact written together with the call's record, and returns what
// effect made. A repeat reads it by the id that effect returned the first time.
func once[T any](ctx context.Context, s *Store, effect func(ctx context.Context, tx pgx.Tx) (string, T, error),
	read func(ctx context.Context, id string) (T, error),
) (made T, err error) {
	id, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (id string, err error) {
		id, made, err = effect(ctx, tx)
		return id, err
	})
	if err == nil && idempotency.Replayed(ctx) {
		return read(ctx, id)
	}
	return made, err
}
