// Package duty does what a change of state still owes: a posting, a call, a
// message. The row that owes is the truth and a River job only its fast path: a
// sweeper finds every minute what the jobs have not done, so an emptied job table
// loses nothing.
package duty

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// maxAttempts ends a job after about 16 hours of trying; the sweeper then makes a
// new one, so trying never ends, but no job's list of errors grows without bound.
const maxAttempts = 1000

// job is the only thing in the job table: what to do and an opaque id.
type job struct {
	Duty string `json:"duty"`
	ID   string `json:"id"`
}

// Kind names the job for River.
func (job) Kind() string { return "duty" }

// Queue puts jobs beside the rows that owe. It is safe for concurrent use.
type Queue struct {
	client *river.Client[pgx.Tx]
}

// NewQueue makes a Queue; it needs no connection of its own.
func NewQueue(c clock.Clock) (*Queue, error) {
	client, err := river.NewClient(riverpgxv5.New(nil), &river.Config{
		Logger: slog.New(slog.DiscardHandler), Test: schedule(c),
	})
	if err != nil {
		return nil, fmt.Errorf("make job queue: %w", err)
	}
	return &Queue{client: client}, nil
}

// Enqueue lets the duty be done for the row id soon after tx commits. Jobs for the
// same row do not pile up; but while one runs, which may have read the row before
// tx changed it, another is put behind it.
func (q *Queue) Enqueue(ctx context.Context, tx pgx.Tx, kind, id string) error {
	inserted, err := q.insert(ctx, tx, job{Duty: kind, ID: id}, true)
	if err == nil && inserted.UniqueSkippedAsDuplicate && inserted.Job.State == rivertype.JobStateRunning {
		_, err = q.insert(ctx, tx, job{Duty: kind, ID: id}, false)
	}
	if err != nil {
		return fmt.Errorf("enqueue duty %s: %w", kind, err)
	}
	return nil
}

// EnqueueAt lets the duty be done for the row id some seconds after a time, whether a job
// for it is there or not. Where the clock is moved by hand it may be done before: Do looks
// at the row.
func (q *Queue) EnqueueAt(ctx context.Context, tx pgx.Tx, kind, id string, at time.Time) error {
	opts := options(false)
	opts.ScheduledAt = at
	if _, err := q.client.InsertTx(ctx, tx, job{Duty: kind, ID: id}, opts); err != nil {
		return fmt.Errorf("enqueue duty %s for later: %w", kind, err)
	}
	return nil
}

// remind makes a job for each row that has none, running or not, in one statement,
// and returns how many it made.
func (q *Queue) remind(ctx context.Context, tx pgx.Tx, kind string, ids []string) (made int, err error) {
	jobs := make([]river.InsertManyParams, len(ids))
	for i, id := range ids {
		jobs[i] = river.InsertManyParams{Args: job{Duty: kind, ID: id}, InsertOpts: options(true)}
	}
	results, err := q.client.InsertManyTx(ctx, tx, jobs)
	if err != nil {
		return 0, fmt.Errorf("enqueue duties %s again: %w", kind, err)
	}
	for _, r := range results {
		if !r.UniqueSkippedAsDuplicate {
			made++
		}
	}
	return made, nil
}

func (q *Queue) insert(ctx context.Context, tx pgx.Tx, args job, unique bool) (*rivertype.JobInsertResult, error) {
	return q.client.InsertTx(ctx, tx, args, options(unique))
}

// options of a job; a unique one is not made where the row has one that has not
// ended.
func options(unique bool) *river.InsertOpts {
	opts := &river.InsertOpts{MaxAttempts: maxAttempts}
	if unique {
		opts.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning,
			rivertype.JobStateScheduled, rivertype.JobStateRetryable,
		}}
	}
	return opts
}
