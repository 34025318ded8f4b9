package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

const partnerColumns = `id, display_name, origins, return_urls, created_at, version, mac`

// partnerRow is a row of partners, with its MAC.
type partnerRow struct {
	partner.Partner
	MAC []byte `db:"mac"`
}

func toPartner(r pgx.CollectableRow) (partnerRow, error) {
	return pgx.RowToStructByName[partnerRow](r)
}

// signedPartner is what the MAC of a partner covers.
func signedPartner(p partner.Partner) *rowmac.Row {
	return rowmac.NewRow("partners", p.ID, p.Version).Text(p.DisplayName).Texts(p.Origins).Texts(p.ReturnURLs)
}

// own returns the partner of a locked row that nobody else has changed, or put an older
// one back for.
func (s *Store) own(ctx context.Context, r partnerRow) (partner.Partner, error) {
	if err := s.rows.Check(ctx, signedPartner(r.Partner), r.MAC); err != nil {
		return r.Partner, err
	}
	return r.Partner, s.rows.Latest(ctx, signedPartner(r.Partner))
}

// CreatePartner stores a partner with its first keys, and returns it.
func (s *Store) CreatePartner(ctx context.Context, p partner.Partner, keys ...partner.Key) (partner.Partner, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, partner.Partner, error) {
		q := &pgx.Batch{}
		q.Queue(`INSERT INTO partners (`+partnerColumns+`) VALUES ($1, $2, COALESCE($3, '{}'::text[]), $4, $5, $6, $7)`,
			p.ID, p.DisplayName, p.Origins, p.ReturnURLs, p.CreatedAt, p.Version, s.rows.Sign(signedPartner(p)))
		for _, k := range keys {
			s.queueKey(q, k)
		}
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return "", p, fmt.Errorf("insert partner: %w", err)
		}
		return p.ID, p, nil
	}, s.Partner)
}

// UpdatePartner changes a partner as change says, and returns it. A row that somebody
// else has changed is not signed anew.
func (s *Store) UpdatePartner(ctx context.Context, id string, change func(partner.Partner) (partner.Partner, error)) (partner.Partner, error) {
	p, err := once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, partner.Partner, error) {
		row, err := postgres.One(ctx, tx, "partner", toPartner, `SELECT `+partnerColumns+` FROM partners WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return "", row.Partner, err
		}
		p, err := s.own(ctx, row)
		if err == nil {
			p, err = change(p)
		}
		if err != nil {
			return "", p, err
		}
		_, err = tx.Exec(ctx, `
			UPDATE partners SET display_name = $2, origins = COALESCE($3, '{}'::text[]), return_urls = $4, version = $5, mac = $6
			WHERE id = $1`, id, p.DisplayName, p.Origins, p.ReturnURLs, p.Version, s.rows.Sign(signedPartner(p)))
		if err != nil {
			return "", p, fmt.Errorf("update partner: %w", err)
		}
		return id, p, nil
	}, s.Partner)
	if err != nil {
		return p, err
	}
	_, err = s.rows.Seen(ctx, signedPartner(p)) // the row before counts no more
	return p, err
}

// Partner returns a partner.
func (s *Store) Partner(ctx context.Context, id string) (partner.Partner, error) {
	var r partnerRow
	err := s.latest(ctx, func() (rows []*rowmac.Row, err error) {
		r, err = postgres.One(ctx, s.db.Pool, "partner", toPartner, `SELECT `+partnerColumns+` FROM partners WHERE id = $1`, id)
		if err == nil {
			err = s.rows.Check(ctx, signedPartner(r.Partner), r.MAC)
		}
		return []*rowmac.Row{signedPartner(r.Partner)}, err
	})
	return r.Partner, err
}

// Partners lists partners as they stand in the table, newest first.
func (s *Store) Partners(ctx context.Context, p page.Page) ([]partner.Partner, error) {
	rows, err := listing.Rows(ctx, s.db.Pool, "partners", toPartner, `SELECT `+partnerColumns+` FROM partners`, partnerList(), p)
	list := make([]partner.Partner, len(rows))
	for i, r := range rows {
		list[i] = r.Partner
	}
	return list, err
}

// PartnerSince is when the partner of a pledge was made; UNKNOWN_PAYMENT where there is no
// such pledge.
func (s *Store) PartnerSince(ctx context.Context, pledgeID string) (time.Time, error) {
	since, err := postgres.One(ctx, s.db.Pool, "pledge", pgx.RowTo[time.Time], `
		SELECT p.created_at FROM pledges AS g JOIN partners AS p ON p.id = g.partner_id WHERE g.id = $1`, pledgeID)
	if fault.OfKind(err, fault.NotFound) {
		return since, fault.New(fault.Precondition, fault.ReasonUnknownPayment, "The payment belongs to no pledge.")
	}
	return since, err
}
