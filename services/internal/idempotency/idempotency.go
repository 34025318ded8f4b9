// Package idempotency gives a repeated call one effect. Key, digest and effect
// are written in one transaction; a replay finds the record, writes to the log
// before it commits, and is answered with the resource of the first call.
package idempotency

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// KeyReused is the reason of the fault for a key that came with another request.
const KeyReused = "IDEMPOTENCY_KEY_REUSED"

// Effect is a business fact written in tx; it returns the name of the resource
// that the call answers, empty where there is none. It may run again.
type Effect = func(ctx context.Context, tx pgx.Tx) (name string, err error)

// Once runs effect in one transaction together with the record of the call that
// ctx carries; without one it is a plain transaction. If the record is there
// already, effect is not run, the name that it once returned is, and
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
		return "", errors.New("one call has one effect: Once was called twice")
	}
	name, replayed, err := once(ctx, db, call, effect)
	if err != nil {
		call.busy.Store(false) // nothing is recorded, or a repeat finds it
		return "", err
	}
	call.Replayed = replayed
	return name, nil
}

func plain(ctx context.Context, db *postgres.DB, effect Effect) (name string, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		name, err = effect(ctx, tx)
		return err
	})
	return name, err
}

func once(ctx context.Context, db *postgres.DB, call *Call, effect Effect) (name string, replayed bool, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		claimed, err := claim(ctx, tx, call)
		if err != nil {
			return err
		}
		if replayed = !claimed; replayed {
			name, err = replay(ctx, tx, call)
			return err
		}
		if name, err = effect(ctx, tx); err != nil {
			return err
		}
		return finish(ctx, tx, call, name)
	})
	return name, replayed, err
}

// claim writes the call's record. Where another transaction has written one, it
// waits for its end and returns false if that committed.
func claim(ctx context.Context, tx pgx.Tx, call *Call) (bool, error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO idempotency_keys (scope, key_hash, digest, resource, forever)
		VALUES ($1, $2, $3, '', $4)
		ON CONFLICT (scope, key_hash) DO NOTHING`,
		call.scope, call.keyHash, call.digest, call.forever)
	if err != nil {
		return false, fmt.Errorf("claim idempotency key: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func finish(ctx context.Context, tx pgx.Tx, call *Call, name string) error {
	if name == "" {
		return nil
	}
	if _, err := tx.Exec(ctx, `
		UPDATE idempotency_keys SET resource = $3 WHERE scope = $1 AND key_hash = $2`,
		call.scope, call.keyHash, name); err != nil {
		return fmt.Errorf("finish idempotency record: %w", err)
	}
	return nil
}

func replay(ctx context.Context, tx pgx.Tx, call *Call) (name string, err error) {
	var digest []byte
	if err := tx.QueryRow(ctx, `
		SELECT digest, resource FROM idempotency_keys WHERE scope = $1 AND key_hash = $2`,
		call.scope, call.keyHash).Scan(&digest, &name); err != nil {
		return "", fmt.Errorf("read idempotency record: %w", err)
	}
	if !bytes.Equal(digest, call.digest) {
		return "", fault.New(fault.Precondition, KeyReused,
			"The idempotency key was used with another request.")
	}
	if err := call.durable(ctx, tx); err != nil {
		return "", err
	}
	return name, nil
}

// Call is one mutating call with an idempotency key. It belongs to one request.
type Call struct {
	// Replayed is true after Once found that the effect had been there before.
	Replayed bool

	scope           string
	keyHash, digest []byte
	forever         bool
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
