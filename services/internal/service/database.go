package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// errBehind says that a database is older than the program, and that the service
// may not bring it up to date.
var errBehind = errors.New("the database lacks migrations of this version, which only the owner of its tables may apply: " +
	"start one replica with the owner's URL (--migrate-url, --key-store-migrate-url)")

// openDatabase brings the schema up to date as its owner and connects as the
// service.
func openDatabase(ctx context.Context, log *slog.Logger, c config.Database, migrations postgres.Migrations) (*postgres.DB, error) {
	if err := postgres.Upgrade(ctx, log, c.Direct(), c.MigrateURL, migrations); err != nil {
		return nil, fmt.Errorf("migrate: %w", explain(err))
	}
	db, err := postgres.Open(ctx, c.DatabaseURL)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// openJobs connects for jobs, which listen and so need a session of their own: directly,
// where the database's address leads to a pooler.
func openJobs(ctx context.Context, c config.Database, db *postgres.DB) (*postgres.DB, error) {
	if c.JobsURL == "" {
		return db, nil
	}
	jobs, err := postgres.Open(ctx, c.JobsURL)
	if err != nil {
		return nil, fmt.Errorf("open database for jobs: %w", err)
	}
	return jobs, nil
}

// openKeyStore does the same with the key store.
func openKeyStore(ctx context.Context, log *slog.Logger, c config.Sealed) (*postgres.DB, error) {
	if err := seal.MigrateKeyStore(ctx, log, c.KeyStoreURL, c.KeyStoreMigrateURL); err != nil {
		return nil, explain(err)
	}
	db, err := postgres.Open(ctx, c.KeyStoreURL)
	if err != nil {
		return nil, fmt.Errorf("open key store: %w", err)
	}
	return db, nil
}

// explain puts before a refused migration what to do about it.
func explain(err error) error {
	const insufficientPrivilege = "42501"
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == insufficientPrivilege {
		return fmt.Errorf("%w (%w)", errBehind, err)
	}
	return err
}
