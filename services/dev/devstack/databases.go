package devstack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
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

// EnsureDatabase creates the role, its database and that one's owner where they
// are missing.
func (s *server) EnsureDatabase(ctx context.Context, role, database string) error {
	err := pgroles.Ensure(ctx, s.admin.String(), pgroles.Database{Name: database, Role: role, Password: s.password})
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) {
		return errors.New("cannot connect to the PostgreSQL of --database-url: check that it runs, and address, user and password")
	}
	return err
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
