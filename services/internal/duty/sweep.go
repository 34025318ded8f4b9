package duty

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const (
	// overdueAfter is how long the fast path has.
	overdueAfter = 2 * time.Minute
	// sweepPause is how long a duty is left alone after a replica has swept it: most
	// of a minute, since replicas do not sweep at the same second.
	sweepPause = 45 * time.Second
	// sweepPage is how many rows of a duty get their jobs by one statement.
	sweepPage = 1000
	// sweepPages bounds how many pages of one duty a sweep enqueues; the next one goes
	// on behind them.
	sweepPages = 10
)

// Sweep makes a job for what has been owed for two minutes and has none, whoever
// swept last. A duty whose rows cannot be read does not keep the others from theirs.
func (r *Runner) Sweep(ctx context.Context) error {
	return r.sweepDue(ctx, r.now().Add(time.Hour))
}

// sweepDue is Sweep for the duties that no replica has swept since then.
func (r *Runner) sweepDue(ctx context.Context, since time.Time) error {
	var errs []error
	for _, d := range r.duties {
		if err := r.sweep(ctx, d, since); err != nil {
			errs = append(errs, fmt.Errorf("sweep %s: %w", d.Kind, err))
		}
	}
	return errors.Join(errs...)
}

// sweep enqueues what is owed behind the row at which the last sweep ended. Having
// come to the end, the next one begins anew: rows that fail each time, however many,
// never keep it from the others.
func (r *Runner) sweep(ctx context.Context, d Duty, since time.Time) error {
	after, mine, err := r.claim(ctx, d.Kind, since)
	if err != nil || !mine {
		return err
	}
	made := 0
	for range r.pages {
		ids, err := d.Owed(ctx, r.now().Add(-overdueAfter), after, r.page)
		if err != nil {
			return fmt.Errorf("find what is overdue: %w", err)
		}
		if after = ""; len(ids) == r.page {
			after = ids[len(ids)-1]
		}
		n, err := r.remind(ctx, d.Kind, ids, after)
		if err != nil {
			return err
		}
		if made += n; after == "" {
			break
		}
	}
	if made > 0 {
		r.log.InfoContext(ctx, "overdue duties enqueued again", "duty", d.Kind, "count", made)
	}
	return nil
}

// claim takes the sweep of a duty upon this replica, unless another has swept it
// since then, and returns the row behind which it goes on.
func (r *Runner) claim(ctx context.Context, kind string, since time.Time) (after string, mine bool, err error) {
	err = r.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `
			INSERT INTO duty_sweeps AS s (kind, after_id, swept_at) VALUES ($1, '', $2)
			ON CONFLICT (kind) DO UPDATE SET swept_at = EXCLUDED.swept_at WHERE s.swept_at <= $3
			RETURNING after_id`, kind, r.now(), since).Scan(&after)
		mine = err == nil
		if postgres.IsNotFound(err) {
			return nil
		}
		return err
	})
	if err != nil {
		return "", false, fmt.Errorf("claim the sweep: %w", err)
	}
	return after, mine, nil
}

// remind makes the jobs of one page and notes how far the sweep has come.
func (r *Runner) remind(ctx context.Context, kind string, ids []string, after string) (made int, err error) {
	err = r.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if len(ids) > 0 {
			if made, err = r.queue.remind(ctx, tx, kind, ids); err != nil {
				return err
			}
		}
		if _, err = tx.Exec(ctx, `
			UPDATE duty_sweeps SET after_id = $2 WHERE kind = $1 AND after_id <> $2`, kind, after); err != nil {
			return fmt.Errorf("note how far the sweep has come: %w", err)
		}
		return nil
	})
	return made, err
}
