package postgres_test

import (
	"context"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// A primary that stands still, or that is cut off, ends no connection and answers none.
// Callers must not wait for each of them in turn.
func TestConnectionsThatLeadNowhereAreGivenUp(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.Cluster(t, false)
	for _, test := range []struct {
		name, setting string
		serves        bool
	}{
		{"as it is", "", true},
		{"without the limit", "&pool_ping_timeout=1h", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db, err := postgres.Open(t.Context(), cluster.AdminURL("postgres")+test.setting)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			stall(t, db, 2)
			time.Sleep(1100 * time.Millisecond) // what has idled for a second is asked
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
			defer cancel()
			err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `SELECT 1`)
				return err
			})
			if (err == nil) != test.serves {
				t.Errorf("while two connections lead nowhere: %v", err)
			}
		})
	}
}

// stall makes n connections of the pool's whose server processes stand still.
func stall(t *testing.T, db *postgres.DB, n int) {
	t.Helper()
	var held []*pgxpool.Conn
	for range n {
		conn, err := db.Pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, conn)
	}
	for _, conn := range held {
		pid := int(conn.Conn().PgConn().PID())
		conn.Release()
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Kill(pid, syscall.SIGCONT) }) // its server may have ended it
	}
}
