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

// Next implements clock.Agenda: the next retry of a delivery, or the end of a page.
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
	for _, session := range s.openSessions() {
		earlier(time.Unix(session.number("expires_at"), 0))
	}
	return first, nil
}

// Settle implements clock.Agenda: it ends the pages whose time has come and returns
// when no event is on its way. Those that wait to be sent again count as failing.
func (s *Server) Settle(ctx context.Context, moment time.Time) (done clock.Settled, err error) {
	if refused := s.update(func() *apiError {
		for _, session := range s.openSessions() {
			if s.expireIfDue(session); session.text("status") != "open" {
				done.Done++
			}
		}
		return nil
	}); refused != nil {
		return done, fmt.Errorf("end pages: %s", refused.Message)
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

// openSessions returns the pages that can be paid. The lock is held.
func (s *Server) openSessions() (open []object) {
	for _, id := range s.store.order {
		if o := s.store.rows[id]; o.text("object") == "checkout.session" && o.text("status") == "open" {
			open = append(open, o)
		}
	}
	return open
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
