// Package store keeps people, grants and freezes in PostgreSQL. Each exported
// method is one transaction and one fact; who somebody is at the identity
// provider reaches it as a digest only.
package store

import (
	"embed"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

//go:embed migrations
var migrations embed.FS

// Migrations make the service's tables and those that it stands on.
func Migrations() postgres.Migrations {
	return postgres.Migrations{
		idempotency.Tables(), duty.Tables(), {Name: "access", Files: migrations},
	}
}

// Store is the access database.
type Store struct{ db *postgres.DB }

// New returns a store over db.
func New(db *postgres.DB) *Store { return &Store{db: db} }
