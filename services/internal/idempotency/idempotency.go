// Package idempotency gives a repeated call one effect. Key, digest and effect
// are written in one transaction; a replay finds the record, writes to the log
// before it commits, and is answered with the result of the first call.
package idempotency

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// KeyReused is the reason of the fault for a key that came with another request.
const KeyReused = fault.ReasonIdempotencyKeyReused

// Effect is a business fact written in tx; it returns the id of the object that
// the call answers with, empty where there is none. It may run again.
type Effect = func(ctx context.Context, tx pgx.Tx) (id string, err error)

// Once runs effect in one transaction together with the record of the call that
// ctx carries; without one it is a plain transaction. If the record is there
// already, effect is not run, the id that it once returned is returned, and
// From(ctx).Replayed is true. The same key with another request is fault
// Precondition, IDEMPOTENCY_KEY_REUSED; a first call that is still running is
// waited for, and in the end fault Aborted. An effect that returns an error
// leaves no record: the key can be used again.
func Once(ctx context.Context, db *postgres.DB, effect Effect) (string, error) {
	call := From(ctx)
	if call == nil {
		return plain(ctx, db, effect)
	}
	if !call.busy.CompareAndSwap(false, true) {
		return "", errTwice
	}
	id, replayed, err := once(ctx, db, call, effect)
	if err != nil {
		call.busy.Store(false) // nothing is recorded, or a repeat finds it
		return "", err
	}
	call.Replayed = replayed
	return id, nil
}

// Earlier returns the id that an earlier call with the key of ctx's call has
// answered with, and whether there was one; then From(ctx).Replayed is true. It is
// for what must not be asked again outside the effect. A first call that is still
// running does not count: Once waits for it.
func Earlier(ctx context.Context, db *postgres.DB) (id string, found bool, err error) {
	call := From(ctx)
	if call == nil {
		return "", false, nil
	}
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = replay(ctx, tx, call)
		found = !postgres.IsNotFound(err)
		if !found {
			return nil
		}
		return err
	})
	if err != nil || !found {
		return "", false, err
	}
	call.Replayed = true
	return id, true, nil
}

func plain(ctx context.Context, db *postgres.DB, effect Effect) (id string, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		id, err = effect(ctx, tx)
		return err
	})
	return id, err
}

func once(ctx context.Context, db *postgres.DB, call *Call, effect Effect) (id string, replayed bool, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		claimed, err := claim(ctx, tx, call)
		if err != nil {
			return err
		}
		if replayed = !claimed; replayed {
			id, err = replay(ctx, tx, call)
			return err
		}
		if id, err = effect(ctx, tx); err != nil {
			return err
		}
		return finish(ctx, tx, call, id)
	})
	return id, replayed, err
}

// insertRecord writes a call's record unless there is one.
const insertRecord = `INSERT INTO idempotency_keys (scope, key_hash, digest, resource, forever, created_at)
	VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (scope, key_hash) DO NOTHING`

// claim writes the call's record. Where another transaction has written one, it
// waits for its end and returns false if that committed.
func claim(ctx context.Context, tx pgx.Tx, call *Call) (bool, error) {
	tag, err := tx.Exec(ctx, insertRecord, call.scope, call.keyHash, call.digest, "", call.forever, call.at.UTC())
	if err != nil {
		return false, fmt.Errorf("claim idempotency key: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func finish(ctx context.Context, tx pgx.Tx, call *Call, id string) error {
	if id == "" {
		return nil
	}
	if _, err := tx.Exec(ctx, `
		UPDATE idempotency_keys SET resource = $3 WHERE scope = $1 AND key_hash = $2`,
		call.scope, call.keyHash, id); err != nil {
		return fmt.Errorf("finish idempotency record: %w", err)
	}
	return nil
}

func replay(ctx context.Context, tx pgx.Tx, call *Call) (id string, err error) {
	var digest []byte
	if err := tx.QueryRow(ctx, `
		SELECT digest, resource FROM idempotency_keys WHERE scope = $1 AND key_hash = $2`,
		call.scope, call.keyHash).Scan(&digest, &id); err != nil {
		return "", fmt.Errorf("read idempotency record: %w", err)
	}
	if !bytes.Equal(digest, call.digest) {
		return "", fault.New(fault.Precondition, KeyReused,
			"The idempotency key was used with another request.")
	}
	if err := call.durable(ctx, tx); err != nil {
		return "", err
	}
	return id, nil
}

// Call is one mutating call with an idempotency key. It belongs to one request.
type Call struct {
	// Replayed is true after Once found that the effect had been there before.
	Replayed bool

	scope           string
	keyHash, digest []byte
	forever         bool
	at              time.Time
	busy            atomic.Bool                                // set while and after Once has its effect
	durable         func(ctx context.Context, tx pgx.Tx) error // postgres.ReplayWrite, but for the test without it
}

type contextKey struct{}

// Into returns a context that carries call.
func Into(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, contextKey{}, call)
}

// From returns the context's call, nil where there is none.
func From(ctx context.Context) *Call {
	call, _ := ctx.Value(contextKey{}).(*Call)
	return call
}

// Replayed reports whether the context's call is a repeat whose effect was there
// before.
func Replayed(ctx context.Context) bool {
	call := From(ctx)
	return call != nil && call.Replayed
}
