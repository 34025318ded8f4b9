package idempotency

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// OnceInTrips is Once for an effect whose id is known before it runs, on a path that
// many wait on: BEGIN, the record and what ask queues are one trip to the database,
// what effect returns and COMMIT another. The results of ask are there when effect
// is called; ask is also sent where effect is not called, so it must only read.
func OnceInTrips(ctx context.Context, db *postgres.DB, id string, ask func(*pgx.Batch),
	effect func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error),
) (string, error) {
	call := From(ctx)
	if call == nil {
		return id, db.InTrips(ctx, ask, effect)
	}
	if !call.busy.CompareAndSwap(false, true) {
		return "", errTwice
	}
	first, replayed, err := onceInTrips(ctx, db, call, id, ask, effect)
	if err != nil {
		call.busy.Store(false) // nothing is recorded, or a repeat finds it
		return "", err
	}
	call.Replayed = replayed
	return first, nil
}

// errTwice is a defect of a handler.
var errTwice = errors.New("one call has one effect: Once was called twice")

func onceInTrips(ctx context.Context, db *postgres.DB, call *Call, id string, ask func(*pgx.Batch),
	effect func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error),
) (first string, replayed bool, err error) {
	err = db.InTrips(ctx, func(q *pgx.Batch) {
		q.Queue(insertRecord, call.scope, call.keyHash, call.digest, id, call.forever, call.at).Exec(func(tag pgconn.CommandTag) error {
			replayed = tag.RowsAffected() == 0
			return nil
		})
		ask(q)
	}, func(ctx context.Context, tx pgx.Tx) (last *pgx.Batch, err error) {
		if replayed {
			first, err = replay(ctx, tx, call)
			return nil, err
		}
		first = id
		return effect(ctx, tx)
	})
	return first, replayed, err
}
