package server_test

import (
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// A key store that does not answer holds a family for some seconds, not for as long as
// a session may idle.
func TestASilentKeyStoreHoldsAFamilyForSecondsOnly(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	db, keyStore, master := postgrestest.New(t, store.Migrations()), postgrestest.New(t, seal.KeyStoreMigrations()), sealtest.Master(t)
	name := newBenchOn(t, db, seal.New(master, keyStore)).family()

	// Given a process without keys in memory, and a key store that answers nothing,
	b := newBenchOn(t, db, seal.New(master, keyStore))
	lock, err := postgrestest.Owner(t, keyStore).Pool.Begin(ctx)
	must(t, err)
	defer lock.Rollback(ctx)
	if _, err := lock.Exec(ctx, `LOCK TABLE subject_keys IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}

	// when a member is added,
	start := time.Now()
	_, err = b.caseworker(olga).household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: name, Member: newMember()})

	// then the call fails in time, and the family is free again.
	if err == nil || time.Since(start) > 20*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
	tx, err := db.Pool.Begin(ctx)
	must(t, err)
	defer tx.Rollback(ctx)
	if _, err := tx.Exec(ctx, `SELECT FROM families FOR UPDATE NOWAIT`); err != nil {
		t.Errorf("the family is still locked: %v", err)
	}
}
