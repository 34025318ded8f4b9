package postgrestest_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	migrations := postgrestest.Tables("CREATE TABLE note (text text NOT NULL);")

	// Given two databases from the same migrations,
	one, other := postgrestest.New(t, migrations), postgrestest.New(t, migrations)
	// when one is written to,
	if _, err := one.Pool.Exec(ctx, `INSERT INTO note (text) VALUES ('here')`); err != nil {
		t.Fatal(err)
	}
	// then the other stays empty.
	var rows int
	if err := other.Pool.QueryRow(ctx, `SELECT count(*) FROM note`).Scan(&rows); err != nil || rows != 0 {
		t.Fatalf("rows in the other database: %d, %v; want 0", rows, err)
	}
}

func TestTheRoleOfTestsIsLikeAServices(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, nil)
	const query = `SELECT rolsuper, pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()), 'MEMBER')
		FROM pg_roles WHERE rolname = current_user`
	var super, owns bool
	err := db.Pool.QueryRow(context.Background(), query).Scan(&super, &owns)
	if err != nil || super || owns {
		t.Errorf("superuser: %v, owner: %v, %v; want neither", super, owns, err)
	}
	err = postgrestest.Owner(t, db).Pool.QueryRow(context.Background(), query).Scan(&super, &owns)
	if err != nil || super || !owns {
		t.Errorf("the owner: superuser: %v, owner: %v, %v", super, owns, err)
	}
}

func TestTripsCountEachWait(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, trips := postgrestest.Counted(t, postgrestest.New(t, nil))
	ask := func() {
		if _, err := db.Pool.Exec(ctx, `SELECT 1`); err != nil {
			t.Error(err)
		}
	}
	for want := range int64(3) {
		if got := trips.During(func() {
			for range want {
				ask()
			}
		}); got != want {
			t.Errorf("%d trips counted as %d", want, got)
		}
	}
	together := &pgx.Batch{}
	together.Queue(`SELECT 1`)
	together.Queue(`SELECT 2`)
	if got := trips.During(func() {
		if err := db.Pool.SendBatch(ctx, together).Close(); err != nil {
			t.Error(err)
		}
	}); got != 1 {
		t.Errorf("statements that travel together: %d trips", got)
	}
}

func TestRowsThatAreLookedAtAreCounted(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	migrations := postgrestest.Tables(`
CREATE TABLE note (id integer PRIMARY KEY, text text NOT NULL);
INSERT INTO note SELECT n, 'note' FROM generate_series(1, 10000) n;
`)
	db, rows := postgrestest.Watched(t, postgrestest.New(t, migrations))
	read := func(sql string, args ...any) int64 {
		return rows.During(func() {
			if _, err := db.Pool.Exec(ctx, sql, args...); err != nil {
				t.Fatal(err)
			}
		})
	}
	if n := read(`SELECT text FROM note WHERE id = $1`, 5000); n < 1 || n > 10 {
		t.Errorf("a look-up looks at %d rows", n)
	}
	if n := read(`SELECT text FROM note WHERE text = $1`, "none"); n != 10_000 {
		t.Errorf("a search looks at %d rows, want 10000", n)
	}
}
