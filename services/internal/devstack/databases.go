package devstack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// databases makes the databases and roles of the services and knows their URLs.
type databases interface {
	EnsureDatabase(ctx context.Context, role, database string) error
	URL(role, database string) string
}

// server is a PostgreSQL that somebody else runs, reached as an administrator
// who may create roles and databases.
type server struct {
	admin *url.URL
	seed  []byte // role passwords are derived from it
}

func newServer(adminURL string, seed []byte) (*server, error) {
	u, err := url.Parse(adminURL)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, fmt.Errorf("--database-url must look like postgres://user:password@host:5432/postgres")
	}
	return &server{admin: u, seed: seed}, nil
}

// EnsureDatabase creates the role and its database where they are missing.
func (s *server) EnsureDatabase(ctx context.Context, role, database string) error {
	conn, err := pgx.Connect(ctx, s.admin.String())
	if err != nil {
		return errors.New("cannot connect to the PostgreSQL of --database-url: check that it runs, and address, user and password")
	}
	defer conn.Close(ctx)
	var roleThere, databaseThere bool
	if err := conn.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1),
		       EXISTS (SELECT FROM pg_database WHERE datname = $2)`, role, database).
		Scan(&roleThere, &databaseThere); err != nil {
		return fmt.Errorf("look for database %s: %w", database, err)
	}
	quoted := pgx.Identifier{role}.Sanitize()
	create := "CREATE ROLE " + quoted + " LOGIN"
	if roleThere {
		create = "ALTER ROLE " + quoted
	}
	statements := []string{create + " PASSWORD '" + s.password(role) + "'"} // hexadecimal digits only
	if !databaseThere {
		statements = append(statements,
			"CREATE DATABASE "+pgx.Identifier{database}.Sanitize()+" OWNER "+quoted,
			"REVOKE CONNECT ON DATABASE "+pgx.Identifier{database}.Sanitize()+" FROM PUBLIC")
	}
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make database %s: %w", database, err)
		}
	}
	return nil
}

// URL is how role reaches its database.
func (s *server) URL(role, database string) string {
	u := *s.admin
	u.User = url.UserPassword(role, s.password(role))
	u.Path = "/" + database
	return u.String()
}

func (s *server) password(role string) string {
	mac := hmac.New(sha256.New, s.seed)
	mac.Write([]byte(role))
	return hex.EncodeToString(mac.Sum(nil))
}
