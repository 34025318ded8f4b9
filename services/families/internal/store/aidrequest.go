package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// CreateAidRequest submits a request for a family that consents to aid.
func (s *Store) CreateAidRequest(ctx context.Context, scope family.Scope, r aidrequest.Request) (string, error) {
	id := resource.NewID("a")
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := lockFamily(ctx, tx, scope, r.FamilyID)
		if err != nil {
			return "", err
		}
		if err := family.CheckOpen(f.State); err != nil {
			return "", err
		}
		consented, err := s.hasConsent(ctx, tx, r.FamilyID)
		if err != nil {
			return "", err
		}
		if !consented {
			return "", aidrequest.ConsentMissing()
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO aid_requests (aid_request_id, family_id, category, urgency, amount, minimum, currency,
				cycles, state, case_owner, submitter, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'SUBMITTED', $9, $10, $11)`,
			id, r.FamilyID, r.Category, r.Urgency, r.Amount.MinorUnits, r.Minimum, r.Amount.Currency,
			r.Cycles, f.Owner, scope.Person, s.now())
		if err != nil {
			return "", fmt.Errorf("create aid request: %w", err)
		}
		return requestName(r.FamilyID, id), nil
	})
}

func requestName(familyID, id string) string { return "families/" + familyID + "/aidRequests/" + id }

// onRequest runs a change of one request whose family is locked, once per call.
func (s *Store) onRequest(ctx context.Context, scope family.Scope, familyID, id string,
	change func(ctx context.Context, tx pgx.Tx, f family.Family, r aidrequest.Request) error) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := lockFamily(ctx, tx, scope, familyID)
		if fault.OfKind(err, fault.NotFound) {
			return "", aidrequest.Missing()
		}
		if err != nil {
			return "", err
		}
		r, err := lockRequest(ctx, tx, familyID, id)
		if err != nil {
			return "", err
		}
		return requestName(familyID, id), change(ctx, tx, f, r)
	})
	return err
}

func lockRequest(ctx context.Context, tx pgx.Tx, familyID, id string) (aidrequest.Request, error) {
	return postgres.One(ctx, tx, "aid request", scanRequest, `SELECT `+requestColumns+` FROM aid_requests r
		WHERE r.aid_request_id = $1 AND r.family_id = $2 FOR UPDATE`, id, familyID)
}

// ApproveAidRequest lets the cycles of a verified family's request be funded.
func (s *Store) ApproveAidRequest(ctx context.Context, person, familyID, id string) error {
	scope := family.Scope{Person: person, All: true}
	return s.onRequest(ctx, scope, familyID, id, func(ctx context.Context, tx pgx.Tx, f family.Family, r aidrequest.Request) error {
		if err := s.checkApproval(ctx, tx, person, f, r); err != nil {
			return err
		}
		if err := s.decideRequest(ctx, tx, r, aidrequest.Approved, person, nil); err != nil {
			return err
		}
		for _, c := range aidrequest.Plan(r.Cycles, s.now()) {
			if _, err := tx.Exec(ctx, `
				INSERT INTO aid_request_cycles (aid_request_id, cycle, state, part, due)
				VALUES ($1, $2, $3, $4, $5)`, id, c.Number, c.State, c.Part, c.Due); err != nil {
				return fmt.Errorf("plan cycles of aid request %s: %w", id, err)
			}
		}
		return s.oweDecision(ctx, tx, requestApproved, familyID, requestName(familyID, id), person)
	})
}

func (s *Store) checkApproval(ctx context.Context, tx pgx.Tx, person string, f family.Family, r aidrequest.Request) error {
	r.Owner = f.Owner
	if err := r.CheckDecider(person); err != nil {
		return err
	}
	if err := aidrequest.Move(r.State, aidrequest.Approved); err != nil {
		return err
	}
	consented, err := s.hasConsent(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	return aidrequest.CheckFundable(f.State, consented)
}

// RejectAidRequest refuses a request with a reason; not by who submitted it.
func (s *Store) RejectAidRequest(ctx context.Context, person, familyID, id, reason string) error {
	scope := family.Scope{Person: person, All: true}
	return s.onRequest(ctx, scope, familyID, id, func(ctx context.Context, tx pgx.Tx, f family.Family, r aidrequest.Request) error {
		r.Owner = f.Owner
		if err := r.CheckDecider(person); err != nil {
			return err
		}
		if err := aidrequest.Move(r.State, aidrequest.Rejected); err != nil {
			return err
		}
		return s.decideRequest(ctx, tx, r, aidrequest.Rejected, person, &reason)
	})
}

func (s *Store) decideRequest(ctx context.Context, tx pgx.Tx, r aidrequest.Request, to aidrequest.State, person string, rejection *string) error {
	_, err := tx.Exec(ctx, `
		UPDATE aid_requests SET state = $2, case_owner = $3, decider = $4, rejection = $5, decided_at = $6
		WHERE aid_request_id = $1`, r.ID, to, r.Owner, person, rejection, s.now())
	if postgres.Violates(err, "aid_requests_two_people") {
		return family.SamePerson()
	}
	if err != nil {
		return fmt.Errorf("decide aid request %s: %w", r.ID, err)
	}
	return nil
}

// WithdrawAidRequest takes a request back; awarded cycles stay.
func (s *Store) WithdrawAidRequest(ctx context.Context, scope family.Scope, familyID, id string) error {
	return s.onRequest(ctx, scope, familyID, id, func(ctx context.Context, tx pgx.Tx, _ family.Family, r aidrequest.Request) error {
		if err := aidrequest.Move(r.State, aidrequest.Withdrawn); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE aid_requests SET state = 'WITHDRAWN' WHERE aid_request_id = $1`, id); err != nil {
			return fmt.Errorf("withdraw aid request %s: %w", id, err)
		}
		_, err := tx.Exec(ctx, `
			UPDATE aid_request_cycles SET state = 'CANCELLED'
			WHERE aid_request_id = $1 AND state = 'APPROVED'`, id)
		if err != nil {
			return fmt.Errorf("cancel cycles of aid request %s: %w", id, err)
		}
		return nil
	})
}

const requestColumns = `r.aid_request_id, r.family_id, r.category, r.urgency, r.amount, r.minimum, r.currency,
	r.cycles, r.state, r.case_owner, r.submitter, r.decider, r.rejection, r.created_at`

func scanRequest(row pgx.CollectableRow) (aidrequest.Request, error) {
	var r aidrequest.Request
	var decider, rejection *string
	err := row.Scan(&r.ID, &r.FamilyID, &r.Category, &r.Urgency, &r.Amount.MinorUnits, &r.Minimum, &r.Amount.Currency,
		&r.Cycles, &r.State, &r.Owner, &r.Submitter, &decider, &rejection, &r.CreatedAt)
	r.Decider, r.Rejection = orEmpty(decider), orEmpty(rejection)
	return r, err
}

// AidRequest returns one request, with its cycles, of a family that the scope
// reaches.
func (s *Store) AidRequest(ctx context.Context, scope family.Scope, familyID, id string) (aidrequest.Request, error) {
	requests, err := s.requests(ctx, scope, `r.family_id = $3 AND r.aid_request_id = $4`, familyID, id)
	if err != nil {
		return aidrequest.Request{}, err
	}
	if len(requests) == 0 {
		return aidrequest.Request{}, aidrequest.Missing()
	}
	return requests[0], nil
}

// AidRequests lists requests of one family, or of all that the scope reaches
// where the id is empty, by resource name; an empty state is any.
func (s *Store) AidRequests(ctx context.Context, scope family.Scope, familyID string, state aidrequest.State, p page.Page) ([]aidrequest.Request, error) {
	last, err := p.Keys(2)
	if err != nil {
		return nil, err
	}
	if familyID != "" {
		if _, err := s.Family(ctx, scope, familyID); err != nil {
			return nil, err
		}
	}
	return s.requests(ctx, scope, `($3 = '' OR r.family_id = $3) AND ($4 = '' OR r.state = $4)
		AND (r.family_id, r.aid_request_id) > ($5, $6)
		ORDER BY r.family_id, r.aid_request_id LIMIT $7`, familyID, state, last[0], last[1], p.Limit())
}

// requests reads requests that the scope reaches under a condition over $3 and
// on, with their cycles.
func (s *Store) requests(ctx context.Context, scope family.Scope, condition string, arguments ...any) ([]aidrequest.Request, error) {
	requests, err := postgres.Many(ctx, s.db.Pool, "aid requests", scanRequest, `SELECT `+requestColumns+`
		FROM aid_requests r JOIN families f ON f.family_id = r.family_id `+latestVerification+`
		WHERE `+inScope+` AND `+condition, append([]any{scope.Person, scope.All}, arguments...)...)
	if err != nil {
		return nil, err
	}
	return requests, s.addCycles(ctx, requests)
}

func (s *Store) addCycles(ctx context.Context, requests []aidrequest.Request) error {
	at, ids := map[string]int{}, make([]string, len(requests))
	for i, r := range requests {
		at[r.ID], ids[i] = i, r.ID
	}
	rows, err := s.db.Pool.Query(ctx, `
		SELECT aid_request_id, cycle, state, part, due FROM aid_request_cycles
		WHERE aid_request_id = ANY ($1) ORDER BY aid_request_id, cycle`, ids)
	if err != nil {
		return fmt.Errorf("read cycles: %w", err)
	}
	var id, state string
	var cycle, part int
	var due time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &cycle, &state, &part, &due}, func() error {
		r := &requests[at[id]]
		r.Progress = append(r.Progress, aidrequest.Cycle{
			Number: cycle, State: aidrequest.CycleState(state), Part: part, Due: due,
		})
		return nil
	})
	return err
}
