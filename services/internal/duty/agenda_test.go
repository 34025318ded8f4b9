package duty_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// moved is a clock that a test moves.
type moved struct{ ahead atomic.Int64 }

func (m *moved) now() time.Time          { return time.Now().Add(time.Duration(m.ahead.Load())) }
func (m *moved) set(at time.Time)        { m.ahead.Store(int64(time.Until(at))) }
func (m *moved) forward(d time.Duration) { m.set(m.now().Add(d)) }

// clock is the moved one, as River's schedules follow it.
func (m *moved) clock() clock.Clock {
	return clock.Clock{Read: m.now, Attend: func(context.Context, string, ...clock.Agenda) (func(), error) {
		return func() {}, nil
	}}
}

// movable runs duties on a clock that can be moved.
func movable(t *testing.T, db *postgres.DB, duties ...duty.Duty) (*duty.Runner, *moved) {
	t.Helper()
	m := &moved{}
	r, err := duty.NewRunner(db, silent(), m.clock(), nil, duties...)
	if err != nil {
		t.Fatal(err)
	}
	start(t, r)
	return r, m
}

func settle(t *testing.T, r *duty.Runner, moment time.Time) clock.Settled {
	t.Helper()
	s, err := r.Settle(t.Context(), moment)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheNextMomentIsFoundAtWhichARowWillOwe(t *testing.T) {
	t.Parallel()
	// given letters that are owed in an hour and in a month, and one since yesterday
	db := postgrestest.New(t, letters)
	r, m := movable(t, db, send(db, never))
	from := m.now()
	for id, in := range map[string]time.Duration{"c": -24 * time.Hour, "b": time.Hour, "a": 30 * 24 * time.Hour} {
		write(t, db, nil, from.Add(in), id)
	}
	// when one goes from moment to moment
	var stops []time.Duration
	var done []int
	for range 4 {
		done = append(done, settle(t, r, m.now()).Done)
		next, err := r.Next(t.Context(), from.Add(366*24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() {
			break
		}
		stops = append(stops, next.Sub(from).Round(10*time.Second))
		m.set(next)
	}
	// then each is sent at its own
	if want := []time.Duration{time.Hour, 30 * 24 * time.Hour}; !cmp.Equal(stops, want) {
		t.Errorf("stops after %v, want %v", stops, want)
	}
	if want := []int{1, 1, 1}; !cmp.Equal(done, want) {
		t.Errorf("done %v, want %v", done, want)
	}
	if next, err := r.Next(t.Context(), from.Add(time.Minute)); err != nil || !next.IsZero() {
		t.Errorf("nothing is owed, and the next moment is %v (%v)", next, err)
	}
}

func TestADutyThatLooksAtItsOwnClockSaysWhenItIsDue(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	d := send(db, never)
	due := time.Now().Add(48 * time.Hour)
	d.Ahead = func(_ context.Context, after time.Time) (time.Time, error) {
		if due.After(after) {
			return due, nil
		}
		return time.Time{}, nil
	}
	r, m := movable(t, db, d)
	for _, test := range []struct{ until, want time.Time }{
		{m.now().Add(24 * time.Hour), time.Time{}}, {m.now().Add(72 * time.Hour), due},
	} {
		if got, err := r.Next(t.Context(), test.until); err != nil || !got.Equal(test.want) {
			t.Errorf("until %v: %v, %v", test.until, got, err)
		}
	}
}

func TestWhatFailsIsTriedOnceAMomentAndGoesOnAtTheNext(t *testing.T) {
	t.Parallel()
	// given a letter that fails, on a clock that is a year ahead, so that River's own
	// pauses are measured by it
	db := postgrestest.New(t, letters)
	var broken atomic.Bool
	broken.Store(true)
	r, m := movable(t, db, send(db, func(string) error {
		if broken.Load() {
			return errors.New("no")
		}
		return nil
	}))
	m.forward(365 * 24 * time.Hour)
	write(t, db, nil, m.now().Add(-time.Minute), "a")
	// when it is settled twice, mended, and settled once more
	moment := m.now()
	first, second := settle(t, r, moment), settle(t, r, moment)
	broken.Store(false)
	third := settle(t, r, moment)
	// then
	if want := (clock.Settled{Failing: 1}); first != want || second != want {
		t.Errorf("failing: %+v, then %+v", first, second)
	}
	if want := (clock.Settled{Done: 1}); third != want {
		t.Errorf("mended: %+v", third)
	}
}

func TestARowThatStaysOwedIsOfferedOnceAMoment(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, letters)
	d := send(db, never)
	d.Do = func(context.Context, string) error { return nil } // finds each time that it must wait
	r, m := movable(t, db, d)
	write(t, db, nil, m.now().Add(-time.Minute), "a")
	moment := m.now()
	if first, second := settle(t, r, moment), settle(t, r, moment); first.Done != 1 || second.Done != 0 {
		t.Errorf("done %+v, then %+v", first, second)
	}
	if next := settle(t, r, moment.Add(time.Hour)); next.Done != 1 {
		t.Errorf("at the next moment: %+v", next)
	}
}
