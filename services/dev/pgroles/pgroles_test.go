package pgroles_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
)

func TestADatabaseThatTheServiceOwnedGoesToItsOwner(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	// Given a database from before there were owners,
	cluster := postgrestest.Cluster(t, false)
	admin := connect(t, cluster.AdminURL("postgres"))
	for _, statement := range []string{`CREATE ROLE svc LOGIN`, `CREATE ROLE other LOGIN`, `CREATE DATABASE svc OWNER svc`, `CREATE DATABASE other OWNER other`} {
		if _, err := admin.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	service := connect(t, cluster.URL("svc", "svc"))
	if _, err := service.Exec(ctx, `CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)`); err != nil {
		t.Fatal(err)
	}
	// when it is ensured, twice,
	for range 2 {
		if err := pgroles.Ensure(ctx, cluster.AdminURL("postgres"), pgroles.Database{Name: "svc", Role: "svc"}); err != nil {
			t.Fatal(err)
		}
	}
	// then the service owns nothing any more, and nothing is lost.
	for _, statement := range []string{`SELECT FROM kept`, `DROP TABLE kept`, `CREATE TABLE mine (n int)`, `CREATE TEMPORARY TABLE mine (n int)`} {
		if _, err := service.Exec(ctx, statement); err == nil {
			t.Errorf("allowed to the service: %s", statement)
		}
	}
	var n int
	if err := connect(t, cluster.URL("svc_owner", "svc")).QueryRow(ctx, `SELECT n FROM kept`).Scan(&n); err != nil || n != 7 {
		t.Errorf("the owner reads %d, %v", n, err)
	}
	// Another's database is left alone,
	if err := pgroles.Ensure(ctx, cluster.AdminURL("postgres"), pgroles.Database{Name: "other", Role: "svc"}); err == nil {
		t.Error("a database was taken from another role")
	}
	// and nobody else gets in.
	if conn, err := pgx.Connect(ctx, cluster.URL("other", "svc")); err == nil {
		conn.Close(ctx)
		t.Error("another role may connect")
	}
}

func TestABadURLIsNotQuoted(t *testing.T) {
	t.Parallel()
	err := pgroles.Ensure(t.Context(), "postgres://me:topsecret@host:notaport/db", pgroles.Database{Name: "x", Role: "x"})
	if err == nil || err.Error() != "read the administrator's URL: not valid" {
		t.Errorf("error: %v", err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}
