package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrationLock is the key of the session lock that one migrating process holds
// at a time; any number may do, it only has to be the same everywhere.
const migrationLock = 5_120_764_113

// Owner is a package that has tables in a service's database.
type Owner struct {
	// Name is a short word in small letters. Each owner's migrations are numbered
	// apart, so that none waits for another.
	Name string
	// Files has the owner's migrations, "migrations/NNNNN_name.sql", and may have its
	// rights, "migrations/rights.sql"; nil where Make makes all.
	Files fs.FS
	// Make makes tables that bring a maker of their own, before the migrations; nil
	// where there are none.
	Make func(ctx context.Context, pool *pgxpool.Pool) error
}

// Migrations are the owners of a database's tables, each after those that its own
// tables point to.
type Migrations []Owner

// versions is the table in which goose notes what it has applied of an owner's.
func (o Owner) versions() string { return "goose_" + o.Name + "_version" }

// files are the owner's migrations and rights, nil where there are none.
func (o Owner) files() (fs.FS, error) {
	if o.Files == nil {
		return nil, nil
	}
	files, err := fs.Sub(o.Files, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open migrations of %s: %w", o.Name, err)
	}
	return files, nil
}

// Migrate brings the database at url up to date. Processes that start together take
// turns. url must be a direct connection: the lock lives in a session. Its role owns
// the tables; the given other roles get the rights of each owner's rights.sql, or,
// without it, all rows of all tables. Where a newer version of the program has been
// here they keep what that one gave them: this one knows not all tables.
func Migrate(ctx context.Context, url string, migrations Migrations, roles ...string) error {
	return locked(ctx, url, func(db *sql.DB) error {
		ahead := false
		for _, o := range migrations {
			if err := makeTables(ctx, url, o); err != nil {
				return fmt.Errorf("make tables of %s: %w", o.Name, err)
			}
			newer, err := apply(ctx, db, o)
			if err != nil {
				return fmt.Errorf("apply migrations of %s: %w", o.Name, err)
			}
			ahead = ahead || newer
		}
		if ahead {
			return nil
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

// apply brings an owner's tables up to date. It reports whether the database has
// migrations that are newer than the owner's.
func apply(ctx context.Context, db *sql.DB, o Owner) (newer bool, err error) {
	files, err := o.files()
	if err != nil || files == nil {
		return false, err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files,
		goose.WithTableName(o.versions()), goose.WithDisableGlobalRegistry(true),
		goose.WithSlog(slog.New(slog.DiscardHandler)))
	if errors.Is(err, goose.ErrNoMigrations) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read migrations: %w", err)
	}
	if err := unchanged(ctx, db, provider, o.versions(), files); err != nil {
		return false, err
	}
	if _, err = provider.Up(ctx); err != nil {
		if code(err) == "42P07" { // the table is there, made by a version that numbered otherwise
			err = fmt.Errorf("%w: %w", ErrChanged, err)
		}
		return false, err
	}
	known := provider.ListSources()
	applied, err := provider.GetDBVersion(ctx)
	if err != nil {
		return false, fmt.Errorf("read version: %w", err)
	}
	return applied > known[len(known)-1].Version, nil
}

// makeTables calls an owner's own maker, with as much time as it needs.
func makeTables(ctx context.Context, url string, o Owner) error {
	if o.Make == nil {
		return nil
	}
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
	return o.Make(ctx, pool)
}
