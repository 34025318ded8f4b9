package seal

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// keptFor is how long a key stays in memory after it was read: it bounds how long
// a key destroyed by another replica can still be used here.
const keptFor = 900 * time.Millisecond

// keySize is the length of a subject's data key in bytes.
const keySize = 32

//go:embed migrations/*.sql
var embedded embed.FS

// KeyStoreMigrations are the migrations of the key store.
func KeyStoreMigrations() fs.FS {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return migrations
}

// MigrateKeyStore brings the key store at url up to date.
func MigrateKeyStore(ctx context.Context, url string) error {
	if err := postgres.MigrateOnly(ctx, url, KeyStoreMigrations()); err != nil {
		return fmt.Errorf("migrate key store: %w", err)
	}
	return nil
}

// keyStore keeps the wrapped keys and, for a moment, unwrapped ones.
type keyStore struct {
	wrapper tink.AEAD
	db      *postgres.DB

	mu   sync.Mutex // guards kept
	kept map[string]*keptKey
}

// keptKey is one unwrapped key; a newer entry for the same subject replaces it.
type keptKey struct{ key []byte }

func newKeyStore(master Master, db *postgres.DB) *keyStore {
	return &keyStore{wrapper: master.wrapper, db: db, kept: map[string]*keptKey{}}
}

func (s *keyStore) create(ctx context.Context, subject string) error {
	key := make([]byte, keySize)
	rand.Read(key) // never fails: it aborts the program instead
	wrapped, err := s.wrapper.Encrypt(key, []byte(subject))
	if err != nil {
		return fmt.Errorf("wrap the key of %s: %w", subject, err)
	}
	var alive bool
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			INSERT INTO subject_keys (subject, wrapped) VALUES ($1, $2)
			ON CONFLICT (subject) DO NOTHING`, subject, wrapped); err != nil {
			return err
		}
		// The key may be there from an earlier call whose commit no standby has yet.
		if err := postgres.ReplayWrite(ctx, tx); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `
			SELECT wrapped IS NOT NULL FROM subject_keys WHERE subject = $1`, subject).Scan(&alive)
	})
	if err != nil {
		return fmt.Errorf("store the key of %s: %w", subject, err)
	}
	if !alive {
		return erased()
	}
	return nil
}

// destroy leaves the subject's name behind, so that nobody makes it a new key and
// later takes the ruins of the old one for tampering.
func (s *keyStore) destroy(ctx context.Context, subject string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			INSERT INTO subject_keys (subject, wrapped, destroyed_at) VALUES ($1, NULL, now())
			ON CONFLICT (subject) DO UPDATE SET wrapped = NULL, destroyed_at = now()
			WHERE subject_keys.destroyed_at IS NULL`, subject); err != nil {
			return err
		}
		return postgres.ReplayWrite(ctx, tx)
	})
	s.forget(subject, nil)
	if err != nil {
		return fmt.Errorf("destroy the key of %s: %w", subject, err)
	}
	return nil
}

// key returns subject's unwrapped data key, from memory or from the store.
func (s *keyStore) key(ctx context.Context, subject string) ([]byte, error) {
	s.mu.Lock()
	entry := s.kept[subject]
	s.mu.Unlock()
	if entry != nil {
		return entry.key, nil
	}
	var wrapped []byte
	err := s.db.Pool.QueryRow(ctx, `
		SELECT wrapped FROM subject_keys WHERE subject = $1`, subject).Scan(&wrapped)
	switch {
	case postgres.IsNotFound(err):
		return nil, fmt.Errorf("there is no key for %s", subject)
	case err != nil:
		return nil, fmt.Errorf("read the key of %s: %w", subject, err)
	case wrapped == nil:
		return nil, erased()
	}
	key, err := s.wrapper.Decrypt(wrapped, []byte(subject))
	if err != nil {
		return nil, broken(errors.New("the key of " + subject + " does not unwrap"))
	}
	s.keep(subject, key)
	return key, nil
}

func (s *keyStore) keep(subject string, key []byte) {
	entry := &keptKey{key}
	s.mu.Lock()
	s.kept[subject] = entry
	s.mu.Unlock()
	time.AfterFunc(keptFor, func() { s.forget(subject, entry) })
}

// forget drops the kept key of subject, if it still is entry; nil drops any.
func (s *keyStore) forget(subject string, entry *keptKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if entry == nil || s.kept[subject] == entry {
		delete(s.kept, subject)
	}
}
