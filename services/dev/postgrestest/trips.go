package postgrestest

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Trips counts how often a database is asked and waited for. Statements that
// travel together count once. It is safe for concurrent use.
type Trips struct{ n atomic.Int64 }

var (
	_ pgx.QueryTracer = (*Trips)(nil)
	_ pgx.BatchTracer = (*Trips)(nil)
)

// Counted returns db seen through a counter of trips.
func Counted(t testing.TB, db *postgres.DB) (*postgres.DB, *Trips) {
	t.Helper()
	trips := &Trips{}
	config := db.Pool.Config()
	config.ConnConfig.Tracer = trips
	// A connection that idled is not tried first: that would be one more trip.
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatalf("open counted database: %v", err)
	}
	t.Cleanup(pool.Close)
	return &postgres.DB{Pool: pool, Bulk: db.Bulk}, trips
}

// During counts the trips while f runs.
func (c *Trips) During(f func()) int64 {
	before := c.n.Load()
	f()
	return c.n.Load() - before
}

// TraceQueryStart counts one trip.
func (c *Trips) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	c.n.Add(1)
	return ctx
}

// TraceQueryEnd does nothing.
func (c *Trips) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchStart counts one trip.
func (c *Trips) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	c.n.Add(1)
	return ctx
}

// TraceBatchQuery does nothing: the batch is counted.
func (c *Trips) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd does nothing.
func (c *Trips) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
