package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
)

// The steps of a commit, page by page. Each takes the round as its worker has read it,
// and leaves alone a commit that has moved on since: duties may run twice at once, and
// an answer that was given to an earlier commit is not noted in a later one.

// askTime bounds one question to the ledger while a round is locked.
const askTime = 8 * time.Second

// HeldBack is a request that may not be given money now.
type HeldBack struct {
	AidRequest string
	Cycle      int32
	Reason     string
}

// NoteReserved notes what families reserved and held back of a page of allocations.
// After the last page: RESERVE → HOLD.
func (s *Store) NoteReserved(ctx context.Context, r round.Round, page int, held []HeldBack) error {
	return s.paged(ctx, r, round.Reserve, page, round.Hold, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE allocations SET outcome = CASE WHEN amount > 0 THEN 'AWARDED' ELSE 'NOTHING' END
			WHERE round_id = $1 AND number > $2 AND number <= $3`, r.ID, r.CommitAfter, r.CommitAfter+page); err != nil {
			return fmt.Errorf("note outcomes: %w", err)
		}
		if len(held) == 0 {
			return nil
		}
		return noteHeldBack(ctx, tx, r, page, held)
	})
}

func noteHeldBack(ctx context.Context, tx pgx.Tx, r round.Round, page int, held []HeldBack) error {
	requests, cycles, reasons := make([]string, len(held)), make([]int32, len(held)), make([]string, len(held))
	for i, h := range held {
		requests[i], cycles[i], reasons[i] = h.AidRequest, h.Cycle, h.Reason
	}
	if _, err := tx.Exec(ctx, `
		UPDATE allocations a SET outcome = 'HELD_BACK', held_back_reason = h.reason
		FROM unnest($4::text[], $5::integer[], $6::text[]) AS h (aid_request, cycle, reason)
		WHERE a.round_id = $1 AND a.number > $2 AND a.number <= $3 AND a.amount > 0
			AND a.aid_request = h.aid_request AND a.cycle = h.cycle`,
		r.ID, r.CommitAfter, r.CommitAfter+page, requests, cycles, reasons); err != nil {
		return fmt.Errorf("note held back requests: %w", err)
	}
	return nil
}

// DecideHold asks the ledger for the money, and notes its answer. HOLD → AWARD, or
// UNRESERVE. It is the one call of another service within a transaction here: the
// round stays locked, so that no second worker can be given another answer
// meanwhile. To ask twice is safe, since the ledger answers a reference once. The
// question has less time than a session may idle in a transaction.
func (s *Store) DecideHold(ctx context.Context, r round.Round, ask func(context.Context) (round.Refusal, error)) error {
	return s.at(ctx, r, round.Hold, func(ctx context.Context, tx pgx.Tx) error {
		inTime, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		refusal, err := ask(inTime)
		if err != nil {
			return err
		}
		next := round.Award
		if refusal != "" {
			next = round.Unreserve
		}
		return exec(ctx, tx, "note hold", `
			UPDATE allocation_rounds SET commit_step = $2, commit_after = 0, refusal = NULLIF($3, '') WHERE id = $1`, r.ID, next, refusal)
	})
}

// MakeAwards makes the awards of a page of allocations. A request that another round
// has awarded meanwhile is held back. After the last page: AWARD → BOOK.
func (s *Store) MakeAwards(ctx context.Context, r round.Round, page int) error {
	return s.paged(ctx, r, round.Award, page, round.Book, func(ctx context.Context, tx pgx.Tx) error {
		if err := s.insertAwards(ctx, tx, r.ID, r.CommitAfter, r.CommitAfter+page); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE allocations a SET outcome = 'HELD_BACK', held_back_reason = $4
			WHERE a.round_id = $1 AND a.number > $2 AND a.number <= $3 AND a.outcome = 'AWARDED' AND a.number <> ALL (ARRAY(
				SELECT sh.number FROM allocation_shares sh
				WHERE sh.round_id = $1 AND sh.number > $2 AND sh.number <= $3 AND EXISTS (SELECT 1 FROM awards w WHERE w.id = sh.award_id)))`,
			r.ID, r.CommitAfter, r.CommitAfter+page, round.AlreadyAwarded)
		return err
	})
}

// NoteBooked notes up to which award all are booked.
func (s *Store) NoteBooked(ctx context.Context, r round.Round, last string) error {
	return s.at(ctx, r, round.Book, func(ctx context.Context, tx pgx.Tx) error {
		return exec(ctx, tx, "note booked awards", `
			UPDATE allocation_rounds SET booked_after = $2 WHERE id = $1`, r.ID, last)
	})
}

// ordered is set where a commit is owed no longer: only the day stays.
const ordered = `ordered_at = date_trunc('day', ordered_at, 'UTC')`

// FinishCommit notes that everything is booked. BOOK → COMMITTED.
func (s *Store) FinishCommit(ctx context.Context, r round.Round) error {
	return s.at(ctx, r, round.Book, func(ctx context.Context, tx pgx.Tx) error {
		return exec(ctx, tx, "finish commit", `
			UPDATE allocation_rounds SET state = 'COMMITTED', commit_step = NULL, committed_at = $2, `+ordered+` WHERE id = $1`, r.ID, s.now())
	})
}

// RefuseCommit clears a page of the allocations of a round whose money was refused.
// Only the reason is new. After the last page: UNRESERVE → SIMULATED.
func (s *Store) RefuseCommit(ctx context.Context, r round.Round, page int) error {
	return s.at(ctx, r, round.Unreserve, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE allocations SET outcome = NULL, held_back_reason = NULL
			WHERE round_id = $1 AND number > $2 AND number <= $3`, r.ID, r.CommitAfter, r.CommitAfter+page); err != nil {
			return fmt.Errorf("clear outcomes: %w", err)
		}
		last, err := lastPage(ctx, tx, r, page)
		if err != nil {
			return err
		}
		if !last {
			return step(ctx, tx, r, round.Unreserve, r.CommitAfter+page)
		}
		return exec(ctx, tx, "refuse commit", `
			UPDATE allocation_rounds SET state = 'SIMULATED', commit_step = NULL, committed_by = NULL, `+ordered+` WHERE id = $1`, r.ID)
	})
}

// paged does fact for the next page of allocations, and goes to the page after it or,
// after the last, to the next step.
func (s *Store) paged(ctx context.Context, r round.Round, now round.Step, page int, next round.Step, fact func(context.Context, pgx.Tx) error) error {
	return s.at(ctx, r, now, func(ctx context.Context, tx pgx.Tx) error {
		if err := fact(ctx, tx); err != nil {
			return err
		}
		last, err := lastPage(ctx, tx, r, page)
		if err != nil {
			return err
		}
		if last {
			return step(ctx, tx, r, next, 0)
		}
		return step(ctx, tx, r, now, r.CommitAfter+page)
	})
}

// at does fact while the round is locked, where its commit is at the step and stands
// as it was read.
func (s *Store) at(ctx context.Context, r round.Round, now round.Step, fact func(context.Context, pgx.Tx) error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		locked, err := lockRound(ctx, tx, r.ID)
		if err != nil || r.CommitStep != now || !s.stands(r.Progress, locked.Progress) {
			return err
		}
		return fact(ctx, tx)
	})
}

// lastPage reports whether no allocation follows the page.
func lastPage(ctx context.Context, tx pgx.Tx, r round.Round, page int) (last bool, err error) {
	if err := tx.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT 1 FROM allocations WHERE round_id = $1 AND number > $2)`,
		r.ID, r.CommitAfter+page).Scan(&last); err != nil {
		return false, fmt.Errorf("look for another page: %w", err)
	}
	return last, nil
}

// step notes where a commit stands.
func step(ctx context.Context, tx pgx.Tx, r round.Round, to round.Step, after int) error {
	return exec(ctx, tx, "advance commit", `
		UPDATE allocation_rounds SET commit_step = $2, commit_after = $3 WHERE id = $1`, r.ID, to, after)
}
