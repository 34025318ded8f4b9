package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// errRehearsed rolls a rehearsal back.
var errRehearsed = errors.New("rehearsed")

// rehearsed does fact and takes it back: what would refuse it refuses the rehearsal.
func (s *Store) rehearsed(ctx context.Context, fact func(context.Context, pgx.Tx) error) error {
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := fact(ctx, tx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// voidReason is why nothing decided about a plan counts any more, in the words of its
// leaf.
type voidReason string

// What nobody does has a reason of its own.
const (
	frozen    voidReason = "FROZEN"    // somebody who had decided was frozen
	expired   voidReason = "EXPIRY"    // it was not released in time
	objection voidReason = "OBJECTION" // somebody objected
	moved     voidReason = "ACCOUNT"   // a family is paid elsewhere
)

// reasonOf is the reason that an act gives.
func reasonOf(kind plan.Kind) voidReason {
	if kind == plan.Object {
		return objection
	}
	return voidReason(kind)
}

// Void is a stop of a plan whose leaf is owed.
type Void struct {
	ID      string
	PlanID  string
	Version int
	Reason  string
	Digest  []byte
	Done    bool
}

// oweVoid owes the ledger that nothing decided about a plan counts any more. A plan
// that nobody has locked owes nothing.
func (s *Store) oweVoid(ctx context.Context, tx pgx.Tx, p plan.Plan, why voidReason) error {
	if p.Digest == nil {
		return nil
	}
	id := resource.NewID(resource.KindPlanVoid)
	if _, err := tx.Exec(ctx, `
		INSERT INTO plan_voids (id, plan_id, version, reason, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		id, p.ID, p.Version, why, p.Digest, s.now()); err != nil {
		return fmt.Errorf("owe void: %w", err)
	}
	return s.queue.Enqueue(ctx, tx, DutyVoid, id)
}

const voidColumns = `SELECT id, plan_id, version, reason, digest, sequence IS NOT NULL AS done FROM plan_voids `

// Void reads one stop.
func (s *Store) Void(ctx context.Context, id string) (Void, error) {
	return one[Void](ctx, s.db.Pool, "stop of plan", voidColumns+`WHERE id = $1`, id)
}

// VoidsOf lists the stops of a plan whose leaves are owed.
func (s *Store) VoidsOf(ctx context.Context, planID string) ([]Void, error) {
	return many[Void](ctx, s.db.Pool, "stops of plan", voidColumns+`WHERE plan_id = $1 AND sequence IS NULL ORDER BY version`, planID)
}

// NoteVoided notes where the log has a stop.
func (s *Store) NoteVoided(ctx context.Context, id string, sequence int64) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE plan_voids SET sequence = $2, created_at = date_trunc('day', created_at, 'UTC') WHERE id = $1 AND sequence IS NULL`, id, sequence)
		return err
	})
}

// OwedVoids lists stops whose leaves are owed.
func (s *Store) OwedVoids(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT id FROM plan_voids WHERE sequence IS NULL AND created_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}
