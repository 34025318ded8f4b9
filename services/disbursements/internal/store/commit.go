package store

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
)

// MayOrder checks that a person may commit a round now, and changes nothing.
func (s *Store) MayOrder(ctx context.Context, id, person string, digest []byte) error {
	return s.rehearsed(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return s.orderCommit(ctx, tx, id, person, digest, 0)
	})
}

// OrderCommit lets person commit a round: from here on the rest of the commit is
// owed. digest is what they looked at, sequence where the log has their decision.
func (s *Store) OrderCommit(ctx context.Context, id, person string, digest []byte, sequence int64) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		return id, s.orderCommit(ctx, tx, id, person, digest, sequence)
	})
	return err
}

func (s *Store) orderCommit(ctx context.Context, tx pgx.Tx, id, person string, digest []byte, sequence int64) error {
	r, err := lockRound(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := s.mayCommit(ctx, tx, r, person); err != nil {
		return err
	}
	if !bytes.Equal(digest, r.SnapshotDigest) {
		return fault.New(fault.Aborted, fault.ReasonSnapshotChanged, "The snapshot is not the one you looked at: read it again.")
	}
	return separated(s.order(ctx, tx, r, person, sequence))
}

func (s *Store) mayCommit(ctx context.Context, tx pgx.Tx, r round.Round, person string) error {
	involved, err := involvedIn(ctx, tx, person, r.ID)
	if err != nil {
		return err
	}
	if err := r.May(round.Commit, round.By{Person: person, Involved: involved[r.ID]}); err != nil {
		return err
	}
	var cycles int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM allocations WHERE round_id = $1 AND amount > 0`, r.ID).Scan(&cycles); err != nil {
		return fmt.Errorf("count what a round gives: %w", err)
	}
	if cycles > round.MaxReserved {
		return round.TooLarge()
	}
	return nil
}

func (s *Store) order(ctx context.Context, tx pgx.Tx, r round.Round, person string, sequence int64) error {
	if err := exec(ctx, tx, "order commit", `
		UPDATE allocation_rounds SET state = 'COMMITTING', committed_by = $2, commit_step = 'RESERVE', ordered_at = $3,
			commit_sequence = $4, refusal = NULL
		WHERE id = $1`, r.ID, person, s.now(), sequence); err != nil {
		return err
	}
	return s.queue.Enqueue(ctx, tx, DutyCommit, r.ID)
}

// askTime bounds one question to the ledger while a round is locked.
const askTime = 8 * time.Second

// HeldBack is a request that may not be given money now.
type HeldBack struct {
	AidRequest string
	Cycle      int32
	Reason     string
}

// NoteReserved notes what families reserved and held back. RESERVE → HOLD.
func (s *Store) NoteReserved(ctx context.Context, id string, held []HeldBack) error {
	return s.advance(ctx, id, round.Reserve, round.Hold, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE allocations SET outcome = CASE WHEN amount > 0 THEN 'AWARDED' ELSE 'NOTHING' END
			WHERE round_id = $1`, id); err != nil {
			return fmt.Errorf("note outcomes: %w", err)
		}
		for _, h := range held {
			if _, err := tx.Exec(ctx, `
				UPDATE allocations SET outcome = 'HELD_BACK', held_back_reason = $4
				WHERE round_id = $1 AND aid_request = $2 AND cycle = $3 AND amount > 0`,
				id, h.AidRequest, h.Cycle, h.Reason); err != nil {
				return fmt.Errorf("note held back request: %w", err)
			}
		}
		return nil
	})
}

// DecideHold asks the ledger for the money, and notes its answer. HOLD → AWARD, or
// UNRESERVE. It is the one call of another service within a transaction here: the
// round stays locked, so that no second worker can be given another answer
// meanwhile. To ask twice is safe, since the ledger answers a reference once. The
// question has less time than a session may idle in a transaction.
func (s *Store) DecideHold(ctx context.Context, id string, ask func(context.Context) (round.Refusal, error)) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := lockRound(ctx, tx, id)
		if err != nil || r.CommitStep != round.Hold {
			return err
		}
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
			UPDATE allocation_rounds SET commit_step = $2, refusal = NULLIF($3, '') WHERE id = $1`, id, next, refusal)
	})
}

// MakeAwards makes the awards. A request that another round has awarded meanwhile
// is held back. AWARD → BOOK.
func (s *Store) MakeAwards(ctx context.Context, id string) error {
	return s.advance(ctx, id, round.Award, round.Book, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			INSERT INTO awards (id, state, round_id, fund, currency, minor_units, aid_request, family, cycle, part, filled, created_at)
			SELECT sh.award_id, 'AVAILABLE', r.id, sh.fund, r.currency, sh.minor_units, a.aid_request, a.family, a.cycle,
				a.part, a.cap - a.amount < r.step, $2
			FROM allocation_shares sh
			JOIN allocations a ON a.round_id = sh.round_id AND a.number = sh.number
			JOIN allocation_rounds r ON r.id = sh.round_id
			WHERE sh.round_id = $1 AND a.outcome = 'AWARDED'
			ORDER BY sh.award_id
			ON CONFLICT (aid_request, cycle, part, fund) WHERE state <> 'CANCELLED' DO NOTHING`, id, s.now()); err != nil {
			return fmt.Errorf("insert awards: %w", err)
		}
		_, err := tx.Exec(ctx, `
			UPDATE allocations a SET outcome = 'HELD_BACK', held_back_reason = $2
			WHERE a.round_id = $1 AND a.outcome = 'AWARDED' AND NOT EXISTS (
				SELECT 1 FROM awards w WHERE w.round_id = a.round_id AND w.aid_request = a.aid_request
					AND w.cycle = a.cycle AND w.part = a.part)`, id, round.AlreadyAwarded)
		return err
	})
}

// ordered is set where a commit is owed no longer: only the day stays.
const ordered = `ordered_at = date_trunc('day', ordered_at, 'UTC')`

// FinishCommit notes that everything is booked. BOOK → COMMITTED.
func (s *Store) FinishCommit(ctx context.Context, id string) error {
	return s.endCommit(ctx, id, round.Book, `
		UPDATE allocation_rounds SET state = 'COMMITTED', commit_step = NULL, committed_at = $2, `+ordered+` WHERE id = $1`, s.now())
}

// RefuseCommit puts a round back whose money was refused. Only the reason is new.
// UNRESERVE → SIMULATED.
func (s *Store) RefuseCommit(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := lockRound(ctx, tx, id)
		if err != nil || r.CommitStep != round.Unreserve {
			return err
		}
		if _, err := tx.Exec(ctx, `
			UPDATE allocations SET outcome = NULL, held_back_reason = NULL WHERE round_id = $1`, id); err != nil {
			return fmt.Errorf("clear outcomes: %w", err)
		}
		return exec(ctx, tx, "refuse commit", `
			UPDATE allocation_rounds SET state = 'SIMULATED', commit_step = NULL, committed_by = NULL, `+ordered+` WHERE id = $1`, id)
	})
}

func (s *Store) endCommit(ctx context.Context, id string, from round.Step, sql string, args ...any) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := lockRound(ctx, tx, id)
		if err != nil || r.CommitStep != from {
			return err
		}
		return exec(ctx, tx, "end commit", sql, append([]any{id}, args...)...)
	})
}

// advance does fact and moves a commit from one step to the next. It leaves a commit
// alone that is past the step, since duties may run twice at once.
func (s *Store) advance(ctx context.Context, id string, from, to round.Step, fact func(context.Context, pgx.Tx) error) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		r, err := lockRound(ctx, tx, id)
		if err != nil || r.CommitStep != from {
			return err
		}
		if fact != nil {
			if err := fact(ctx, tx); err != nil {
				return err
			}
		}
		return exec(ctx, tx, "advance commit", `
			UPDATE allocation_rounds SET commit_step = $2 WHERE id = $1`, id, to)
	})
}
