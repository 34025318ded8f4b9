// Package household keeps families in PostgreSQL, with what belongs to them: members,
// contacts, destinations, aid requests, releases. Each exported method is one business
// fact in one transaction; what is personal is sealed here on its way in and opened
// here on its way out, and nowhere else.
package household

import (
	"context"
	"log/slog"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Options are what a Store needs.
type Options struct {
	// DB is the service's own database.
	DB *postgres.DB
	// Keys seals and opens.
	Keys *seal.Keyring
	// Queue takes the jobs of what is owed.
	Queue *duty.Queue
	// Rows recognises what of the database another hand has written.
	Rows Rows
	// Ledger keeps what people decide, and says what was decided.
	Ledger leaf.Posting
	// Policies say what the fund holds itself to.
	Policies Policies
	// Log takes alarms.
	Log *slog.Logger
	// Now is the clock.
	Now func() time.Time
	// CoolingOff is how long a changed destination waits; zero in development.
	CoolingOff time.Duration
	// Silence is how long a channel waits for its second confirmer where those known before
	// are dead; zero in development.
	Silence time.Duration
}

// Policies are what two people have agreed on.
type Policies interface {
	// Counts reads into policy what counts now, and leaves it as it is before the first
	// version.
	Counts(ctx context.Context, kind string, policy any) error
}

// Store keeps families. It is safe for concurrent use.
type Store struct {
	db       *postgres.DB
	keys     *seal.Keyring
	queue    *duty.Queue
	rows     Rows
	ledger   leaf.Posting
	policies Policies
	log      *slog.Logger
	clock    func() time.Time
	stamp    func(time.Time) time.Time
	cover    func(subject seal.Subject, person string) []byte
	// trusting takes rows for what they say, heedless reserves for commits that have
	// ended, forgetful forgets who has entered into a case, blind takes every family
	// for seen, lenient leaves what a frozen person did about destinations, hearsay has
	// destinations confirmed by who has neither called nor entered them; tests have it.
	trusting   bool
	heedless   bool
	forgetful  bool
	blind      bool
	lenient    bool
	hearsay    bool
	coolingOff time.Duration
	silence    time.Duration
}

// New makes a Store over a migrated database.
func New(o Options) *Store {
	s := &Store{db: o.DB, keys: o.Keys, queue: o.Queue, rows: o.Rows, ledger: o.Ledger, policies: o.Policies, log: o.Log, clock: o.Now, coolingOff: o.CoolingOff, silence: o.Silence, stamp: day}
	s.cover = s.readDigest
	return s
}

// now is the time in UTC, no finer than the database keeps it.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// day is the UTC day of a time.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// today is what rows keep of a time: two databases side by side tell little by days.
func (s *Store) today() time.Time { return s.stamp(s.now()) }

// keyTime bounds one question to the key store. The key store is another database,
// and it is asked while a family is locked: before the lock nobody knows whether the
// caller reaches the family, and no key may be touched for one that they do not. This
// is safe inside a transaction that may run again, since reading a key has no effect
// and making one twice is the same as once; and the questions between two statements
// end before the session counts as idle (30 s).
const keyTime = 5 * time.Second

// createKey makes the key of a subject that has none.
func (s *Store) createKey(ctx context.Context, subject seal.Subject) error {
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return s.keys.Create(ctx, subject)
}

// digest is the HMAC of data under the subject's key.
func (s *Store) digest(ctx context.Context, subject seal.Subject, purpose string, data []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return s.keys.Digest(ctx, subject, purpose, data)
}

// seal writes v as JSON and seals it.
func (s *Store) seal(ctx context.Context, place seal.Place, v any) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return s.keys.SealJSON(ctx, place, v)
}

// open opens what seal has sealed into v.
func (s *Store) open(ctx context.Context, place seal.Place, sealed []byte, v any) error {
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return s.keys.OpenJSON(ctx, place, sealed, v)
}

// sealBytes seals bytes as they are, so that their size does not tell.
func (s *Store) sealBytes(ctx context.Context, place seal.Place, b []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return s.keys.Seal(ctx, place, b)
}

// openBytes opens what sealBytes has sealed.
func (s *Store) openBytes(ctx context.Context, place seal.Place, sealed []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keyTime)
	defer cancel()
	return s.keys.Open(ctx, place, sealed)
}

// orEmpty reads a column that may be NULL.
func orEmpty(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
