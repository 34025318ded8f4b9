package idempotency

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Secret is a service's own, 32 bytes, for all that is stored of keys and requests: who
// reads the records can confirm no guess at either. It never changes: by another one no
// call would be known again.
type Secret []byte

// NewCall makes the record of a call: subject is who calls (identity.Caller's
// Subject), method its full name, key what the client chose. forever keeps the
// record where money moves; now is when it came. The digest covers the request
// without its request_id, by an HMAC under a key derived from the secret and the
// idempotency key.
func (s Secret) NewCall(subject, method, key string, forever bool, now time.Time, req proto.Message) *Call {
	scope := subject + "|" + method
	return &Call{
		scope:   scope,
		keyHash: s.hash(scope, key),
		digest:  s.digest(key, method, req),
		forever: forever,
		at:      now,
		durable: postgres.ReplayWrite,
	}
}

// hash is by what a record is found again.
func (s Secret) hash(scope, key string) []byte {
	mac := hmac.New(sha256.New, s)
	fmt.Fprintf(mac, "key|%s|%s", scope, key)
	return mac.Sum(nil)
}

func (s Secret) digest(key, method string, req proto.Message) []byte {
	bare := proto.Clone(req)
	message := bare.ProtoReflect()
	if field := message.Descriptor().Fields().ByName("request_id"); field != nil {
		message.Clear(field)
	}
	canonical, err := proto.MarshalOptions{Deterministic: true}.Marshal(bare)
	if err != nil {
		panic(fmt.Sprintf("write a request: %v", err)) // it came in as this message
	}
	derived, err := hkdf.Key(sha256.New, s, []byte(key), "solidarity/idempotency", sha256.Size)
	if err != nil {
		panic(fmt.Sprintf("derive a digest key: %v", err)) // 32 bytes is always possible
	}
	mac := hmac.New(sha256.New, derived)
	fmt.Fprintf(mac, "%s|%s|", method, message.Descriptor().FullName())
	mac.Write(canonical)
	return mac.Sum(nil)
}

// Keep is how long a record that is not kept forever lasts, after its day.
const Keep = 30 * 24 * time.Hour

const (
	// pruneBatch is how many records one transaction deletes.
	pruneBatch = 1000
	// pruneTime bounds how long Prune goes on; it deletes some 10,000 records a second.
	pruneTime = 20 * time.Second
)

// Pruner returns the task of deleting what is old enough by now.
func Pruner(db *postgres.DB, now func() time.Time) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_, err := Prune(ctx, db, now().Add(-Keep))
		return err
	}
}

// Prune deletes the records made before the day of the given time, those that are kept forever
// excepted, and returns how many it deleted. It stops after 20 s; what is left then is
// for the next. Any number of replicas may prune at once: none waits for another.
func Prune(ctx context.Context, db *postgres.DB, before time.Time) (int, error) {
	limited, cancel := context.WithTimeout(ctx, pruneTime)
	defer cancel()
	for total := 0; ; {
		n, err := prune(limited, db, before)
		total += n
		switch {
		case err != nil && limited.Err() != nil && ctx.Err() == nil:
			return total, nil // time is over
		case err != nil:
			return total, fmt.Errorf("prune idempotency records: %w", err)
		case n < pruneBatch:
			return total, nil
		}
	}
}

// prune deletes one batch.
func prune(ctx context.Context, db *postgres.DB, before time.Time) (deleted int, err error) {
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			DELETE FROM idempotency_keys WHERE (scope, key_hash) IN (
				SELECT scope, key_hash FROM idempotency_keys
				WHERE NOT forever AND created_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)`, before, pruneBatch)
		deleted = int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return 0, err
	}
	return deleted, nil
}
