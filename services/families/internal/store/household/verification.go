package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// SubmitFamily declares a registration complete.
func (s *Store) SubmitFamily(ctx context.Context, scope family.Scope, id string) (family.Family, error) {
	return s.onFamily(ctx, scope, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if err := family.Take(family.Submit, f.State); err != nil {
			return err
		}
		var h family.Holdings
		err := tx.QueryRow(ctx, `
			SELECT (SELECT count(*) FROM members WHERE family_id = $1),
				(SELECT count(*) FROM contacts WHERE family_id = $1),
				(SELECT count(*) FROM consents c WHERE c.family_id = $1 AND `+consentInForce("$2")+`)`,
			id, day(s.now())).Scan(&h.Members, &h.Contacts, &h.Consents)
		if err != nil {
			return fmt.Errorf("count what family %s has: %w", id, err)
		}
		if err := family.CheckComplete(h); err != nil {
			return err
		}
		return s.move(ctx, tx, f, family.Submitted)
	})
}

// ProposeVerification puts a family into review with the person whom the lot draws among
// those awake.
func (s *Store) ProposeVerification(ctx context.Context, scope family.Scope, id string, awake lot.Awake) (family.Family, error) {
	return s.onFamily(ctx, scope, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		if err := family.Take(family.ProposeVerification, f.State); err != nil {
			return err
		}
		before, err := latest(ctx, tx, id)
		if err != nil {
			return err
		}
		v := verification.Verification{ID: resource.NewID(resource.KindVerification), Owner: f.Owner, Proposer: scope.Person, Outcome: verification.Proposed}
		if err := s.draw(ctx, tx, id, before.link, awake, &v); err != nil {
			return err
		}
		err = s.decideMove(ctx, tx, f, family.InReview, func(f family.Family) (int, error) {
			return s.record(ctx, reviewRow(f, before.link, v.ID))
		})
		if err != nil {
			return err
		}
		f.Proposer, f.Confirmer, f.StandsIn = v.Proposer, v.Confirmer, v.StandsIn
		return s.insertVerification(ctx, tx, *f, v)
	})
}

func (s *Store) insertVerification(ctx context.Context, tx pgx.Tx, f family.Family, v verification.Verification) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO verifications (verification_id, family_id, case_owner, proposer, confirmer, outcome, proposed_version,
			draw, stands_in, drawn_at, draw_mac)
		VALUES ($1, $2, $3, $4, $5, 'PROPOSED', $6, $7, $8, $9, $10)`,
		v.ID, f.ID, v.Owner, v.Proposer, v.Confirmer, f.Version, v.Draw, v.StandsIn, v.DrawnAt, s.rows.Sign(drawRow(f.ID, v)))
	if postgres.Violates(err, "verifications_two_people") {
		return family.SamePerson()
	}
	if err != nil {
		return fmt.Errorf("propose verification of family %s: %w", f.ID, err)
	}
	return nil
}

// DecideVerification ends a verification; only the person drawn may. A confirmation names
// by which way something was checked that the owner did not supply; without one the family
// is unseen.
func (s *Store) DecideVerification(ctx context.Context, person, id string, outcome verification.Outcome, check string) (family.Family, error) {
	return s.onFamily(ctx, family.Scope{Person: person, All: true}, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		v, found, err := openVerification(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found { // a suspended family may become VERIFIED, too, but not so
			return fault.State("family", string(f.State), string(outcome.FamilyState()))
		}
		if err := v.CheckDecider(person); err != nil {
			return err
		}
		if err := s.drawn(ctx, tx, id, v); err != nil {
			return err
		}
		if err := s.confirms(ctx, tx, id, person); err != nil {
			return err
		}
		f.Proposer, f.Confirmer, f.StandsIn = v.Proposer, v.Confirmer, v.StandsIn
		about, err := latest(ctx, tx, id)
		if err != nil {
			return err
		}
		err = s.decideMove(ctx, tx, f, outcome.FamilyState(), func(f family.Family) (int, error) {
			return s.record(ctx, standingRow(f, about.link, verified{id: v.ID, check: check}.basis()))
		})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE verifications SET outcome = $2, decider = $3, decided_version = $4, decided_on = $5, drawn_at = $6, independent_check = NULLIF($7, '')
			WHERE verification_id = $1`, v.ID, outcome, person, f.Version, s.today(), s.stamp(v.DrawnAt), check); err != nil {
			return fmt.Errorf("decide verification %s: %w", v.ID, err)
		}
		f.Check, f.Seen = check, outcome == verification.Confirmed
		if !f.Seen {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE families SET verified_on = $2, due_on = NULL WHERE family_id = $1`, id, day(s.now())); err != nil {
			return fmt.Errorf("note verification of family %s: %w", id, err)
		}
		return nil
	})
}

// verified is what a family's standing rests on.
type verified struct {
	// link is the HMAC of the prisoner, id the latest verification's, empty for none.
	link []byte
	id   string
	// check is by which way something was checked independently.
	check string
}

// basis is what stands in the leaf of a standing about its verification.
func (v verified) basis() string {
	if v.check == "" {
		return v.id
	}
	return v.id + "|" + v.check
}

// latest reads what the standing of a locked family rests on.
func latest(ctx context.Context, tx pgx.Tx, familyID string) (v verified, err error) {
	err = tx.QueryRow(ctx, `
		SELECT f.prisoner_digest, COALESCE(v.verification_id, ''), COALESCE(v.independent_check, '') FROM families f LEFT JOIN LATERAL (
			SELECT verification_id, independent_check FROM verifications
			WHERE family_id = f.family_id ORDER BY proposed_version DESC LIMIT 1) v ON true
		WHERE f.family_id = $1`, familyID).Scan(&v.link, &v.id, &v.check)
	if err != nil {
		return v, fmt.Errorf("read verification of family %s: %w", familyID, err)
	}
	return v, nil
}

// openVerification returns the verification that waits for its decision.
func openVerification(ctx context.Context, tx pgx.Tx, familyID string) (verification.Verification, bool, error) {
	v := verification.Verification{Outcome: verification.Proposed}
	err := tx.QueryRow(ctx, `
		SELECT verification_id, case_owner, proposer, confirmer, draw, stands_in, drawn_at FROM verifications
		WHERE family_id = $1 AND outcome = 'PROPOSED' FOR UPDATE`, familyID).
		Scan(&v.ID, &v.Owner, &v.Proposer, &v.Confirmer, &v.Draw, &v.StandsIn, &v.DrawnAt)
	if postgres.IsNotFound(err) {
		return v, false, nil
	}
	if err != nil {
		return v, false, fmt.Errorf("read verification of family %s: %w", familyID, err)
	}
	return v, true, nil
}
