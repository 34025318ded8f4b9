package stripefake

import (
	"context"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// look is the pause between looks at a clock that may be moved.
const look = 20 * time.Millisecond

func (d *delivery) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy++
}

func (d *delivery) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy--
}

// wait notes that a delivery waits until then.
func (d *delivery) wait(due *time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy--
	d.waiting[due] = struct{}{}
}

// resume notes that it goes on.
func (d *delivery) resume(due *time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.busy++
	delete(d.waiting, due)
}

// Next implements clock.Agenda: the next retry of a delivery, or the next step of an
// object.
func (s *Server) Next(_ context.Context, until time.Time) (first time.Time, err error) {
	now := s.opts.Now()
	earlier := func(at time.Time) {
		if at.After(now) && !at.After(until) {
			first, until = at, at
		}
	}
	s.delivery.mu.Lock()
	for due := range s.delivery.waiting {
		earlier(*due)
	}
	s.delivery.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, due := range s.store.due {
		earlier(time.Unix(due, 0))
	}
	return first, nil
}

// Settle implements clock.Agenda: it takes the steps that are due and returns when no
// event is on its way. Those that wait to be sent again count as failing.
func (s *Server) Settle(ctx context.Context, moment time.Time) (done clock.Settled, err error) {
	if refused := s.update(func() *apiError {
		done.Done, s.stepped = s.stepped, 0
		return nil
	}); refused != nil {
		return done, fmt.Errorf("take steps: %s", refused.Message)
	}
	for {
		onTheWay, waiting := s.delivery.standing(moment)
		if done.Failing = waiting; onTheWay == 0 {
			return done, nil
		}
		select {
		case <-ctx.Done():
			return done, fmt.Errorf("wait for webhooks: %w", ctx.Err())
		case <-time.After(look):
		}
	}
}

// standing counts the deliveries that are being made, those due at the moment with
// them, and those that wait.
func (d *delivery) standing(moment time.Time) (onTheWay, waiting int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	onTheWay = d.busy
	for due := range d.waiting {
		if due.After(moment) {
			waiting++
		} else {
			onTheWay++
		}
	}
	return onTheWay, waiting
}
