// Package store keeps the register of prisoners and families in PostgreSQL. Each
// exported method is one business fact in one transaction; what is personal is
// sealed here on its way in and opened here on its way out, and nowhere else.
package store

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations are the service's goose migrations.
func Migrations() fs.FS {
	migrations, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return migrations
}

// Options are what a Store needs.
type Options struct {
	// DB is the service's own database.
	DB *postgres.DB
	// Keys seals and opens.
	Keys *seal.Keyring
	// Now is the clock.
	Now func() time.Time
	// CoolingOff is how long a changed destination waits; zero in development.
	CoolingOff time.Duration
}

// Store keeps the register. It is safe for concurrent use.
type Store struct {
	db         *postgres.DB
	keys       *seal.Keyring
	queue      *duty.Queue
	clock      func() time.Time
	coolingOff time.Duration
}

// New makes a Store over a migrated database.
func New(o Options) *Store {
	return &Store{db: o.DB, keys: o.Keys, queue: duty.NewQueue(), clock: o.Now, coolingOff: o.CoolingOff}
}

// now is the time in UTC, no finer than the database keeps it.
func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

// day is the UTC day of a time.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// Subjects of keys.
func familyKey(id string) string   { return "families/" + id }
func prisonerKey(id string) string { return "prisoners/" + id }
func importKey(id string) string   { return "prisonerImports/" + id }
func listKey(list string) string   { return "sourceLists/" + list }

// place is where a sealed value stands: the first value of a column sealed.
func place(table, row string) seal.Ref {
	return seal.Ref{Table: table, Column: "sealed", Row: row, Version: 1}
}

// seal writes v as JSON and seals it.
func (s *Store) seal(ctx context.Context, subject string, ref seal.Ref, v any) ([]byte, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("write %s.%s: %w", ref.Table, ref.Column, err)
	}
	return s.keys.Seal(ctx, subject, ref, plain)
}

// open opens a sealed value and reads it as JSON into v.
func (s *Store) open(ctx context.Context, subject string, ref seal.Ref, sealed []byte, v any) error {
	plain, err := s.keys.Open(ctx, subject, ref, sealed)
	if err != nil {
		return err
	}
	if json.Unmarshal(plain, v) != nil { // the error might quote the value
		return fmt.Errorf("read %s.%s of %s", ref.Table, ref.Column, ref.Row)
	}
	return nil
}

// orEmpty reads a column that may be NULL.
func orEmpty(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
