package idempotency

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// WithoutReplayWrite switches off what makes a replay wait for standbys.
func WithoutReplayWrite(call *Call) *Call {
	call.durable = func(context.Context, pgx.Tx) error { return nil }
	return call
}

// Stored is what is written of a call's key and request.
func Stored(call *Call) (keyHash, digest []byte) { return call.keyHash, call.digest }
