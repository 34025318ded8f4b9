package postgrestest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Rows counts the rows of tables and the entries of indexes that a database looks at,
// so that a test can see whether a list is found or searched for.
type Rows struct {
	t    testing.TB
	pool *pgxpool.Pool
}

// Watched returns db seen through a counter of rows. It has one connection.
func Watched(t testing.TB, db *postgres.DB) (*postgres.DB, *Rows) {
	t.Helper()
	config := db.Pool.Config()
	config.MaxConns, config.MinConns = 1, 0
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatalf("open watched database: %v", err)
	}
	t.Cleanup(pool.Close)
	return &postgres.DB{Pool: pool, Bulk: db.Bulk}, &Rows{t: t, pool: pool}
}

// During counts what is looked at while f runs.
func (r *Rows) During(f func()) int64 {
	r.t.Helper()
	before := r.total()
	f()
	return r.total() - before
}

func (r *Rows) total() (n int64) {
	r.t.Helper()
	ctx := context.Background()
	_, err := r.pool.Exec(ctx, `SELECT pg_stat_force_next_flush()`)
	if err == nil {
		err = r.pool.QueryRow(ctx, `
			SELECT (SELECT COALESCE(sum(seq_tup_read), 0) FROM pg_stat_user_tables)
				+ (SELECT COALESCE(sum(idx_tup_read), 0) FROM pg_stat_user_indexes)`).Scan(&n)
	}
	if err != nil {
		r.t.Fatalf("count rows: %v", err)
	}
	return n
}
