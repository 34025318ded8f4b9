package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

const keyColumns = `id, partner_id AS partner, kind, prefix, sha256, created_at, revoked_at, version`

func toKey(r pgx.CollectableRow) (partner.Key, error) { return pgx.RowToStructByName[partner.Key](r) }

// keyRow is a row of partner_keys, with its MAC.
type keyRow struct {
	partner.Key
	MAC []byte `db:"mac"`
}

func (s *Store) queueKey(q *pgx.Batch, k partner.Key) {
	q.Queue(`INSERT INTO partner_keys (id, partner_id, kind, prefix, sha256, created_at, revoked_at, version, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, k.ID, k.Partner, k.Kind, k.Prefix, k.SHA256, k.CreatedAt, k.RevokedAt, k.Version, s.rows.Sign(signedKey(k)))
}

// signedKey is what the MAC of a key covers.
func signedKey(k partner.Key) *rowmac.Row {
	end := int64(0)
	if k.RevokedAt != nil {
		end = k.RevokedAt.UnixMicro()
	}
	return rowmac.NewRow("partner_keys", k.ID, k.Version).Text(k.Partner).Text(string(k.Kind)).Bytes(k.SHA256).Number(end)
}

// CreateKey adds a key to its partner, up to the most that a partner may have.
func (s *Store) CreateKey(ctx context.Context, k partner.Key) (partner.Key, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, partner.Key, error) {
		q := &pgx.Batch{}
		s.queueKey(q, k)
		return k.ID, k, s.addKey(ctx, tx, k.Partner, q)
	}, s.keyOf(k.Partner))
}

// addKey writes a new key of a partner who may have one more, with what goes with it.
func (s *Store) addKey(ctx context.Context, tx pgx.Tx, partnerID string, q *pgx.Batch) error {
	active, err := s.countKeys(ctx, tx, partnerID)
	if err != nil {
		return err
	}
	if active >= partner.MaxKeys {
		return fault.New(fault.Precondition, fault.ReasonTooManyKeys, "The partner has as many active keys as it may have.")
	}
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("insert key: %w", err)
	}
	return nil
}

// RotateKey puts a new key, which make makes of the kind of the old one, in the place of
// one that goes on for some hours, and returns it.
func (s *Store) RotateKey(ctx context.Context, partnerID, id string, hours *int32, make func(old partner.Key) (partner.Key, error)) (partner.Key, error) {
	var old partner.Key
	made, err := once(ctx, s, func(ctx context.Context, tx pgx.Tx) (_ string, made partner.Key, err error) {
		if old, err = s.lockedKey(ctx, tx, partnerID, id); err == nil {
			old, err = old.Rotated(hours, s.now())
		}
		if err == nil {
			made, err = make(old)
		}
		if err != nil {
			return "", made, err
		}
		q := &pgx.Batch{}
		s.queueEnd(q, old)
		s.queueKey(q, made)
		return made.ID, made, s.addKey(ctx, tx, partnerID, q)
	}, s.keyOf(partnerID))
	if err == nil && old.ID != "" {
		_, err = s.rows.Seen(ctx, signedKey(old)) // the key without an end counts no more
	}
	return made, err
}

// lockedKey reads a key that nobody else changes meanwhile, and that no other hand has
// changed.
func (s *Store) lockedKey(ctx context.Context, tx pgx.Tx, partnerID, id string) (partner.Key, error) {
	row, err := postgres.One(ctx, tx, "key", pgx.RowToStructByName[keyRow], `SELECT `+keyColumns+`, mac FROM partner_keys
		WHERE partner_id = $1 AND id = $2 FOR UPDATE`, partnerID, id)
	if err == nil {
		err = s.rows.Check(ctx, signedKey(row.Key), row.MAC)
	}
	return row.Key, err
}

// queueEnd writes the end of a key.
func (s *Store) queueEnd(q *pgx.Batch, k partner.Key) {
	q.Queue(`UPDATE partner_keys SET revoked_at = $2, version = $3, mac = $4 WHERE id = $1`, k.ID, k.RevokedAt, k.Version, s.rows.Sign(signedKey(k)))
}

// countKeys counts a partner's active keys, and lets nobody else add one meanwhile:
// the second statement sees what those have done whom the first has waited for.
func (s *Store) countKeys(ctx context.Context, tx pgx.Tx, partnerID string) (active int, err error) {
	var owner partnerRow
	q := &pgx.Batch{}
	q.Queue(`SELECT `+partnerColumns+` FROM partners WHERE id = $1 FOR UPDATE`, partnerID).Query(func(rows pgx.Rows) (err error) {
		owner, err = pgx.CollectExactlyOneRow(rows, toPartner)
		return err
	})
	q.Queue(`SELECT count(*) FROM partner_keys WHERE partner_id = $1 AND (revoked_at IS NULL OR revoked_at > $2)`, partnerID, s.now()).QueryRow(func(row pgx.Row) error {
		return row.Scan(&active)
	})
	err = tx.SendBatch(ctx, q).Close()
	switch {
	case postgres.IsNotFound(err):
		return 0, fault.Missing("partner")
	case err != nil:
		return 0, fmt.Errorf("count keys: %w", err)
	}
	_, err = s.own(ctx, owner)
	return active, err
}

// keyOf reads a key of a partner.
func (s *Store) keyOf(partnerID string) func(ctx context.Context, id string) (partner.Key, error) {
	return func(ctx context.Context, id string) (partner.Key, error) {
		return postgres.One(ctx, s.db.Pool, "key", toKey, `SELECT `+keyColumns+` FROM partner_keys
			WHERE partner_id = $1 AND id = $2`, partnerID, id)
	}
}

// credential is a key with its partner, and what their MACs are.
type credential struct {
	partner.Key
	mac   []byte
	owner partnerRow
}

// Credential returns the key with a credential's digest, revoked or not, and its
// partner. Neither must have been changed by another hand.
func (s *Store) Credential(ctx context.Context, sha256 []byte) (partner.Key, partner.Partner, error) {
	var c credential
	err := s.latest(ctx, func() (rows []*rowmac.Row, err error) {
		c, err = s.credential(ctx, sha256)
		return []*rowmac.Row{signedKey(c.Key), signedPartner(c.owner.Partner)}, err
	})
	if err != nil {
		return partner.Key{}, partner.Partner{}, err
	}
	return c.Key, c.owner.Partner, nil
}

// credential reads a key with its partner, neither of which another hand has changed.
func (s *Store) credential(ctx context.Context, sha256 []byte) (credential, error) {
	c, err := postgres.One(ctx, s.db.Pool, "key", toCredential, `
		SELECT k.id, k.partner_id, k.kind, k.prefix, k.sha256, k.created_at, k.revoked_at, k.version, k.mac,
			p.display_name, p.origins, p.return_urls, p.created_at, p.version, p.mac,
			EXISTS (SELECT FROM partner_stops AS s WHERE s.partner_id = p.id AND s.lifted_at IS NULL)
		FROM partner_keys AS k JOIN partners AS p ON p.id = k.partner_id WHERE k.sha256 = $1`, sha256)
	if err == nil {
		err = s.rows.Check(ctx, signedKey(c.Key), c.mac)
	}
	if err == nil {
		err = s.rows.Check(ctx, signedPartner(c.owner.Partner), c.owner.MAC)
	}
	return c, err
}

func toCredential(r pgx.CollectableRow) (c credential, err error) {
	p := &c.owner
	err = r.Scan(&c.ID, &c.Partner, &c.Kind, &c.Prefix, &c.SHA256, &c.CreatedAt, &c.RevokedAt, &c.Key.Version, &c.mac,
		&p.DisplayName, &p.Origins, &p.ReturnURLs, &p.CreatedAt, &p.Version, &p.MAC, &p.Stopped)
	p.ID = c.Partner
	return c, err
}

// Keys lists the keys of a partner, or of any, newest first.
func (s *Store) Keys(ctx context.Context, partnerID string, p page.Page) ([]partner.Key, error) {
	return listing.Rows(ctx, s.db.Pool, "keys", toKey, `SELECT `+keyColumns+` FROM partner_keys`,
		keyList(s.now()), p, listing.Under("partner_keys.partner_id", partnerID))
}

// RevokeKey ends a key, and returns it; ending it again changes nothing.
func (s *Store) RevokeKey(ctx context.Context, partnerID, id string) (partner.Key, error) {
	k, err := once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, partner.Key, error) {
		k, err := s.lockedKey(ctx, tx, partnerID, id)
		if err != nil || k.Ended(s.now()) {
			return k.ID, k, err
		}
		k = k.Revoked(s.now())
		q := &pgx.Batch{}
		s.queueEnd(q, k)
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return "", k, fmt.Errorf("revoke key: %w", err)
		}
		return k.ID, k, nil
	}, s.keyOf(partnerID))
	if err != nil {
		return k, err
	}
	_, err = s.rows.Seen(ctx, signedKey(k)) // the living key counts no more
	return k, err
}
