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

// NewCall makes the record of a call: subject is who calls (identity.Caller's
// Subject), method its full name, key what the client chose. forever keeps the
// record where money moves. The digest covers the request without its request_id,
// by an HMAC under a key derived from the idempotency key.
func NewCall(subject, method, key string, forever bool, req proto.Message) *Call {
	hash := sha256.Sum256([]byte(key))
	return &Call{
		scope:   subject + "|" + method,
		keyHash: hash[:],
		digest:  digest(key, method, req),
		forever: forever,
		durable: postgres.ReplayWrite,
	}
}

func digest(key, method string, req proto.Message) []byte {
	bare := proto.Clone(req)
	message := bare.ProtoReflect()
	if field := message.Descriptor().Fields().ByName("request_id"); field != nil {
		message.Clear(field)
	}
	canonical, err := proto.MarshalOptions{Deterministic: true}.Marshal(bare)
	if err != nil {
		panic(fmt.Sprintf("write a request: %v", err)) // it came in as this message
	}
	secret, err := hkdf.Key(sha256.New, []byte(key), nil, "solidarity/idempotency", sha256.Size)
	if err != nil {
		panic(fmt.Sprintf("derive a digest key: %v", err)) // 32 bytes is always possible
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s|%s|", method, message.Descriptor().FullName())
	mac.Write(canonical)
	return mac.Sum(nil)
}

// Keep is how long a record that is not kept forever lasts.
const Keep = 30 * 24 * time.Hour

// Prune deletes up to a thousand records made before the given time, those that
// are kept forever excepted, and returns how many it deleted.
func Prune(ctx context.Context, db *postgres.DB, before time.Time) (int, error) {
	var deleted int
	err := db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			DELETE FROM idempotency_keys WHERE (scope, key_hash) IN (
				SELECT scope, key_hash FROM idempotency_keys
				WHERE NOT forever AND created_at < $1 LIMIT 1000)`, before)
		deleted = int(tag.RowsAffected())
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("prune idempotency records: %w", err)
	}
	return deleted, nil
}
