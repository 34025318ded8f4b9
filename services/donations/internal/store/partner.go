package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const partnerColumns = `id, display_name, origins, return_urls, created_at`

// partnerRow is a row of partners.
type partnerRow struct {
	ID          string
	DisplayName string
	Origins     []string
	ReturnURLs  []string `db:"return_urls"`
	CreatedAt   time.Time
}

func (r partnerRow) partner() partner.Partner {
	return partner.Partner{ID: r.ID, DisplayName: r.DisplayName, Origins: r.Origins, ReturnURLs: r.ReturnURLs, CreatedAt: r.CreatedAt}
}

// CreatePartner stores a partner with its first keys and returns its name, or
// that of the partner which an earlier call with the same key has made.
func (s *Store) CreatePartner(ctx context.Context, p partner.Partner, keys ...partner.Key) (string, error) {
	return s.once(ctx, func(ctx context.Context, tx pgx.Tx) (string, error) {
		origins := p.Origins
		if origins == nil {
			origins = []string{}
		}
		_, err := tx.Exec(ctx, `INSERT INTO partners (`+partnerColumns+`) VALUES ($1, $2, $3, $4, $5)`,
			p.ID, p.DisplayName, origins, p.ReturnURLs, p.CreatedAt)
		if err != nil {
			return "", fmt.Errorf("insert partner: %w", err)
		}
		for _, k := range keys {
			if err := insertKey(ctx, tx, k); err != nil {
				return "", err
			}
		}
		return "partners/" + p.ID, nil
	})
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

func toPartner(r pgx.CollectableRow) (partner.Partner, error) {
	row, err := pgx.RowToStructByName[partnerRow](r)
	return row.partner(), err
}
