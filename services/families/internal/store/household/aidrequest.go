package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

// CreateAidRequest submits a request for a family that consents to aid.
func (s *Store) CreateAidRequest(ctx context.Context, scope family.Scope, r aidrequest.Request) (aidrequest.Request, error) {
	id, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := s.lockFamily(ctx, tx, scope, r.FamilyID)
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
		r.ID, r.State, r.Owner, r.Submitter, r.CreatedAt = resource.NewID(resource.KindAidRequest), aidrequest.Submitted, f.Owner, scope.Person, s.today()
		r.Version, r.Asked = 1, 1
		if _, err := s.record(ctx, requestRow(r, r.Version, r.State)); err != nil {
			return "", err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO aid_requests (aid_request_id, family_id, category, urgency, amount, minimum, currency,
				cycles, state, case_owner, submitter, created_on)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			r.ID, r.FamilyID, r.Category, r.Urgency, r.Amount.MinorUnits, r.Minimum, r.Amount.Currency,
			r.Cycles, r.State, r.Owner, r.Submitter, r.CreatedAt)
		if err != nil {
			return "", fmt.Errorf("create aid request: %w", err)
		}
		return r.ID, s.enter(ctx, tx, entry{family: r.FamilyID, id: r.ID, version: r.Version, writer: scope.Person, content: r})
	})
	if err != nil || !idempotency.Replayed(ctx) {
		return r, err
	}
	return s.AidRequest(ctx, scope, r.FamilyID, id)
}

// ChangeAidRequest changes what is asked for, as shall says, while nobody has decided. It
// is asked for anew then, by who changes it.
func (s *Store) ChangeAidRequest(ctx context.Context, scope family.Scope, familyID, id, reason string, shall func(now aidrequest.Request) (aidrequest.Request, error)) (aidrequest.Request, error) {
	return s.onRequest(ctx, scope, familyID, id, func(ctx context.Context, tx pgx.Tx, f family.Family, r *aidrequest.Request) error {
		then, err := shall(*r)
		if err == nil {
			err = r.CheckAsked()
		}
		if err == nil {
			err = family.CheckOpen(f.State)
		}
		if err != nil {
			return err
		}
		r.Category, r.Urgency, r.Amount, r.Minimum, r.Cycles = then.Category, then.Urgency, then.Amount, then.Minimum, then.Cycles
		r.Owner, r.Submitter = f.Owner, scope.Person
		if r.Version, err = s.record(ctx, requestRow(*r, r.Version+1, r.State)); err != nil {
			return err
		}
		r.Asked = r.Version
		if err := s.enter(ctx, tx, entry{family: familyID, id: id, version: r.Version, writer: scope.Person, reason: reason, content: *r}); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE aid_requests SET category = $2, urgency = $3, amount = $4, minimum = $5, currency = $6, cycles = $7,
				version = $8, asked_version = $8, case_owner = $9, submitter = $10
			WHERE aid_request_id = $1`, id, r.Category, r.Urgency, r.Amount.MinorUnits, r.Minimum, r.Amount.Currency, r.Cycles,
			r.Version, r.Owner, r.Submitter)
		if err != nil {
			return fmt.Errorf("change aid request %s: %w", id, err)
		}
		return nil
	})
}

// onRequest runs a change of one request whose family is locked, once per call, and
// returns how the request is then.
func (s *Store) onRequest(ctx context.Context, scope family.Scope, familyID, id string,
	do func(ctx context.Context, tx pgx.Tx, f family.Family, r *aidrequest.Request) error) (aidrequest.Request, error) {
	var r aidrequest.Request
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := s.lockFamily(ctx, tx, scope, familyID)
		if fault.OfKind(err, fault.NotFound) {
			return "", aidrequest.Missing()
		}
		if err != nil {
			return "", err
		}
		if r, err = lockRequest(ctx, tx, familyID, id); err != nil {
			return "", err
		}
		return id, do(ctx, tx, f, &r)
	})
	if err != nil || !idempotency.Replayed(ctx) {
		return r, err
	}
	return s.AidRequest(ctx, scope, familyID, id)
}

func lockRequest(ctx context.Context, tx pgx.Tx, familyID, id string) (aidrequest.Request, error) {
	return postgres.One(ctx, tx, "aid request", scanRequest, `SELECT `+requestColumns+` FROM aid_requests r
		WHERE r.aid_request_id = $1 AND r.family_id = $2 FOR UPDATE`, id, familyID)
}

// ApproveAidRequest lets the cycles of a verified family's request be funded, as it was
// seen: etag is empty for who does not say.
func (s *Store) ApproveAidRequest(ctx context.Context, person, familyID, id, etag string) (aidrequest.Request, error) {
	scope := family.Scope{Person: person, All: true}
	return s.onRequest(ctx, scope, familyID, id, func(ctx context.Context, tx pgx.Tx, f family.Family, r *aidrequest.Request) error {
		if err := revision.Check(ctx, etag, int64(r.Version)); err != nil {
			return err
		}
		if err := s.mayDecide(ctx, tx, f, r, person, aidrequest.Approve); err != nil {
			return err
		}
		consented, err := s.hasConsent(ctx, tx, familyID)
		if err != nil {
			return err
		}
		if err := aidrequest.CheckFundable(f.Of(f.State), consented); err != nil {
			return err
		}
		if r.Version, err = s.record(ctx, requestRow(*r, r.Version+1, aidrequest.Approved)); err != nil {
			return err
		}
		if err := s.decideRequest(ctx, tx, r, aidrequest.Approved, person); err != nil {
			return err
		}
		r.Progress = aidrequest.Plan(r.Cycles, s.now())
		return s.insertCycles(ctx, tx, *r)
	})
}

// mayDecide checks that a person may decide about a request of a locked family, and notes
// that they do.
func (s *Store) mayDecide(ctx context.Context, tx pgx.Tx, f family.Family, r *aidrequest.Request, person string, v aidrequest.Verb) error {
	insiders, err := s.insiders(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	if err := r.CheckDecision(f.Owner, insiders[f.ID], person, v); err != nil {
		return err
	}
	return s.noteConfirming(ctx, tx, f.ID, person)
}

// RejectAidRequest refuses a request with a reason; not by who submitted it.
func (s *Store) RejectAidRequest(ctx context.Context, person, familyID, id, reason string) (aidrequest.Request, error) {
	scope := family.Scope{Person: person, All: true}
	return s.onRequest(ctx, scope, familyID, id, func(ctx context.Context, tx pgx.Tx, f family.Family, r *aidrequest.Request) error {
		if err := s.mayDecide(ctx, tx, f, r, person, aidrequest.Reject); err != nil {
			return err
		}
		r.Rejection = reason
		return s.decideRequest(ctx, tx, r, aidrequest.Rejected, person)
	})
}

// decideRequest notes a decision that was checked.
func (s *Store) decideRequest(ctx context.Context, tx pgx.Tx, r *aidrequest.Request, to aidrequest.State, person string) error {
	r.State, r.Decider = to, person
	_, err := tx.Exec(ctx, `
		UPDATE aid_requests SET state = $2, version = $3, case_owner = $4, decider = $5, rejection = NULLIF($6, ''), decided_on = $7
		WHERE aid_request_id = $1`, r.ID, r.State, r.Version, r.Owner, r.Decider, r.Rejection, s.today())
	if postgres.Violates(err, "aid_requests_two_people") {
		return family.SamePerson()
	}
	if err != nil {
		return fmt.Errorf("decide aid request %s: %w", r.ID, err)
	}
	return nil
}

// WithdrawAidRequest takes a request back; awarded cycles stay.
func (s *Store) WithdrawAidRequest(ctx context.Context, scope family.Scope, familyID, id string) (aidrequest.Request, error) {
	scope.Stops = true
	return s.onRequest(ctx, scope, familyID, id, func(ctx context.Context, tx pgx.Tx, _ family.Family, r *aidrequest.Request) error {
		if err := r.Take(aidrequest.Withdraw); err != nil {
			return err
		}
		r.State, r.Version = aidrequest.Withdrawn, r.Version+1
		if _, err := tx.Exec(ctx, `UPDATE aid_requests SET state = $2, version = $3 WHERE aid_request_id = $1`, id, r.State, r.Version); err != nil {
			return fmt.Errorf("withdraw aid request %s: %w", id, err)
		}
		if err := s.oweStop(ctx, tx, requestRow(*r, r.Version, r.State)); err != nil {
			return err
		}
		if err := s.cancelCycles(ctx, tx, id); err != nil {
			return fmt.Errorf("cancel cycles of aid request %s: %w", id, err)
		}
		return addCycles(ctx, tx, r)
	})
}
