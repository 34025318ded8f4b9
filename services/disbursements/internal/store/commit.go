package store

import (
	"bytes"
	"context"

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
	if err := r.May(round.Commit, round.By{Person: person}); err != nil {
		return err
	}
	if !bytes.Equal(digest, r.SnapshotDigest) {
		return fault.New(fault.Aborted, fault.ReasonSnapshotChanged, "The snapshot is not the one you looked at: read it again.")
	}
	return separated(s.order(ctx, tx, r, person, sequence))
}

func (s *Store) order(ctx context.Context, tx pgx.Tx, r round.Round, person string, sequence int64) error {
	if err := exec(ctx, tx, "order commit", `
		UPDATE allocation_rounds SET state = 'COMMITTING', committed_by = $2, commits = commits + 1, commit_step = 'RESERVE',
			commit_after = 0, booked_after = '', ordered_at = $3, commit_sequence = $4, refusal = NULL
		WHERE id = $1`, r.ID, person, s.now(), sequence); err != nil {
		return err
	}
	return s.queue.Enqueue(ctx, tx, DutyCommit, r.ID)
}
