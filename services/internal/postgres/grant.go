package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// rightsFile, beside an owner's migrations, holds the GRANT statements for its
// tables; ":service" in it stands for the role. Without it a service may read and
// write all rows.
const rightsFile = "rights.sql"

// allRows is what a service may do where an owner says nothing else.
const allRows = `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :service`

// Upgrade brings a service's database up to date as its owner, who alone may
// change tables, and grants the role that serves, the user of url, its rights.
// ownerURL must be a direct connection. Where it is empty the serving role
// migrates itself, which works where nothing is left to migrate or it owns its
// tables; of the latter the log is told, since then it could take any right.
func Upgrade(ctx context.Context, log *slog.Logger, url, ownerURL string, migrations Migrations) error {
	role, err := user(url)
	if err != nil {
		return err
	}
	if ownerURL == "" {
		ownerURL = url
	}
	if err := Migrate(ctx, ownerURL, migrations, role); err != nil {
		return err
	}
	return warnOwner(ctx, log, url, role)
}

// user returns the role that a URL logs in as.
func user(url string) (string, error) {
	config, err := poolConfig(url)
	if err != nil {
		return "", err
	}
	return config.ConnConfig.User, nil
}

// grant gives each role exactly its rights, in one transaction, so that whoever
// runs meanwhile never misses one. The connection's own role gets nothing: it is
// the owner.
func grant(ctx context.Context, db *sql.DB, migrations Migrations, roles ...string) error {
	rights, err := rightsOf(migrations)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("grant rights: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	var self string
	if err := tx.QueryRowContext(ctx, `SELECT current_user`).Scan(&self); err != nil {
		return fmt.Errorf("grant rights: %w", err)
	}
	for _, role := range roles {
		if role == self {
			continue
		}
		if err := grantTo(ctx, tx, rights, role); err != nil {
			return fmt.Errorf("grant rights to %s: %w", role, err)
		}
	}
	return tx.Commit()
}

func grantTo(ctx context.Context, tx *sql.Tx, rights []string, role string) error {
	versions, err := versionRights(ctx, tx)
	if err != nil {
		return err
	}
	service := pgx.Identifier{role}.Sanitize()
	for _, statement := range slices.Concat([]string{
		`REVOKE CREATE ON SCHEMA public FROM PUBLIC`, // given by databases of before PostgreSQL 15
		`REVOKE ALL ON ALL TABLES IN SCHEMA public FROM :service`,
		`GRANT USAGE ON SCHEMA public TO :service`,
		`GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :service`,
	}, rights, versions) {
		if _, err := tx.ExecContext(ctx, strings.ReplaceAll(statement, ":service", service)); err != nil {
			return err
		}
	}
	return nil
}

// versionRights let a service read what was migrated, no more.
func versionRights(ctx context.Context, tx *sql.Tx) ([]string, error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT format('REVOKE ALL ON %1$I FROM :service; GRANT SELECT ON %1$I TO :service', relname)
		FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname ~ '^goose_'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var statements []string
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			return nil, err
		}
		statements = append(statements, statement)
	}
	return statements, rows.Err()
}

// rightsOf are the owners' rights, those of the last first: what it gives to all
// tables is narrowed by those that it stands on.
func rightsOf(migrations Migrations) ([]string, error) {
	var rights []string
	for _, o := range slices.Backward(migrations) {
		files, err := o.files()
		if err != nil {
			return nil, err
		}
		text := []byte(allRows)
		if files != nil {
			text, err = fs.ReadFile(files, rightsFile)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			text = []byte(allRows)
		case err != nil:
			return nil, fmt.Errorf("read rights of %s: %w", o.Name, err)
		}
		rights = append(rights, string(text))
	}
	return rights, nil
}

// ownsTables asks whether the role of the connection could change its tables.
const ownsTables = `
	SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace
		AND relkind IN ('r', 'p') AND pg_has_role(relowner, 'MEMBER'))`

// warnOwner tells the log when the role that serves owns what it uses.
func warnOwner(ctx context.Context, log *slog.Logger, url, role string) error {
	db, err := Open(ctx, url)
	if err != nil {
		return err
	}
	defer db.Close()
	var owns bool
	if err := db.Pool.QueryRow(ctx, ownsTables).Scan(&owns); err != nil {
		return fmt.Errorf("look for the tables' owner: %w", err)
	}
	if owns {
		log.WarnContext(ctx, "this service's role owns its tables and could change what is final: "+
			"give them to another role and migrate as that one (--migrate-url)", "role", role)
	}
	return nil
}
