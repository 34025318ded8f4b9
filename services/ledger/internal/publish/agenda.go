package publish

import (
	"context"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// day is how often the log is looked at.
const day = 24 * time.Hour

// Next implements clock.Agenda: the next day, where something is not published yet.
func (r *Runner) Next(ctx context.Context, until time.Time) (time.Time, error) {
	size, err := r.options.Store.Size(ctx)
	if err != nil || r.options.Days == 0 {
		return time.Time{}, err
	}
	latest, there, err := r.publisher.newest(ctx)
	if err != nil || there && latest.Size >= size {
		return time.Time{}, err
	}
	if next := r.options.Now().UTC().Truncate(day).Add(day); !next.After(until) {
		return next, nil
	}
	return time.Time{}, nil
}

// Settle implements clock.Agenda: one round. What goes wrong in it is in the log.
func (r *Runner) Settle(ctx context.Context, _ time.Time) (s clock.Settled, err error) {
	before, _, err := r.publisher.newest(ctx)
	if err != nil {
		return s, err
	}
	r.Round(ctx)
	after, _, err := r.publisher.newest(ctx)
	if after.Size > before.Size {
		s.Done = 1
	}
	return s, err
}
