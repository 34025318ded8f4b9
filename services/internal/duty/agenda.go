package duty

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/rivertype"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

const (
	// nearest is how exactly the moment is found at which a row begins to owe.
	nearest = time.Second
	// look is the pause between looks at jobs that are being done.
	look = 5 * time.Millisecond
)

// Next implements clock.Agenda: the first moment at which another row owes a duty.
func (r *Runner) Next(ctx context.Context, until time.Time) (first time.Time, err error) {
	for _, d := range r.duties {
		at, err := r.next(ctx, d, until)
		if err != nil {
			return time.Time{}, fmt.Errorf("look ahead at %s: %w", d.Kind, err)
		}
		if !at.IsZero() {
			first, until = at, at
		}
	}
	return first, nil
}

// next halves the time ahead until it has the moment at which a row owes that does not
// owe now.
func (r *Runner) next(ctx context.Context, d Duty, until time.Time) (time.Time, error) {
	now := r.now()
	if d.Ahead != nil {
		at, err := d.Ahead(ctx, now)
		if at.After(until) {
			at = time.Time{}
		}
		return at, err
	}
	owed, err := r.owedAt(ctx, d, now)
	if err != nil {
		return time.Time{}, err
	}
	slices.Sort(owed)
	later := func(at time.Time) (bool, error) {
		ids, err := r.owedAt(ctx, d, at)
		return slices.ContainsFunc(ids, func(id string) bool {
			_, found := slices.BinarySearch(owed, id)
			return !found
		}), err
	}
	if more, err := later(until); err != nil || !more {
		return time.Time{}, err
	}
	for until.Sub(now) > nearest {
		middle := now.Add(until.Sub(now) / 2)
		more, err := later(middle)
		if err != nil {
			return time.Time{}, err
		}
		if more {
			until = middle
		} else {
			now = middle
		}
	}
	return until, nil
}

// owedAt returns the ids of all rows that have owed a duty since before that time.
func (r *Runner) owedAt(ctx context.Context, d Duty, at time.Time) (ids []string, err error) {
	for after := ""; ; after = ids[len(ids)-1] {
		more, err := d.Owed(ctx, at, after, r.page)
		if err != nil {
			return nil, fmt.Errorf("find what is owed: %w", err)
		}
		if ids = append(ids, more...); len(more) < r.page {
			return ids, nil
		}
	}
}

// Settle implements clock.Agenda: it lets the jobs run that are there, those that have
// failed once more, and one for each row that owes and had none at this moment yet.
// Then it does the tasks.
func (r *Runner) Settle(ctx context.Context, moment time.Time) (s clock.Settled, err error) {
	r.settling.Lock()
	defer r.settling.Unlock()
	if !moment.Equal(r.moment) {
		r.moment, r.offered = moment, map[job]bool{}
	}
	before := r.done.Load()
	if err := r.retryNow(ctx); err != nil {
		return s, err
	}
	if err := r.drain(ctx); err != nil {
		return s, err
	}
	for _, d := range r.duties {
		if err := r.offer(ctx, d); err != nil {
			return s, err
		}
	}
	if err := r.drain(ctx); err != nil {
		return s, err
	}
	for _, task := range r.tasks {
		if err := task.Do(ctx); err != nil {
			return s, fmt.Errorf("task %s: %w", task.Name, err)
		}
	}
	s.Done = int(r.done.Load() - before)
	s.Failing, err = r.jobs(ctx, rivertype.JobStateRetryable)
	return s, err
}

// offer makes a job for each row that owes a duty now and got none at this moment.
func (r *Runner) offer(ctx context.Context, d Duty) error {
	owed, err := r.owedAt(ctx, d, r.now())
	if err != nil {
		return err
	}
	fresh := owed[:0]
	for _, id := range owed {
		if key := (job{Duty: d.Kind, ID: id}); !r.offered[key] {
			r.offered[key] = true
			fresh = append(fresh, id)
		}
	}
	for part := range slices.Chunk(fresh, r.page) {
		err := r.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
			_, err := r.queue.remind(ctx, tx, d.Kind, part)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// retryNow ends the pauses of jobs that have failed.
func (r *Runner) retryNow(ctx context.Context) error {
	return r.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `
			UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE state IN ('retryable', 'scheduled')`, r.now()); err != nil {
			return fmt.Errorf("end the pauses of jobs: %w", err)
		}
		return nil
	})
}

// drain waits until no job is to be done at once.
func (r *Runner) drain(ctx context.Context) error {
	for {
		n, err := r.jobs(ctx, rivertype.JobStateAvailable, rivertype.JobStateRunning)
		if err != nil || n == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for jobs: %w", ctx.Err())
		case <-time.After(look):
		}
	}
}

// jobs counts those in any of the states.
func (r *Runner) jobs(ctx context.Context, states ...rivertype.JobState) (n int, err error) {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s)
	}
	if err := r.db.Pool.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE state::text = ANY($1)`, names).Scan(&n); err != nil {
		return 0, fmt.Errorf("count jobs: %w", err)
	}
	return n, nil
}
