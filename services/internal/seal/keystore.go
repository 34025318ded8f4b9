package seal

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// keySize is the length of a subject's data key in bytes.
const keySize = 32

//go:embed migrations
var migrations embed.FS

// KeyStoreMigrations make the tables of the key store.
func KeyStoreMigrations() postgres.Migrations {
	return postgres.Migrations{{Name: "seal", Files: migrations}}
}

// MigrateKeyStore brings the key store at url up to date as its owner, like
// postgres.Upgrade.
func MigrateKeyStore(ctx context.Context, log *slog.Logger, url, ownerURL string) error {
	if err := postgres.Upgrade(ctx, log, url, ownerURL, KeyStoreMigrations()); err != nil {
		return fmt.Errorf("migrate key store: %w", err)
	}
	return nil
}

// keyStore holds the wrapped keys in the database and, for a while, unwrapped ones
// in memory.
type keyStore struct {
	wrapper tink.AEAD
	db      *postgres.DB
	kept    *keptKeys
}

func newKeyStore(master Master, db *postgres.DB) *keyStore {
	s := &keyStore{wrapper: master.wrapper, db: db}
	s.kept = newKeptKeys(s.destroyedLately)
	return s
}

// create makes the missing keys of subjects in one transaction and keeps all of
// them in memory.
func (s *keyStore) create(ctx context.Context, subjects []string) error {
	subjects = slices.Compact(slices.Sorted(slices.Values(subjects))) // in one order, against deadlocks
	wrapped := make([][]byte, len(subjects))
	for i, subject := range subjects {
		key := make([]byte, keySize)
		rand.Read(key) // never fails: it aborts the program instead
		var err error
		if wrapped[i], err = s.wrapper.Encrypt(key, []byte(subject)); err != nil {
			return fmt.Errorf("wrap the key of %s: %w", subject, err)
		}
	}
	var rows []row
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if _, err = tx.Exec(ctx, `
			INSERT INTO subject_keys (subject, wrapped, created_at)
			SELECT subject, wrapped, clock_timestamp() FROM unnest($1::text[], $2::bytea[]) AS new (subject, wrapped)
			ON CONFLICT (subject) DO NOTHING`, subjects, wrapped); err != nil {
			return err
		}
		// A key may be there from an earlier call whose commit no standby has yet.
		if err = postgres.ReplayWrite(ctx, tx); err != nil {
			return err
		}
		rows, err = read(ctx, tx, subjects)
		return err
	})
	if err != nil {
		return fmt.Errorf("store keys: %w", err)
	}
	return s.unwrap(rows)
}

// load reads the keys of subjects that are not in memory.
func (s *keyStore) load(ctx context.Context, subjects []string) error {
	rows, err := read(ctx, s.db.Pool, subjects)
	if err != nil {
		return err
	}
	return s.unwrap(rows)
}

// row is one subject's key as stored.
type row struct {
	Subject string
	Wrapped []byte
}

func read(ctx context.Context, q postgres.Querier, subjects []string) ([]row, error) {
	return postgres.Many(ctx, q, "keys", pgx.RowToStructByName[row],
		`SELECT subject, wrapped FROM subject_keys WHERE subject = ANY($1)`, subjects)
}

// unwrap keeps the keys of rows in memory; one that was destroyed is an error
// after the others have been kept.
func (s *keyStore) unwrap(rows []row) error {
	var gone error
	for _, r := range rows {
		if r.Wrapped == nil {
			gone = erased()
			continue
		}
		key, err := s.wrapper.Decrypt(r.Wrapped, []byte(r.Subject))
		if err != nil {
			return broken(errors.New("the key of " + r.Subject + " does not unwrap"))
		}
		s.kept.put(r.Subject, key)
	}
	return gone
}

// ErrNoKey is wrapped by what is said of a subject that has never had a key.
var ErrNoKey = errors.New("there is no key")

// key returns subject's unwrapped data key, from memory or from the store.
func (s *keyStore) key(ctx context.Context, subject string) ([]byte, error) {
	key, err := s.kept.get(ctx, subject)
	if err != nil || key != nil {
		return key, err
	}
	if err := s.load(ctx, []string{subject}); err != nil {
		return nil, err
	}
	if key, err = s.kept.get(ctx, subject); err == nil && key == nil {
		err = fmt.Errorf("%w for %s", ErrNoKey, subject)
	}
	return key, err
}

// destroy leaves the subject's name behind, so that nobody makes it a new key and
// later takes the ruins of the old one for tampering.
func (s *keyStore) destroy(ctx context.Context, subject string) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			INSERT INTO subject_keys (subject, wrapped, created_at, destroyed_at)
			VALUES ($1, NULL, clock_timestamp(), clock_timestamp())
			ON CONFLICT (subject) DO UPDATE SET wrapped = NULL, destroyed_at = clock_timestamp()
			WHERE subject_keys.destroyed_at IS NULL`, subject); err != nil {
			return err
		}
		return postgres.ReplayWrite(ctx, tx)
	})
	s.kept.drop(subject)
	if err != nil {
		return fmt.Errorf("destroy the key of %s: %w", subject, err)
	}
	return nil
}

// destroyedLately returns whose keys were destroyed within the last five minutes,
// by the database's clock: longer than any key is kept in memory, with room for a
// destruction whose commit took its time.
func (s *keyStore) destroyedLately(ctx context.Context) ([]string, error) {
	rows, err := s.db.Pool.Query(ctx, `
		SELECT subject FROM subject_keys WHERE destroyed_at > clock_timestamp() - interval '5 minutes'`)
	if err != nil {
		return nil, fmt.Errorf("read which keys were destroyed: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
