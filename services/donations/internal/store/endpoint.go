package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/notice"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

const endpointColumns = `id, partner_id AS partner, url, state, gone, secrets_sealed AS secrets, secrets_version, old_until, created_at, version, mac`

// endpointRow is a row of webhook_endpoints, with its MAC.
type endpointRow struct {
	notice.Endpoint
	MAC []byte `db:"mac"`
}

func toEndpoint(r pgx.CollectableRow) (endpointRow, error) {
	return pgx.RowToStructByName[endpointRow](r)
}

// signedEndpoint is what the MAC of an endpoint covers; its secrets are sealed, and bound to
// their version.
func signedEndpoint(e notice.Endpoint) *rowmac.Row {
	until := int64(0)
	if e.OldUntil != nil {
		until = e.OldUntil.UnixMicro()
	}
	return rowmac.NewRow("webhook_endpoints", e.ID, e.Version).Text(e.Partner).Text(e.URL).Text(string(e.State)).
		Number(int64(e.SecretsVersion)).Number(until)
}

// CreateEndpoint adds an endpoint to its partner, and returns it.
func (s *Store) CreateEndpoint(ctx context.Context, e notice.Endpoint) (notice.Endpoint, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, notice.Endpoint, error) {
		if err := s.roomForEndpoint(ctx, tx, e.Partner); err != nil {
			return "", e, err
		}
		_, err := tx.Exec(ctx, `INSERT INTO webhook_endpoints (id, partner_id, url, state, gone, secrets_sealed, secrets_version, old_until, created_at, version, mac)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			e.ID, e.Partner, e.URL, e.State, e.Gone, e.Secrets, e.SecretsVersion, e.OldUntil, e.CreatedAt, e.Version, s.rows.Sign(signedEndpoint(e)))
		if err != nil {
			return "", e, fmt.Errorf("insert endpoint: %w", err)
		}
		return e.ID, e, nil
	}, s.endpointOf(e.Partner))
}

// roomForEndpoint refuses a further endpoint of a partner that has as many as it may
// have, and lets nobody else add one meanwhile.
func (s *Store) roomForEndpoint(ctx context.Context, tx pgx.Tx, partnerID string) error {
	if _, err := postgres.One(ctx, tx, "partner", pgx.RowTo[string], `SELECT id FROM partners WHERE id = $1 FOR NO KEY UPDATE`, partnerID); err != nil {
		return err
	}
	n, err := postgres.One(ctx, tx, "endpoints", pgx.RowTo[int], `SELECT count(*)::integer FROM webhook_endpoints WHERE partner_id = $1 AND state = 'ENABLED'`, partnerID)
	if err == nil && n >= notice.MaxEndpoints {
		err = fault.New(fault.Precondition, fault.ReasonTooManyEndpoints, "The partner has as many enabled endpoints as it may have.")
	}
	return err
}

// ChangeEndpoint changes an endpoint as change says, and returns it. A row that another hand
// has changed is not signed anew.
func (s *Store) ChangeEndpoint(ctx context.Context, partnerID, id string, change func(notice.Endpoint) (notice.Endpoint, error)) (notice.Endpoint, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, notice.Endpoint, error) {
		e, err := s.changeEndpoint(ctx, tx, partnerID, id, change)
		return id, e, err
	}, s.endpointOf(partnerID))
}

func (s *Store) changeEndpoint(ctx context.Context, tx pgx.Tx, partnerID, id string, change func(notice.Endpoint) (notice.Endpoint, error)) (notice.Endpoint, error) {
	row, err := postgres.One(ctx, tx, "endpoint", toEndpoint, `SELECT `+endpointColumns+` FROM webhook_endpoints
		WHERE id = $1 AND partner_id = $2 FOR UPDATE`, id, partnerID)
	if err == nil {
		err = s.rows.Check(ctx, signedEndpoint(row.Endpoint), row.MAC)
	}
	if err != nil {
		return row.Endpoint, err
	}
	before := row.State
	e, err := change(row.Endpoint)
	if err == nil && before != notice.Enabled && e.State == notice.Enabled {
		err = s.roomForEndpoint(ctx, tx, partnerID)
	}
	if err != nil {
		return e, err
	}
	q := &pgx.Batch{}
	q.Queue(`UPDATE webhook_endpoints SET url = $2, state = $3, gone = $4, secrets_sealed = $5, secrets_version = $6, old_until = $7, version = $8, mac = $9
		WHERE id = $1`, id, e.URL, e.State, e.Gone, e.Secrets, e.SecretsVersion, e.OldUntil, e.Version, s.rows.Sign(signedEndpoint(e)))
	if e.State == notice.Disabled {
		q.Queue(`UPDATE webhook_deliveries SET state = 'FAILED', failure = 'DISABLED', send_owed_at = NULL
			WHERE endpoint_id = $1 AND state = 'PENDING'`, id)
	}
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return e, fmt.Errorf("change endpoint: %w", err)
	}
	return e, nil
}

func (s *Store) endpointOf(partnerID string) func(ctx context.Context, id string) (notice.Endpoint, error) {
	return func(ctx context.Context, id string) (notice.Endpoint, error) { return s.Endpoint(ctx, partnerID, id) }
}

// Endpoint returns an endpoint of a partner that no other hand has changed.
func (s *Store) Endpoint(ctx context.Context, partnerID, id string) (notice.Endpoint, error) {
	return s.endpoint(ctx, s.db.Pool, partnerID, id)
}

func (s *Store) endpoint(ctx context.Context, q postgres.Querier, partnerID, id string) (notice.Endpoint, error) {
	row, err := postgres.One(ctx, q, "endpoint", toEndpoint, `SELECT `+endpointColumns+` FROM webhook_endpoints
		WHERE id = $1 AND partner_id = $2`, id, partnerID)
	if err == nil {
		err = s.rows.Check(ctx, signedEndpoint(row.Endpoint), row.MAC)
	}
	return row.Endpoint, err
}

// Endpoints lists the endpoints of a partner, or of any within scope, newest first.
func (s *Store) Endpoints(ctx context.Context, scope Scope, partnerID string, p page.Page) ([]notice.Endpoint, error) {
	rows, err := listing.Rows(ctx, s.db.Pool, "endpoints", toEndpoint, `SELECT `+endpointColumns+` FROM webhook_endpoints AS e`,
		endpointList(), p, listing.Under("e.partner_id", partnerID), scope.within("e.partner_id"))
	list := make([]notice.Endpoint, len(rows))
	for i, r := range rows {
		list[i] = r.Endpoint
	}
	return list, err
}
