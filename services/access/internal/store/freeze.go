package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// What became of a freeze that somebody asked for.
const (
	// Done says that the person is frozen.
	Done = "done"
	// TakesTwo says that nothing was changed: it takes a second person.
	TakesTwo = "takes two"
)

// Freeze freezes the person with ID target on behalf of the person with ID by, unless
// a freeze is in force already or it takes two; its leaf is owed from then on.
func (s *Store) Freeze(ctx context.Context, target, by string, now time.Time) (string, error) {
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		// The lock lets two colleagues who freeze at once see each other.
		if err := lockStaff(ctx, tx, target); err != nil {
			return "", err
		}
		var frozen, alone bool
		err := tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT 1 FROM freezes WHERE staff_id = $1 AND state = 'FROZEN' AND expires_at > $3),
			       $1 = $2 OR NOT EXISTS (SELECT 1 FROM freezes
			                              WHERE staff_id = $1 AND state <> 'PROPOSED' AND until_day + $4::int >= ($3 AT TIME ZONE 'UTC')::date)
			              AND NOT EXISTS (SELECT 1 FROM freezes f JOIN freeze_steps t ON t.freeze_id = f.id
			                              WHERE t.person = $2 AND t.step = 'FREEZE' AND f.staff_id <> $2 AND f.by_one AND f.state = 'FROZEN'
			                                AND (f.created_at AT TIME ZONE 'UTC')::date + 1 >= ($3 AT TIME ZONE 'UTC')::date)`,
			target, by, now, staff.RepeatDays).Scan(&frozen, &alone)
		switch {
		case err != nil:
			return "", fmt.Errorf("look for freezes: %w", err)
		case frozen:
			return Done, nil
		case !alone:
			return TakesTwo, nil
		}
		f, err := insertFreeze(ctx, tx, target, staff.Frozen, now, now.Add(staff.FreezeTerm))
		if err != nil {
			return "", err
		}
		if _, err := insertStep(ctx, tx, f.ID, staff.FreezeStep{Step: staff.StepFreeze, Until: f.Until, Person: by}, now); err != nil {
			return "", err
		}
		return Done, froze(ctx, tx, f, by, now)
	})
}

func lockStaff(ctx context.Context, tx pgx.Tx, id string) error {
	err := tx.QueryRow(ctx, `SELECT id FROM staff WHERE id = $1 FOR UPDATE`, id).Scan(&id)
	switch {
	case postgres.IsNotFound(err):
		return fault.Missing("person")
	case err != nil:
		return fmt.Errorf("lock person: %w", err)
	}
	return nil
}

func insertFreeze(ctx context.Context, tx pgx.Tx, target string, state staff.FreezeState, now, expires time.Time) (staff.Freeze, error) {
	f := staff.Freeze{
		ID: resource.NewID(resource.KindFreeze), Staff: target, State: state,
		Until: expires.UTC().Truncate(24 * time.Hour), Created: now, Expires: expires,
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO freezes (id, staff_id, state, by_one, until_day, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		f.ID, f.Staff, f.State, state == staff.Frozen, f.Until, f.Created, f.Expires)
	if err != nil {
		return f, fmt.Errorf("insert freeze: %w", err)
	}
	return f, nil
}

// froze ends the sessions of who is frozen, and tells all colleagues.
func froze(ctx context.Context, tx pgx.Tx, f staff.Freeze, by string, now time.Time) error {
	if err := endSessions(ctx, tx, f.Staff, now); err != nil {
		return err
	}
	return announce(ctx, tx, staff.Announcement{Kind: staff.SomebodyFrozen, Staff: f.Staff, Actor: by, At: now})
}

func endSessions(ctx context.Context, tx pgx.Tx, id string, now time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE staff SET sessions_since = $2 WHERE id = $1`, id, now); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

// FreezeDraft finds the freeze of a person that waits for a second one, or makes it. It
// lasts longer than what one person can do, so that its leaves do nothing before both
// are there.
func (s *Store) FreezeDraft(ctx context.Context, target string, now time.Time) (f staff.Freeze, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockStaff(ctx, tx, target); err != nil {
			return err
		}
		found, err := freezesWhere(ctx, tx, `f.staff_id = $1 AND f.state = 'PROPOSED' AND f.created_at > $2 ORDER BY f.created_at DESC LIMIT 1`,
			target, now.Add(-staff.FreezeTerm))
		if err != nil || len(found) > 0 {
			f = append(found, staff.Freeze{})[0]
			return err
		}
		f, err = insertFreeze(ctx, tx, target, staff.FreezeProposed, now, now.Add(2*staff.FreezeTerm))
		return err
	})
	return f, err
}

// Take notes a person's step about a freeze with its leaf, and what it brings about
// where it took effect.
func (s *Store) Take(ctx context.Context, f staff.Freeze, step staff.FreezeStep, effective bool, now time.Time) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := lockStaff(ctx, tx, f.Staff); err != nil {
			return err
		}
		first, err := insertStep(ctx, tx, f.ID, step, now)
		switch {
		case err != nil:
			return err
		case effective:
			return takeEffect(ctx, tx, f, step, now)
		case first && step.Step == staff.StepFreeze:
			return announce(ctx, tx, staff.Announcement{Kind: staff.FreezeAsked, Staff: f.Staff, Actor: step.Person, At: now})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take step of a freeze: %w", err)
	}
	return nil
}

func takeEffect(ctx context.Context, tx pgx.Tx, f staff.Freeze, step staff.FreezeStep, now time.Time) error {
	told := staff.Announcement{Staff: f.Staff, Actor: step.Person, At: now}
	switch step.Step {
	case staff.StepFreeze:
		changed, err := tx.Exec(ctx, `UPDATE freezes SET state = 'FROZEN' WHERE id = $1 AND state = 'PROPOSED'`, f.ID)
		if err != nil || changed.RowsAffected() == 0 {
			return err
		}
		return froze(ctx, tx, f, step.Person, now)
	case staff.StepExtend:
		told.Kind = staff.FreezeExtended
		changed, err := tx.Exec(ctx, `
			UPDATE freezes SET until_day = $2, expires_at = $3 WHERE id = $1 AND state = 'FROZEN' AND until_day < $2`,
			f.ID, step.Until, step.Until.AddDate(0, 0, 1))
		if err != nil || changed.RowsAffected() == 0 {
			return err
		}
	case staff.StepLift:
		told.Kind = staff.Unfrozen
		changed, err := tx.Exec(ctx, `UPDATE freezes SET state = 'OVER' WHERE id = $1 AND state = 'FROZEN'`, f.ID)
		if err != nil || changed.RowsAffected() == 0 {
			return err
		}
	}
	return announce(ctx, tx, told)
}

// FreezeRecorded notes the leaf of a freeze by one person.
func (s *Store) FreezeRecorded(ctx context.Context, id string, sequence int64) error {
	return s.exec(ctx, "note leaf of a freeze", `UPDATE freeze_steps SET sequence = $2 WHERE freeze_id = $1 AND step = 'FREEZE' AND sequence IS NULL`, id, sequence)
}

// FreezeEnded notes that the hours of a freeze are over.
func (s *Store) FreezeEnded(ctx context.Context, id string) error {
	return s.exec(ctx, "note end of a freeze", `UPDATE freezes SET state = 'OVER' WHERE id = $1 AND state = 'FROZEN'`, id)
}

// UnrecordedFreezes lists freezes made before a time whose leaf is owed, by ID after
// the given one.
func (s *Store) UnrecordedFreezes(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "freezes without a leaf", pgx.RowTo[string], `
		SELECT DISTINCT freeze_id FROM freeze_steps WHERE sequence IS NULL AND created_at < $1 AND freeze_id > $2 ORDER BY freeze_id LIMIT $3`, before, after, limit)
}

// ExpiredFreezes lists freezes whose hours ended before a time and are still noted as in
// force, by ID after the given one.
func (s *Store) ExpiredFreezes(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "freezes that are over", pgx.RowTo[string], `
		SELECT id FROM freezes WHERE state = 'FROZEN' AND expires_at <= $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// NextFreezeEnd returns when the next freeze ends after a time; the zero time where none
// does.
func (s *Store) NextFreezeEnd(ctx context.Context, after time.Time) (time.Time, error) {
	var at *time.Time
	err := s.db.Pool.QueryRow(ctx, `SELECT min(expires_at) FROM freezes WHERE state = 'FROZEN' AND expires_at > $1`, after).Scan(&at)
	if err != nil || at == nil {
		return time.Time{}, err
	}
	return *at, nil
}
