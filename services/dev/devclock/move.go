package devclock

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

const (
	// attempts is how often what fails is tried again where nothing else is to be done.
	attempts = 3
	// pause is the wait before that.
	pause = 200 * time.Millisecond
)

// Stop is a moment at which the clock was stopped, since something was due.
type Stop struct {
	At time.Time `json:"at"`
	clock.Settled
}

// Result is what came of moving a clock.
type Result struct {
	// From and To are the times between which it was moved.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Stops are the moments at which something was due, the last one at To.
	Stops []Stop `json:"stops"`
}

// Move moves the clock to a time, and stops on the way, in order, at each moment at
// which one of the named processes has something to do, until all have done it. It
// tells of each stop. Where it is interrupted the clock stays where it is.
func (f *Folder) Move(ctx context.Context, to time.Time, processes []string, tell func(Stop)) (Result, error) {
	r := Result{From: f.Now(), To: to}
	if to.Before(r.From) {
		return r, errors.New("the clock never goes back: give a time after " + r.From.UTC().Format(time.RFC3339))
	}
	unlock, err := f.lock()
	if err != nil {
		return r, err
	}
	defer unlock() //nolint:errcheck // the lock ends with its file
	for at := r.From; ; {
		s, err := f.settleAll(ctx, processes, at)
		if err != nil {
			return r, err
		}
		if at.After(r.From) || s.Done > 0 {
			r.Stops = append(r.Stops, Stop{at, s})
			tell(Stop{at, s})
		}
		if !at.Before(to) {
			return r, nil
		}
		if at, err = f.following(ctx, processes, to); err != nil {
			return r, err
		}
		if err := f.set(at); err != nil {
			return r, err
		}
	}
}

// following returns the first moment, at most to, at which a process has something to do.
func (f *Folder) following(ctx context.Context, processes []string, to time.Time) (time.Time, error) {
	for _, name := range processes {
		at, err := f.next(ctx, name, to)
		if err != nil {
			return to, err
		}
		if !at.IsZero() && at.Before(to) {
			to = at
		}
	}
	return to, nil
}

// settleAll lets all processes do what is due until none finds anything more: what one
// does may be work for another.
func (f *Folder) settleAll(ctx context.Context, processes []string, moment time.Time) (all clock.Settled, err error) {
	for failed := 0; failed < attempts; {
		var round clock.Settled
		for _, name := range processes {
			s, err := f.settle(ctx, name, moment)
			if err != nil {
				return all, err
			}
			round.Done, round.Failing = round.Done+s.Done, round.Failing+s.Failing
		}
		all.Done, all.Failing = all.Done+round.Done, round.Failing
		switch {
		case round.Done > 0:
			failed = 0
		case round.Failing == 0:
			return all, nil
		default:
			failed++
			if err := sleep(ctx, pause); err != nil {
				return all, err
			}
		}
	}
	return all, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return fmt.Errorf("move the clock: %w", ctx.Err())
	case <-time.After(d):
		return nil
	}
}
