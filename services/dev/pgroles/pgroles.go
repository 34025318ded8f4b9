// Package pgroles makes a service's database and the two roles that use it. The
// owner migrates; the service has what the owner grants it, and can neither take
// more nor change a table.
package pgroles

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ensureLock is the key of the session lock that makes callers of Ensure take
// turns: two CREATE ROLE of one name at once are an error.
const ensureLock = 4_217_900_331

// Database says what there shall be.
type Database struct {
	// Name is the database's, Role the service's.
	Name, Role string
	// Password returns the password of a role, of hexadecimal digits; nil where the
	// server asks for none.
	Password func(role string) string
}

// Owner returns the name of the role that owns what the role of a service uses.
func Owner(role string) string { return role + "_owner" }

// Ensure makes the roles and the database where they are missing and gives
// passwords anew, as the administrator of adminURL. Nobody else may connect. A
// database that belonged to the service's role itself goes to the owner, with all
// that is in it.
func Ensure(ctx context.Context, adminURL string, d Database) error {
	admin, err := pgx.ParseConfig(adminURL)
	if err != nil {
		return fmt.Errorf("read the administrator's URL: not valid")
	}
	conn, err := pgx.ConnectConfig(ctx, admin)
	if err != nil {
		return fmt.Errorf("reach the server: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, ensureLock); err != nil {
		return fmt.Errorf("wait for another caller: %w", err)
	}
	for _, role := range []string{Owner(d.Role), d.Role} {
		if err := d.ensureRole(ctx, conn, role); err != nil {
			return fmt.Errorf("make role %s: %w", role, err)
		}
	}
	if err := d.ensureDatabase(ctx, conn); err != nil {
		return fmt.Errorf("make database %s: %w", d.Name, err)
	}
	return nil
}

func (d Database) ensureRole(ctx context.Context, conn *pgx.Conn, role string) error {
	var there bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, role).Scan(&there)
	if err != nil {
		return err
	}
	statement := `CREATE ROLE ` + quote(role) + ` LOGIN`
	if there {
		statement = `ALTER ROLE ` + quote(role) + ` LOGIN`
	}
	if d.Password != nil {
		statement += ` PASSWORD '` + d.Password(role) + `'`
	}
	_, err = conn.Exec(ctx, statement)
	return err
}

func (d Database) ensureDatabase(ctx context.Context, conn *pgx.Conn) error {
	name, owner := quote(d.Name), quote(Owner(d.Role))
	var before string
	err := conn.QueryRow(ctx, `
		SELECT COALESCE((SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1), '')`, d.Name).Scan(&before)
	if err != nil {
		return err
	}
	switch before {
	case Owner(d.Role):
	case "":
		if _, err := conn.Exec(ctx, `CREATE DATABASE `+name+` OWNER `+owner); err != nil {
			return err
		}
	default:
		if err := d.handOver(ctx, conn, before); err != nil {
			return fmt.Errorf("hand it over to its owner: %w", err)
		}
	}
	for _, statement := range []string{
		`REVOKE ALL ON DATABASE ` + name + ` FROM PUBLIC`,
		`GRANT CONNECT ON DATABASE ` + name + ` TO ` + quote(d.Role),
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// handOver gives the owner a database, and in it what the service's role owned.
func (d Database) handOver(ctx context.Context, conn *pgx.Conn, before string) error {
	if before != d.Role {
		return fmt.Errorf("it belongs to %s", before)
	}
	config := conn.Config().Copy()
	config.Database = d.Name
	inside, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer inside.Close(context.WithoutCancel(ctx))
	_, err = inside.Exec(ctx, `REASSIGN OWNED BY `+quote(d.Role)+` TO `+quote(Owner(d.Role)))
	return err // the database itself is among what was owned
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
