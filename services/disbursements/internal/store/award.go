package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// LiveAwards sums the live awards of some cycles, of those that have any. No other hand
// must have changed an award of theirs, be it to cancelled.
func (s *Store) LiveAwards(ctx context.Context, of []RequestCycle) ([]round.Held, error) {
	requests, cycles := make([]string, len(of)), make([]int32, len(of))
	for i, c := range of {
		requests[i], cycles[i] = c.AidRequest, c.Cycle
	}
	awards, err := s.ownAwards(ctx, s.db.Pool, `WHERE (aid_request, cycle) IN (SELECT * FROM unnest($1::text[], $2::integer[]))
		ORDER BY aid_request, cycle`, requests, cycles)
	var held []round.Held
	for _, a := range awards {
		n := len(held) - 1
		switch {
		case a.State == round.Cancelled:
		case n >= 0 && held[n].AidRequest == a.AidRequest && held[n].Cycle == a.Cycle:
			held[n].Minor += a.Minor
		default:
			held = append(held, round.Held{AidRequest: a.AidRequest, Cycle: a.Cycle, Minor: a.Minor})
		}
	}
	return held, err
}

// sourceColumns are those of what made an award.
const sourceColumns = `COALESCE(round_id, '') AS round_id, COALESCE(emergency_grant_id, '') AS grant_id`

const awardFields = `id, state, ` + sourceColumns + `, fund, currency, minor_units AS minor, aid_request, family, cycle, part,
	created_at AS created, ` + paidAfterFailed + ` AS paid_after_failed`

const awardColumns = `SELECT ` + awardFields + ` FROM awards `

// Award reads one award.
func (s *Store) Award(ctx context.Context, id string) (round.AwardRecord, error) {
	return one[round.AwardRecord](ctx, s.db.Pool, "award", awardColumns+`WHERE id = $1`, id)
}

// Awards lists the awards of a source, or of any where it is empty, newest first.
func (s *Store) Awards(ctx context.Context, of round.Source, funds []string, p page.Page) ([]round.AwardRecord, error) {
	var source []listing.Condition
	switch {
	case of.RoundID != "":
		source = append(source, listing.Under("awards.round_id", of.RoundID))
	case of.GrantID != "":
		source = append(source, listing.Few("awards.emergency_grant_id = %s", of.GrantID))
	}
	if len(funds) > 0 {
		source = append(source, listing.Where("awards.fund = ANY (%s)", funds))
	}
	return list[round.AwardRecord](ctx, s, "awards", awardColumns, awardList(), p, source...)
}

// CancelAward gives an award up; ledger and families are owed the news.
func (s *Store) CancelAward(ctx context.Context, id string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		a, err := s.ownAward(ctx, tx, `WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return "", err
		}
		if err := a.May(round.CancelAward); err != nil {
			return "", err
		}
		if err := s.moveAwards(ctx, tx, round.Cancelled, []awardRow{a}); err != nil {
			return "", err
		}
		return id, s.queue.Enqueue(ctx, tx, DutyCancel, id)
	})
	return err
}

// Cancellation is an award that was given up, and when.
type Cancellation struct {
	ID string
	round.Source
	Fund       string
	Currency   string
	Minor      int64
	AidRequest string
	Cycle      int32
	On         time.Time
	Done       bool
}

// Cancelled reads what is owed about a cancelled award that no other hand has changed.
func (s *Store) Cancelled(ctx context.Context, id string) (Cancellation, error) {
	if _, err := s.ownAward(ctx, s.db.Pool, `WHERE id = $1 AND state = 'CANCELLED'`, id); err != nil {
		return Cancellation{}, err
	}
	return one[Cancellation](ctx, s.db.Pool, "cancelled award", `
		SELECT id, `+sourceColumns+`, fund, currency, minor_units AS minor, aid_request, cycle, cancelled_at AS on,
			returned_at IS NOT NULL AS done
		FROM awards WHERE id = $1 AND state = 'CANCELLED'`, id)
}

// NoteCancelled notes that ledger and families know.
func (s *Store) NoteCancelled(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE awards SET returned_at = $2, cancelled_at = date_trunc('day', cancelled_at, 'UTC') WHERE id = $1 AND returned_at IS NULL`, id, s.now())
		return err
	})
}

// OwedCancellations lists awards whose giving up is owed to others.
func (s *Store) OwedCancellations(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT id FROM awards WHERE state = 'CANCELLED' AND returned_at IS NULL AND cancelled_at < $1 AND id > $2
		ORDER BY id LIMIT $3`, before, after, limit)
}
