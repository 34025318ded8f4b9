package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const requestColumns = `r.aid_request_id, r.family_id, r.category, r.urgency, r.amount, r.minimum, r.currency,
	r.cycles, r.state, r.version, r.case_owner, r.submitter, r.decider, r.rejection, r.created_on`

func scanRequest(row pgx.CollectableRow) (aidrequest.Request, error) {
	var r aidrequest.Request
	var decider, rejection *string
	err := row.Scan(&r.ID, &r.FamilyID, &r.Category, &r.Urgency, &r.Amount.MinorUnits, &r.Minimum, &r.Amount.Currency,
		&r.Cycles, &r.State, &r.Version, &r.Owner, &r.Submitter, &decider, &rejection, &r.CreatedAt)
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

// AidRequests lists requests of one family, or of all that the scope reaches
// where the id is empty, by resource name; an empty state is any.
func (s *Store) AidRequests(ctx context.Context, scope family.Scope, familyID string, state aidrequest.State, p page.Page) ([]aidrequest.Request, error) {
	last, err := p.Keys(2)
	if err != nil {
		return nil, err
	}
	narrow, arguments := "", []any{scope.Person, last[0], last[1], p.Limit()}
	if state != "" {
		arguments = append(arguments, state)
		narrow += fmt.Sprintf(` AND r.state = $%d`, len(arguments))
	}
	if familyID != "" {
		if _, err := s.Family(ctx, scope, familyID); err != nil {
			return nil, err
		}
		arguments = append(arguments, familyID)
		narrow += fmt.Sprintf(` AND r.family_id = $%d`, len(arguments))
		scope.All = true // the family is theirs
	}
	page := within(scope, func(condition string) string { return requestsOf(scope, condition, narrow) })
	requests, err := postgres.Many(ctx, s.db.Pool, "aid requests", scanRequest, `
		SELECT `+requestColumns+` FROM (`+page+`) r ORDER BY r.family_id, r.aid_request_id LIMIT $4`,
		append([]any{withValues}, arguments...)...)
	if err != nil {
		return nil, err
	}
	all := make([]*aidrequest.Request, len(requests))
	for i := range requests {
		all[i] = &requests[i]
	}
	return requests, addCycles(ctx, s.db.Pool, all...)
}

// requestsOf selects a page of requests, after the family $2 and the request $3, of the
// families under a condition. Those of a person's own cases without a state are looked
// up case by case; which way is the shorter one with a state, the planner knows.
func requestsOf(scope family.Scope, condition, narrow string) string {
	if !scope.All && narrow == "" {
		return `SELECT ` + requestColumns + ` FROM families f JOIN LATERAL (
				SELECT ` + requestColumns + ` FROM aid_requests r
				WHERE r.family_id = f.family_id AND (r.family_id, r.aid_request_id) > ($2, $3)
				ORDER BY r.aid_request_id LIMIT $4) r ON true
			WHERE ` + condition + ` AND f.family_id >= $2
			ORDER BY f.family_id, r.aid_request_id LIMIT $4`
	}
	families := ``
	if !scope.All {
		families = ` JOIN families f ON f.family_id = r.family_id AND f.family_id >= $2`
	}
	return `SELECT ` + requestColumns + ` FROM aid_requests r` + families + `
		WHERE ` + condition + ` AND (r.family_id, r.aid_request_id) > ($2, $3)` + narrow + `
		ORDER BY r.family_id, r.aid_request_id LIMIT $4`
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
