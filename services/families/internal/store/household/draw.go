package household

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// DutyRedraw is to draw a verification anew whose person let it run out.
const DutyRedraw = "family.redraw"

// drawRow is what the MAC of a draw covers.
func drawRow(familyID string, v verification.Verification) *rowmac.Row {
	return rowmac.NewRow("verifications", v.ID, int64(v.Draw)).Text(familyID).Text(v.Confirmer).Flag(v.StandsIn)
}

// drawn refuses a verification that another hand gave to the person who has it.
func (s *Store) drawn(ctx context.Context, tx pgx.Tx, familyID string, v verification.Verification) error {
	var mac []byte
	if err := tx.QueryRow(ctx, `SELECT draw_mac FROM verifications WHERE verification_id = $1`, v.ID).Scan(&mac); err != nil {
		return fmt.Errorf("read draw of verification %s: %w", v.ID, err)
	}
	return s.rows.Check(ctx, drawRow(familyID, v), mac)
}

// draw gives a verification of a locked family to the next person of the lot.
func (s *Store) draw(ctx context.Context, tx pgx.Tx, familyID string, link []byte, awake lot.Awake, v *verification.Verification) error {
	c, err := s.lotCase(ctx, tx, familyID, v.ID)
	if err != nil {
		return err
	}
	d, err := c.Draw(awake, s.lotOrder(link))
	if err != nil {
		return err
	}
	v.Confirmer, v.StandsIn, v.Draw, v.DrawnAt = d.Person, d.StandsIn, v.Draw+1, s.now()
	if !d.StandsIn {
		return nil
	}
	return s.notePart(ctx, tx, familyID, d.Person, family.PartStandIn)
}

// lotOrder is the order of people in the lot about a prisoner, by the HMAC of whom: the
// same for whoever is registered with that prisoner.
func (s *Store) lotOrder(link []byte) lot.Order {
	return func(person string) []byte { return s.keys.Keyed("lot", []byte(hex.EncodeToString(link)+"|"+person)) }
}

// lotCase reads what a lot about a family has to know.
func (s *Store) lotCase(ctx context.Context, q postgres.Querier, familyID, verificationID string) (lot.Case, error) {
	var c lot.Case
	insiders, err := s.insiders(ctx, q, familyID)
	if err != nil {
		return c, err
	}
	c.Insiders = insiders[familyID]
	err = q.QueryRow(ctx, `
		SELECT ARRAY (SELECT d.person FROM passed_draws d WHERE d.verification_id = $1),
			ARRAY (SELECT d.person FROM passed_draws d WHERE d.verification_id = $1 AND d.why = 'NOT_ME'),
			ARRAY (SELECT DISTINCT d.person FROM passed_draws d WHERE d.why = 'RAN_OUT' AND d.passed_on > $3),
			COALESCE((SELECT p.person FROM case_parts p
				WHERE p.family_id = $2 AND p.part = 'STAND_IN' AND p.last_on > $4 ORDER BY p.last_on DESC, p.person LIMIT 1), '')`,
		verificationID, familyID, day(s.now()).AddDate(0, 0, -lot.Asleep), day(s.now()).AddDate(0, 0, -lot.StandIn)).
		Scan(&c.Asked, &c.NotMe, &c.Overdue, &c.StoodIn)
	if err != nil {
		return c, fmt.Errorf("read draws of family %s: %w", familyID, err)
	}
	return c, nil
}

// LotCase returns what decides who may confirm in the case of a family.
func (s *Store) LotCase(ctx context.Context, familyID string) (lot.Case, error) {
	return s.lotCase(ctx, s.db.Pool, familyID, "")
}

// StandIn notes that an officer stands in for a verifier, or refuses it; apart are those
// who have done the other half of what they would confirm.
func (s *Store) StandIn(ctx context.Context, officer, familyID string, awake lot.Awake, apart ...string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := s.lockFamily(ctx, tx, family.Scope{All: true}, familyID); err != nil {
			return err
		}
		c, err := s.lotCase(ctx, tx, familyID, "")
		if err != nil {
			return err
		}
		if err := c.MayStandIn(officer, awake, apart...); err != nil {
			return err
		}
		return s.notePart(ctx, tx, familyID, officer, family.PartStandIn)
	})
}

// NotMe draws a verification anew whose person says that it must not be they.
func (s *Store) NotMe(ctx context.Context, person, id string, awake lot.Awake) (family.Family, error) {
	return s.onFamily(ctx, family.Scope{Person: person, All: true}, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		v, found, err := openVerification(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found {
			return fault.State("family", string(f.State), string(family.InReview))
		}
		if err := v.CheckDecider(person); err != nil {
			return err
		}
		return s.redraw(ctx, tx, f, &v, verification.NotMe, awake)
	})
}

// Redraw draws a verification anew whose person let it run out, or is not awake, and
// reports whether it did. Where nobody else is there it stays with whom it was drawn to.
func (s *Store) Redraw(ctx context.Context, verificationID string, awake lot.Awake) (done bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		done = false
		var familyID string
		err := tx.QueryRow(ctx, `SELECT family_id FROM verifications WHERE verification_id = $1`, verificationID).Scan(&familyID)
		if err != nil {
			return fmt.Errorf("read verification %s: %w", verificationID, err)
		}
		f, err := s.lockFamily(ctx, tx, family.Scope{All: true}, familyID)
		if err != nil {
			return err
		}
		v, found, err := openVerification(ctx, tx, familyID)
		if err != nil || !found || v.ID != verificationID {
			return err
		}
		why := v.Passed(isAwake(v, awake), s.now())
		if why == "" {
			return nil
		}
		err = s.redraw(ctx, tx, &f, &v, why, awake)
		done = err == nil
		return err
	})
	if fault.Is(err, fault.ReasonNobodyAvailable) {
		return false, nil
	}
	return done, err
}

// isAwake reports whether the person drawn can act in the role in which they were.
func isAwake(v verification.Verification, awake lot.Awake) bool {
	if v.StandsIn {
		return slices.Contains(awake.Officers, v.Confirmer)
	}
	return slices.Contains(awake.Verifiers, v.Confirmer)
}

// redraw ends a draw and makes the next.
func (s *Store) redraw(ctx context.Context, tx pgx.Tx, f *family.Family, v *verification.Verification, why verification.Why, awake lot.Awake) error {
	if _, err := tx.Exec(ctx, `
		INSERT INTO passed_draws (verification_id, draw, person, why, passed_on) VALUES ($1, $2, $3, $4, $5)`,
		v.ID, v.Draw, v.Confirmer, why, s.today()); err != nil {
		return fmt.Errorf("end draw of verification %s: %w", v.ID, err)
	}
	about, err := latest(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	if err := s.draw(ctx, tx, f.ID, about.link, awake, v); err != nil {
		return err
	}
	f.Proposer, f.Confirmer, f.StandsIn = v.Proposer, v.Confirmer, v.StandsIn
	_, err = tx.Exec(ctx, `
		UPDATE verifications SET confirmer = $2, draw = $3, stands_in = $4, drawn_at = $5, draw_mac = $6 WHERE verification_id = $1`,
		v.ID, v.Confirmer, v.Draw, v.StandsIn, v.DrawnAt, s.rows.Sign(drawRow(f.ID, *v)))
	if err != nil {
		return fmt.Errorf("draw verification %s anew: %w", v.ID, err)
	}
	return nil
}

// Asleep lists verifications that wait for somebody who is not awake.
func (s *Store) Asleep(ctx context.Context, awake lot.Awake) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "draws of people who are not awake", pgx.RowTo[string], `
		SELECT verification_id FROM verifications WHERE outcome = 'PROPOSED'
			AND NOT confirmer = ANY (COALESCE(CASE WHEN stands_in THEN $1::text[] ELSE $2::text[] END, '{}'))
		ORDER BY verification_id`, awake.Officers, awake.Verifiers)
}

// OwedRedraws lists verifications that were drawn too long ago.
func (s *Store) OwedRedraws(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "draws that ran out", pgx.RowTo[string], `
		SELECT verification_id FROM verifications WHERE outcome = 'PROPOSED' AND drawn_at <= $1 AND verification_id > $2
		ORDER BY verification_id LIMIT $3`, s.now().Add(-verification.Time), after, limit)
}

// NextRedraw returns when the next draw runs out; the zero time where none will.
func (s *Store) NextRedraw(ctx context.Context, after time.Time) (time.Time, error) {
	return postgres.FirstTime(ctx, s.db.Pool, "draws", `
		SELECT min(drawn_at) + interval '72 hours' FROM verifications WHERE outcome = 'PROPOSED' AND drawn_at > $1`, after.Add(-verification.Time))
}
