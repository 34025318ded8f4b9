// Package sealtest makes keyrings for tests: a fresh master key and a key store
// of the test's own in the shared test PostgreSQL.
package sealtest

import (
	"path/filepath"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// New returns a keyring that nobody else uses.
func New(t testing.TB) *seal.Keyring {
	t.Helper()
	return seal.New(Master(t), postgrestest.New(t, seal.KeyStoreMigrations()))
}

// Master returns a fresh master key.
func Master(t testing.TB) seal.Master {
	t.Helper()
	master, err := seal.LoadMaster(filepath.Join(t.TempDir(), "master.json"), true)
	if err != nil {
		t.Fatalf("make a master key: %v", err)
	}
	return master
}
