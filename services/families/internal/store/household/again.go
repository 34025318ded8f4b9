package household

import (
	"context"
	"crypto/hmac"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// enteredAnew refuses what a person enters who confirms a destination, where it is not
// what stands there: they have called the family, and heard something else. Each such try
// counts, and is kept although the call is refused; nobody tries twice at a time. What is
// not PENDING any more is left to the confirmation itself, which may be a repeated one.
func (s *Store) enteredAnew(ctx context.Context, person, familyID, id string, anew destination.Details) error {
	differs := false
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := s.lockFamily(ctx, tx, family.Scope{Person: person, All: true}, familyID)
		if fault.OfKind(err, fault.NotFound) {
			return fault.Missing("destination")
		}
		if err != nil {
			return err
		}
		d, err := oneDestination(ctx, tx, familyID, id, ` FOR UPDATE`)
		if err != nil || d.State != family.Pending {
			return err
		}
		if err := s.mayEnterAnew(ctx, tx, familyID, person, d); err != nil {
			return err
		}
		entered, err := s.openDestination(ctx, tx, familyID, id)
		if err != nil {
			return err
		}
		same, err := s.sameDetails(ctx, familyID, entered, anew)
		if differs = !same; err != nil || same {
			return err
		}
		return s.countTry(ctx, tx, familyID, d)
	})
	if err == nil && differs {
		return destination.Differs()
	}
	return err
}

// mayEnterAnew lets nobody compare who could not confirm.
func (s *Store) mayEnterAnew(ctx context.Context, tx pgx.Tx, familyID, person string, d destination.Destination) error {
	of := ofDestination(d.ID, d.Version, d.State, d.Enterer)
	if err := of.second.CheckConfirm(of.what, person); err != nil {
		return err
	}
	insiders, err := s.insiders(ctx, tx, familyID)
	if err != nil {
		return err
	}
	if err := insiders[familyID].MayConfirm(person); err != nil {
		return err
	}
	return s.called(ctx, tx, familyID, of, person)
}

// sameDetails compares two entries in memory, as HMACs under the family's key.
func (s *Store) sameDetails(ctx context.Context, familyID string, entered, anew destination.Details) (bool, error) {
	if s.hearsay {
		return true, nil
	}
	var digests [2][]byte
	for i, d := range []destination.Details{entered, anew} {
		content, err := d.Folded().Canonical()
		if err != nil {
			return false, err
		}
		if digests[i], err = s.digest(ctx, seal.Family(familyID), "entered anew", content); err != nil {
			return false, err
		}
	}
	return hmac.Equal(digests[0], digests[1]), nil
}

// countTry counts that something else was entered anew; after the last try the destination
// is void.
func (s *Store) countTry(ctx context.Context, tx pgx.Tx, familyID string, d destination.Destination) error {
	var tries int
	if err := tx.QueryRow(ctx, `UPDATE destinations SET tries = tries + 1 WHERE destination_id = $1 RETURNING tries`, d.ID).Scan(&tries); err != nil {
		return fmt.Errorf("count try at destination %s: %w", d.ID, err)
	}
	if tries < destination.MostTries {
		return nil
	}
	d.State, d.Version = family.Void, d.Version+1
	return s.voidDestination(ctx, tx, familyID, d)
}
