package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// The tables in which goose notes what it has applied: the platform's and a
// service's migrations are numbered apart, so that neither waits for the other.
const (
	platformVersions = "goose_platform_version"
	serviceVersions  = "goose_db_version"
)

// migrationLock is the key of the session lock that one migrating process holds
// at a time; any number may do, it only has to be the same everywhere.
const migrationLock = 5_120_764_113

//go:embed migrations/*.sql
var platformMigrations embed.FS

// Migrate brings the database at url up to date: the platform's tables
// (idempotency_keys, owed_decisions), River's, then the service's own migrations,
// files "NNNNN_name.sql" at the root of migrations (nil where there are none).
// Processes that start together take turns. url must be a direct connection: the
// lock lives in a session. Its role owns the tables; the given other roles get the
// rights of rights.sql beside the migrations, or, without it, all rows.
func Migrate(ctx context.Context, url string, migrations fs.FS, roles ...string) error {
	platform, err := fs.Sub(platformMigrations, "migrations")
	if err != nil {
		return fmt.Errorf("open platform migrations: %w", err)
	}
	return locked(ctx, url, func(db *sql.DB) error {
		if err := apply(ctx, db, platformVersions, platform); err != nil {
			return fmt.Errorf("apply platform migrations: %w", err)
		}
		if err := applyRiver(ctx, url); err != nil {
			return fmt.Errorf("apply job queue migrations: %w", err)
		}
		if err := apply(ctx, db, serviceVersions, migrations); err != nil {
			return fmt.Errorf("apply service migrations: %w", err)
		}
		return grant(ctx, db, migrations, roles...)
	})
}

// locked calls fn while holding the session lock.
func locked(ctx context.Context, url string, fn func(db *sql.DB) error) (err error) {
	config, err := poolConfig(url)
	if err != nil {
		return err
	}
	delete(config.ConnConfig.RuntimeParams, "statement_timeout") // building an index may take long
	db := stdlib.OpenDB(*config.ConnConfig)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("reach database: %w", err)
	}
	defer conn.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock), lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("make migration lock: %w", err)
	}
	if err := locker.SessionLock(ctx, conn); err != nil {
		return fmt.Errorf("wait for another process's migration: %w", err)
	}
	defer func() {
		err = errors.Join(err, locker.SessionUnlock(context.WithoutCancel(ctx), conn))
	}()
	return fn(db)
}

func apply(ctx context.Context, db *sql.DB, versions string, migrations fs.FS) error {
	if migrations == nil {
		return nil
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, migrations,
		goose.WithTableName(versions), goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if err := unchanged(ctx, db, provider, versions, migrations); err != nil {
		return err
	}
	_, err = provider.Up(ctx)
	return err
}

func applyRiver(ctx context.Context, url string) error {
	config, err := poolConfig(url)
	if err != nil {
		return err
	}
	config.MaxConns = 2
	delete(config.ConnConfig.RuntimeParams, "statement_timeout")
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}
