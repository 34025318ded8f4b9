package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const keyColumns = `id, partner_id, kind, prefix, sha256, created_at, revoked_at`

var keyKinds = words[partner.KeyKind]{partner.Publishable: "PUBLISHABLE", partner.Secret: "SECRET"}

// keyRow is a row of partner_keys.
type keyRow struct {
	ID        string
	PartnerID string
	Kind      string
	Prefix    string
	SHA256    []byte `db:"sha256"`
	CreatedAt time.Time
	RevokedAt *time.Time
}

func (r keyRow) key() partner.Key {
	return partner.Key{
		ID: r.ID, Partner: r.PartnerID, Kind: keyKinds.of(r.Kind), Prefix: r.Prefix, SHA256: r.SHA256,
		CreatedAt: r.CreatedAt, RevokedAt: r.RevokedAt,
	}
}

func insertKey(ctx context.Context, tx pgx.Tx, k partner.Key) error {
	_, err := tx.Exec(ctx, `INSERT INTO partner_keys (`+keyColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		k.ID, k.Partner, keyKinds[k.Kind], k.Prefix, k.SHA256, k.CreatedAt, k.RevokedAt)
	if err != nil {
		return fmt.Errorf("insert key: %w", err)
	}
	return nil
}

// CreateKey adds a key to its partner, up to the most that a partner may have.
func (s *Store) CreateKey(ctx context.Context, k partner.Key) (string, error) {
	return s.once(ctx, func(ctx context.Context, tx pgx.Tx) (string, error) {
		var active int
		err := tx.QueryRow(ctx, `SELECT (SELECT count(*) FROM partner_keys WHERE partner_id = p.id AND revoked_at IS NULL)
			FROM partners AS p WHERE id = $1 FOR UPDATE`, k.Partner).Scan(&active)
		switch {
		case postgres.IsNotFound(err):
			return "", fault.Missing("partner")
		case err != nil:
			return "", fmt.Errorf("count keys: %w", err)
		case active >= partner.MaxKeys:
			return "", fault.New(fault.Precondition, "TOO_MANY_KEYS", "The partner has as many active keys as it may have.")
		}
		return keyName(k.Partner, k.ID), insertKey(ctx, tx, k)
	})
}

// Key returns a key of a partner.
func (s *Store) Key(ctx context.Context, partnerID, id string) (partner.Key, error) {
	return postgres.One(ctx, s.db.Pool, "key", toKey, `SELECT `+keyColumns+` FROM partner_keys
		WHERE partner_id = $1 AND id = $2`, partnerID, id)
}

// KeyByDigest returns the key with a credential's digest, revoked or not.
func (s *Store) KeyByDigest(ctx context.Context, sha256 []byte) (partner.Key, error) {
	return postgres.One(ctx, s.db.Pool, "key", toKey, `SELECT `+keyColumns+` FROM partner_keys WHERE sha256 = $1`, sha256)
}

// Keys lists a partner's keys, newest first.
func (s *Store) Keys(ctx context.Context, partnerID string, p page.Page) ([]partner.Key, error) {
	at, id, err := p.NewestFirst()
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "keys", toKey, `SELECT `+keyColumns+` FROM partner_keys
		WHERE partner_id = $1 AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4`,
		partnerID, at, id, p.Limit())
}

func toKey(r pgx.CollectableRow) (partner.Key, error) {
	row, err := pgx.RowToStructByName[keyRow](r)
	return row.key(), err
}

// RevokeKey ends a key; ending it again changes nothing.
func (s *Store) RevokeKey(ctx context.Context, partnerID, id string) (string, error) {
	return s.once(ctx, func(ctx context.Context, tx pgx.Tx) (string, error) {
		tag, err := tx.Exec(ctx, `UPDATE partner_keys SET revoked_at = COALESCE(revoked_at, $3)
			WHERE partner_id = $1 AND id = $2`, partnerID, id, s.now())
		if err != nil {
			return "", fmt.Errorf("revoke key: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return "", fault.Missing("key")
		}
		return keyName(partnerID, id), nil
	})
}

func keyName(partnerID, id string) string { return "partners/" + partnerID + "/keys/" + id }
