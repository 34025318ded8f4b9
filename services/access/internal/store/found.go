package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
)

// Found drafts the officers of an empty installation by the digests of their
// identities, and returns their grants in that order. A repeat for the same people
// finds what was drafted; where anything else was granted it is a fault
// ALREADY_FOUNDED.
func (s *Store) Found(ctx context.Context, digests [][]byte, now time.Time) (grants []staff.Grant, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		// Two foundings at once take turns.
		if _, err := tx.Exec(ctx, `LOCK TABLE role_grants IN SHARE ROW EXCLUSIVE MODE`); err != nil {
			return fmt.Errorf("lock grants: %w", err)
		}
		grants, err = drafted(ctx, tx, digests, now)
		if err != nil || grants != nil {
			return err
		}
		for _, digest := range digests {
			m, err := person(ctx, tx, digest, "", now)
			if err != nil {
				return err
			}
			g := staff.NewGrant(m.ID, staff.ProtectionOfficer, "", 0, now)
			if err := insertGrant(ctx, tx, g); err != nil {
				return err
			}
			grants = append(grants, g)
		}
		return nil
	})
	return grants, err
}

// drafted returns the grants of an earlier founding of the same people that was not
// finished; nil where nothing was ever granted.
func drafted(ctx context.Context, tx pgx.Tx, digests [][]byte, now time.Time) ([]staff.Grant, error) {
	type row struct {
		ID       string
		Identity []byte
		Open     bool
	}
	rows, err := tx.Query(ctx, `
		SELECT g.staff_id AS id, s.identity, g.state = 'PROPOSED' AND g.proposer IS NULL AND g.founded_sequence IS NULL AS open
		FROM role_grants g JOIN staff s ON s.id = g.staff_id`)
	if err != nil {
		return nil, fmt.Errorf("read grants: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if len(all) != len(digests) {
		return nil, staff.AlreadyFounded()
	}
	var grants []staff.Grant
	for _, digest := range digests {
		i := slices.IndexFunc(all, func(r row) bool { return r.Open && bytes.Equal(r.Identity, digest) })
		if i < 0 {
			return nil, staff.AlreadyFounded()
		}
		m, err := memberByID(ctx, tx, all[i].ID, now)
		if err != nil {
			return nil, err
		}
		grants = append(grants, m.Grants...)
	}
	return grants, nil
}

// Founded notes the leaves of a founding: the officer's enrolment and grant.
func (s *Store) Founded(ctx context.Context, g staff.Grant, enrolled, founded int64) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE staff SET state = 'CONFIRMED', sequence = $2 WHERE id = $1`, g.Staff, enrolled); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE role_grants SET state = 'CONFIRMED', founded_sequence = $2 WHERE id = $1`, g.ID, founded)
		return err
	})
	if err != nil {
		return fmt.Errorf("note founding: %w", err)
	}
	return nil
}
