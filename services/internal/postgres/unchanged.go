package postgres

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/pressly/goose/v3"
)

// digestTable notes beside goose's own tables what each migration was when it was
// applied: goose knows only its number, and a file that was edited afterwards would
// leave a database that no program fits.
const digestTable = `
	CREATE TABLE IF NOT EXISTS goose_file_digest (
		versions text   NOT NULL,
		version  bigint NOT NULL,
		sha256   bytea  NOT NULL CHECK (length(sha256) = 32),
		PRIMARY KEY (versions, version)
	)`

// ErrChanged says that a database was made by migrations that have since been
// edited, as happens before a release: it does not fit this version of the program.
var ErrChanged = errors.New("this database was made by migrations that were edited since, and does not fit this version; use another database, or the version that made it")

// unchanged makes sure that the migrations that are applied are still those of the
// program, and notes those that are about to be.
func unchanged(ctx context.Context, db *sql.DB, p *goose.Provider, versions string, migrations fs.FS) error {
	applied, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read version: %w", err)
	}
	noted, err := digests(ctx, db, versions)
	if err != nil {
		return err
	}
	for _, source := range p.ListSources() {
		content, err := fs.ReadFile(migrations, path.Base(source.Path))
		if err != nil {
			return fmt.Errorf("read migration: %w", err)
		}
		digest := sha256.Sum256(content)
		if source.Version <= applied {
			if noted[source.Version] != digest {
				return fmt.Errorf("migration %s: %w", path.Base(source.Path), ErrChanged)
			}
			continue
		}
		if _, err := db.ExecContext(ctx, `
			INSERT INTO goose_file_digest (versions, version, sha256) VALUES ($1, $2, $3)
			ON CONFLICT (versions, version) DO UPDATE SET sha256 = excluded.sha256`,
			versions, source.Version, digest[:]); err != nil {
			return fmt.Errorf("note migration: %w", err)
		}
	}
	return nil
}

// digests returns what is noted by version. The table is made where it is missing.
func digests(ctx context.Context, db *sql.DB, versions string) (map[int64][sha256.Size]byte, error) {
	var there bool
	if err := db.QueryRowContext(ctx, `SELECT to_regclass('goose_file_digest') IS NOT NULL`).Scan(&there); err != nil {
		return nil, fmt.Errorf("look for digests: %w", err)
	}
	if !there {
		if _, err := db.ExecContext(ctx, digestTable); err != nil {
			return nil, fmt.Errorf("make table of digests: %w", err)
		}
	}
	rows, err := db.QueryContext(ctx, `SELECT version, sha256 FROM goose_file_digest WHERE versions = $1`, versions)
	if err != nil {
		return nil, fmt.Errorf("read digests: %w", err)
	}
	defer rows.Close()
	out := map[int64][sha256.Size]byte{}
	for rows.Next() {
		var version int64
		var digest []byte
		if err := rows.Scan(&version, &digest); err != nil {
			return nil, fmt.Errorf("read digests: %w", err)
		}
		out[version] = [sha256.Size]byte(digest)
	}
	return out, rows.Err()
}
