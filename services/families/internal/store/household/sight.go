package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// sightRow is what the MAC of a sight covers: nobody gives themselves one by SQL.
func sightRow(familyID string, x family.Sight) *rowmac.Row {
	return rowmac.NewRow("sights", familyID, x.Until.Unix()).Text(x.Person).Text(x.Plan)
}

// readSight returns the sight of a family's file, the zero one where there is none.
func readSight(ctx context.Context, q postgres.Querier, familyID string) (x family.Sight, mac []byte, err error) {
	err = q.QueryRow(ctx, `SELECT person, plan, until, mac FROM sights WHERE family_id = $1`, familyID).Scan(&x.Person, &x.Plan, &x.Until, &mac)
	if postgres.IsNotFound(err) {
		return family.Sight{}, nil, nil
	}
	if err != nil {
		return x, nil, fmt.Errorf("read sight of family %s: %w", familyID, err)
	}
	return x, mac, nil
}

// Show lets a person read a family's file for some time, who looks at it for a plan, and
// returns until when. One does at a time, and nobody of the case.
func (s *Store) Show(ctx context.Context, familyID, person, plan string) (until time.Time, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := s.lockFamily(ctx, tx, family.Scope{All: true}, familyID)
		if err != nil {
			return err
		}
		insiders, err := s.insiders(ctx, tx, familyID)
		if err != nil {
			return err
		}
		if err := insiders[familyID].MayConfirm(person); err != nil {
			return err
		}
		if err := f.CheckUnlocked(); err != nil {
			return err
		}
		x, _, err := readSight(ctx, tx, familyID)
		if err != nil {
			return err
		}
		now := s.now()
		if x.Open(x.Person, now) {
			if until = x.Until; x.Person != person {
				return family.LookTaken()
			}
			if x.Plan == plan {
				return nil
			}
		}
		x = family.Sight{Person: person, Plan: plan, Until: now.Add(family.SightTime).Truncate(time.Second)}
		until = x.Until
		_, err = tx.Exec(ctx, `
			INSERT INTO sights (family_id, person, plan, until, mac) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (family_id) DO UPDATE SET person = EXCLUDED.person, plan = EXCLUDED.plan, until = EXCLUDED.until, mac = EXCLUDED.mac`,
			familyID, x.Person, x.Plan, x.Until, s.rows.Sign(sightRow(familyID, x)))
		return err
	})
	if err != nil {
		return until, fmt.Errorf("show family %s: %w", familyID, err)
	}
	return until, nil
}

// Hide ends that a person may read a family's file for a plan.
func (s *Store) Hide(ctx context.Context, familyID, person, plan string) error {
	known := false
	err := s.db.Pool.QueryRow(ctx, `
		WITH hidden AS (DELETE FROM sights WHERE family_id = $1 AND person = $2 AND plan = $3)
		SELECT EXISTS (SELECT 1 FROM families WHERE family_id = $1)`, familyID, person, plan).Scan(&known)
	switch {
	case err != nil:
		return fmt.Errorf("hide family %s: %w", familyID, err)
	case !known:
		return family.Missing()
	}
	return nil
}

// looks refuses who may not read a family's file for a look, and with whom it was by
// another hand.
func (s *Store) looks(ctx context.Context, tx pgx.Tx, familyID, person, purpose string) error {
	x, mac, err := readSight(ctx, tx, familyID)
	switch {
	case err != nil:
		return err
	case !x.Open(person, s.now()):
		return family.Missing()
	case purpose != family.PurposeLook:
		return fault.Field("purpose", fault.FieldNotPossible, "must be UNSEAL_PURPOSE_LOOK for who looks at the family for a plan")
	}
	return s.rows.Check(ctx, sightRow(familyID, x), mac)
}
