package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const requestColumns = `r.aid_request_id, r.family_id, r.category, r.urgency, r.amount, r.minimum, r.currency,
	r.cycles, r.state, r.version, r.asked_version, r.case_owner, r.submitter, r.decider, r.rejection, r.created_on`

func scanRequest(row pgx.CollectableRow) (aidrequest.Request, error) {
	var r aidrequest.Request
	var decider, rejection *string
	err := row.Scan(&r.ID, &r.FamilyID, &r.Category, &r.Urgency, &r.Amount.MinorUnits, &r.Minimum, &r.Amount.Currency,
		&r.Cycles, &r.State, &r.Version, &r.Asked, &r.Owner, &r.Submitter, &decider, &rejection, &r.CreatedAt)
	r.Decider, r.Rejection = orEmpty(decider), orEmpty(rejection)
	return r, err
}

// AidRequest returns one request, with its cycles, of a family that the scope
// reaches.
func (s *Store) AidRequest(ctx context.Context, scope family.Scope, familyID, id string) (aidrequest.Request, error) {
	r, err := postgres.One(ctx, s.db.Pool, "aid request", scanRequest, `SELECT `+requestColumns+`
		FROM aid_requests r JOIN families f ON f.family_id = r.family_id
		WHERE `+reachable(scope)+` AND r.family_id = $2 AND r.aid_request_id = $3`, scope.Person, familyID, id)
	if err != nil {
		return r, err
	}
	return r, addCycles(ctx, s.db.Pool, &r)
}

// AidRequests lists requests of a family that the scope reaches, or of all of them.
func (s *Store) AidRequests(ctx context.Context, scope family.Scope, familyID string, p page.Page) ([]aidrequest.Request, error) {
	l := requestList()
	whose, err := s.whose(ctx, scope, familyID, l)
	if err != nil {
		return nil, err
	}
	requests, err := listing.Rows(ctx, s.db.Pool, "aid requests", scanRequest, `SELECT `+requestColumns+` FROM aid_requests r`, l, p, whose...)
	if err != nil {
		return nil, err
	}
	all := make([]*aidrequest.Request, len(requests))
	for i := range requests {
		all[i] = &requests[i]
	}
	return requests, addCycles(ctx, s.db.Pool, all...)
}

// addCycles reads where the cycles of requests stand.
func addCycles(ctx context.Context, q postgres.Querier, requests ...*aidrequest.Request) error {
	byID, ids := map[string]*aidrequest.Request{}, make([]string, len(requests))
	for i, r := range requests {
		byID[r.ID], ids[i] = r, r.ID
	}
	rows, err := q.Query(ctx, `
		SELECT aid_request_id, cycle, state, part, due FROM aid_request_cycles
		WHERE aid_request_id = ANY ($1) ORDER BY aid_request_id, cycle`, ids)
	if err != nil {
		return fmt.Errorf("read cycles: %w", err)
	}
	var id string
	var c aidrequest.Cycle
	_, err = pgx.ForEachRow(rows, []any{&id, &c.Number, &c.State, &c.Part, &c.Due}, func() error {
		byID[id].Progress = append(byID[id].Progress, c)
		return nil
	})
	return err
}
