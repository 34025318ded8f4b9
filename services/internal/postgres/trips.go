package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// InTrips is InTx for a transaction that many wait for: BEGIN travels with the
// first statements and COMMIT with the last ones, which saves two round trips.
// ask queues the first statements, whose results are read before fn is called; fn
// returns the last ones, or nil where there are none. Like fn, ask may run again.
func (db *DB) InTrips(ctx context.Context, ask func(*pgx.Batch),
	fn func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error),
) error {
	return again(ctx, func() error { return db.trips(ctx, ask, fn) })
}

func (db *DB) trips(ctx context.Context, ask func(*pgx.Batch),
	fn func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error),
) error {
	conn, err := db.Pool.Acquire(ctx)
	if err != nil {
		return unreachable(ctx, err)
	}
	defer conn.Release()
	first := &pgx.Batch{}
	first.BeginTx(pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	ask(first)
	results := conn.SendBatch(ctx, first)
	err = results.Close()
	tx := results.Tx()
	var last *pgx.Batch
	if err == nil {
		last, err = fn(ctx, tx)
	}
	if err != nil {
		defer rollback(ctx, tx)
		return uncommitted(ctx, tx, err)
	}
	err = commit(ctx, tx, func(ctx context.Context) error {
		if last == nil {
			return tx.Commit(ctx)
		}
		return commitWith(ctx, conn.Conn(), last)
	})
	if err != nil {
		rollback(ctx, tx)
	}
	return err
}

// commitWith sends the last statements and COMMIT. Where one of them fails the
// server skips what comes after it, COMMIT too.
func commitWith(ctx context.Context, conn *pgx.Conn, last *pgx.Batch) error {
	var tag pgconn.CommandTag
	last.Queue("commit").Exec(func(t pgconn.CommandTag) error {
		tag = t
		return nil
	})
	err := conn.SendBatch(ctx, last).Close()
	if err == nil && tag.String() != "COMMIT" {
		return pgx.ErrTxCommitRollback
	}
	return err
}
