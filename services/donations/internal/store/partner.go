package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const partnerColumns = `id, display_name, origins, return_urls, created_at`

func toPartner(r pgx.CollectableRow) (partner.Partner, error) {
	return pgx.RowToStructByName[partner.Partner](r)
}

// CreatePartner stores a partner with its first keys, and returns it.
func (s *Store) CreatePartner(ctx context.Context, p partner.Partner, keys ...partner.Key) (partner.Partner, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, partner.Partner, error) {
		q := &pgx.Batch{}
		q.Queue(`INSERT INTO partners (`+partnerColumns+`) VALUES ($1, $2, COALESCE($3, '{}'::text[]), $4, $5)`,
			p.ID, p.DisplayName, p.Origins, p.ReturnURLs, p.CreatedAt)
		for _, k := range keys {
			queueKey(q, k)
		}
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return "", p, fmt.Errorf("insert partner: %w", err)
		}
		return p.ID, p, nil
	}, s.Partner)
}

// Partner returns a partner.
func (s *Store) Partner(ctx context.Context, id string) (partner.Partner, error) {
	return postgres.One(ctx, s.db.Pool, "partner", toPartner, `SELECT `+partnerColumns+` FROM partners WHERE id = $1`, id)
}

// Partners lists partners, newest first.
func (s *Store) Partners(ctx context.Context, p page.Page) ([]partner.Partner, error) {
	at, id, err := p.NewestFirst()
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, s.db.Pool, "partners", toPartner, `SELECT `+partnerColumns+` FROM partners
		WHERE (created_at, id) < ($1, $2) ORDER BY created_at DESC, id DESC LIMIT $3`, at, id, p.Limit())
}
