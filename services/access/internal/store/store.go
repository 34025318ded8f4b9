// Package store keeps people, grants and freezes in PostgreSQL. Each exported
// method is one transaction and one fact; who somebody is at the identity
// provider reaches it as a digest only.
package store

import (
	"embed"
	"io/fs"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the numbered migrations of the access database.
func Migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil { // cannot happen: the folder is embedded
		panic(err)
	}
	return sub
}

// Store is the access database.
type Store struct {
	db    *postgres.DB
	queue *duty.Queue
}

// New returns a store over db whose decisions are queued for the ledger.
func New(db *postgres.DB, queue *duty.Queue) *Store { return &Store{db: db, queue: queue} }
