// Package postgrestest gives each test a PostgreSQL database of its own, made in
// milliseconds from a migrated template. One real server runs per test process,
// started at first use; it ends with the process.
package postgrestest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// role is the one that tests use: like a service's it owns nothing, and has the
// rights that the migrations give it.
const role = "tester"

// shared is the process's one server. It is the only package variable of the
// project that changes: a test process has no main of ours to hold it.
var shared = sync.OnceValues(start)

// Tables are a test's own, made by one migration, after those that it stands on.
func Tables(migration string, others ...postgres.Owner) postgres.Migrations {
	return append(others, postgres.Owner{Name: "test", Files: fstest.MapFS{
		"migrations/00001_test.sql": {Data: []byte("-- +goose Up\n" + migration)},
	}})
}

// New returns a database of the test's own with the given migrations applied. It is
// dropped when the test ends.
func New(t testing.TB, migrations postgres.Migrations) *postgres.DB {
	t.Helper()
	db, err := postgres.Open(context.Background(), URL(t, migrations))
	if err != nil {
		t.Fatalf("open test database: %v", err)
	}
	t.Cleanup(db.Close)
	return db
}

// Owner opens the same database again as the role that owns its tables, for tests
// that take a protection away.
func Owner(t testing.TB, db *postgres.DB) *postgres.DB {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("start the tests' PostgreSQL: %v", err)
	}
	owner, err := postgres.Open(context.Background(), s.cluster.OwnerURL(role, db.Pool.Config().ConnConfig.Database))
	if err != nil {
		t.Fatalf("open test database as its owner: %v", err)
	}
	t.Cleanup(owner.Close)
	return owner
}

// URL is New for those who open the database themselves.
func URL(t testing.TB, migrations postgres.Migrations) string {
	t.Helper()
	url, _ := URLs(t, migrations)
	return url
}

// URLs is URL with that of the owner, for those who migrate themselves.
func URLs(t testing.TB, migrations postgres.Migrations) (url, ownerURL string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	s, err := shared()
	if err != nil {
		t.Fatalf("start the tests' PostgreSQL: %v", err)
	}
	template, err := s.template(ctx, migrations)
	if err != nil {
		t.Fatalf("prepare the tests' database: %v", err)
	}
	name := s.nextName()
	if err := s.admin(ctx, `CREATE DATABASE `+name+` TEMPLATE `+template+` STRATEGY FILE_COPY OWNER `+pgroles.Owner(role)); err != nil {
		t.Fatalf("make test database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.admin(ctx, `DROP DATABASE `+name+` WITH (FORCE)`); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return s.cluster.URL(role, name), s.cluster.OwnerURL(role, name)
}

// server is the process's PostgreSQL and the templates made on it so far.
type server struct {
	cluster *pgcluster.Cluster

	mu        sync.Mutex // guards the rest
	templates map[string]func() error
	databases int
}

func (s *server) nextName() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.databases++
	return fmt.Sprintf("test_%d", s.databases)
}

// template returns the name of a database with the migrations applied, making it
// for the first who asks while others wait.
func (s *server) template(ctx context.Context, migrations postgres.Migrations) (string, error) {
	hash, err := contentHash(migrations)
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	name := "template_" + hash
	s.mu.Lock()
	build, ok := s.templates[name]
	if !ok {
		build = sync.OnceValue(func() error {
			if err := s.cluster.EnsureDatabase(ctx, role, name); err != nil {
				return err
			}
			return postgres.Migrate(ctx, s.cluster.OwnerURL(role, name), migrations, role)
		})
		s.templates[name] = build
	}
	s.mu.Unlock()
	return name, build()
}

// admin runs one statement as superuser.
func (s *server) admin(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, s.cluster.AdminURL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// contentHash names a set of migrations by what is in it.
func contentHash(migrations postgres.Migrations) (string, error) {
	hash := sha256.New()
	for _, o := range migrations {
		fmt.Fprintf(hash, "%s\x00", o.Name)
		if o.Files == nil {
			continue
		}
		err := fs.WalkDir(o.Files, ".", func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			content, err := fs.ReadFile(o.Files, path)
			if err != nil {
				return err
			}
			fmt.Fprintf(hash, "%s\x00%d\x00%s", path, len(content), content)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:8]), nil
}
