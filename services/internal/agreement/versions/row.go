// Package versions has the rows of a service's policies: the table, and which version
// counts by it.
package versions

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Columns select rows of the table, which they call v.
const Columns = `
	SELECT v.kind, v.version AS number, v.state, v.content, v.effective_on, v.proposed_by, COALESCE(v.confirmed_by, '') AS confirmed_by,
		v.created_at, v.confirmed_at, COALESCE(v.confirmed_sequence, 0) AS sequence FROM policy_versions v `

// Row is a row of the table.
type Row struct {
	Kind        string
	Number      int
	State       agreement.State
	Content     string
	EffectiveOn time.Time
	ProposedBy  string
	ConfirmedBy string
	CreatedAt   time.Time
	ConfirmedAt *time.Time
	Sequence    int64
}

// Version is what the row is; whether it is in force the row does not say.
func (r Row) Version() agreement.Version {
	return agreement.Version{
		Kind: r.Kind, Number: r.Number, State: r.State, EffectiveOn: r.EffectiveOn, Content: []byte(r.Content),
		ProposedBy: r.ProposedBy, ConfirmedBy: r.ConfirmedBy, Created: r.CreatedAt, Confirmed: r.ConfirmedAt, Sequence: r.Sequence,
	}
}

// Get reads one version; lock is an SQL clause, or empty.
func Get(ctx context.Context, q postgres.Querier, kind string, number int, lock string) (agreement.Version, error) {
	r, err := postgres.One(ctx, q, "policy version", pgx.RowToStructByName[Row], Columns+`WHERE v.kind = $1 AND v.version = $2 `+lock, kind, number)
	if err != nil {
		return agreement.Version{}, err
	}
	return r.Version(), nil
}

// InForce reads the version of a kind that counts at a time, by the rows alone; its Number
// is zero before the first one.
func InForce(ctx context.Context, q postgres.Querier, kind string, now time.Time) (agreement.Version, error) {
	r, err := postgres.One(ctx, q, "policy in force", pgx.RowToStructByName[Row], Columns+`
		WHERE v.kind = $1 AND v.state = 'CONFIRMED' AND v.effective_on <= $2 ORDER BY v.confirmed_sequence DESC LIMIT 1`, kind, now)
	if fault.OfKind(err, fault.NotFound) {
		return agreement.Version{Kind: kind}, nil
	}
	if err != nil {
		return agreement.Version{}, err
	}
	v := r.Version()
	v.InForce = true
	return v, nil
}
