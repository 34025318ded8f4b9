package devclock_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/devclock"
	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// diary is an agenda of things to be done at times; doing one may bring another.
type diary struct {
	mu   sync.Mutex
	now  func() time.Time
	due  map[string]time.Time
	then map[string]func()
	done *[]string
}

func (d *diary) Next(_ context.Context, until time.Time) (first time.Time, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, at := range d.due {
		if at.After(d.now()) && !at.After(until) {
			first, until = at, at
		}
	}
	return first, nil
}

func (d *diary) Settle(context.Context, time.Time) (s clock.Settled, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for what, at := range d.due {
		if at.After(d.now()) {
			continue
		}
		delete(d.due, what)
		*d.done = append(*d.done, what)
		s.Done++
		if then := d.then[what]; then != nil {
			then()
		}
	}
	return s, nil
}

func (d *diary) add(what string, at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.due[what] = at
}

func open(t *testing.T, dir string) *devclock.Folder {
	t.Helper()
	f, err := devclock.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// attend lets a diary be asked as a process of its own does.
func attend(t *testing.T, dir, name string, done *[]string) *diary {
	t.Helper()
	c := open(t, dir).Clock()
	d := &diary{now: c.Now, due: map[string]time.Time{}, then: map[string]func(){}, done: done}
	end, err := c.Show(t.Context(), name, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return d
}

const days = 24 * time.Hour

func silent(devclock.Stop) {}

func TestTheClockStopsAtEachMomentInOrderAcrossProcesses(t *testing.T) {
	t.Parallel()
	// given two processes, of which one gets work at once from what the other does, and
	// work later from that
	dir := t.TempDir()
	f := open(t, dir)
	from := f.Now()
	var done []string
	one, two := attend(t, dir, "one", &done), attend(t, dir, "two", &done)
	one.add("third day", from.Add(3*days))
	two.add("first day", from.Add(days))
	two.add("after the end", from.Add(30*days))
	one.then["third day"] = func() { two.add("its consequence", from) }
	two.then["its consequence"] = func() { one.add("seventh day", from.Add(7*days)) }
	// when the clock is moved over all of it
	var told []time.Duration
	result, err := f.Move(t.Context(), from.Add(14*days), []string{"one", "two"}, func(s devclock.Stop) {
		told = append(told, s.At.Sub(from))
	})
	// then
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"first day", "third day", "its consequence", "seventh day"}; !cmp.Equal(done, want) {
		t.Errorf("done %q, want %q", done, want)
	}
	if want := []time.Duration{days, 3 * days, 7 * days, 14 * days}; !cmp.Equal(told, want) || len(result.Stops) != len(want) {
		t.Errorf("stopped at %v, want %v", told, want)
	}
	if ahead := f.Now().Sub(from); ahead < 14*days || ahead > 15*days {
		t.Errorf("the clock is %v ahead", ahead)
	}
	if ahead := open(t, dir).Now().Sub(from); ahead < 14*days {
		t.Errorf("to a process that starts later it is %v ahead", ahead)
	}
}

func TestTheClockNeverGoesBackAndIsMovedByOne(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := open(t, dir)
	if _, err := f.Move(t.Context(), f.Now().Add(-time.Hour), nil, silent); err == nil {
		t.Error("the clock went back")
	}
	var done []string
	slow := attend(t, dir, "slow", &done)
	slow.add("now", f.Now())
	slow.then["now"] = func() {
		if _, err := open(t, dir).Move(t.Context(), f.Now().Add(days), nil, silent); !errors.Is(err, devclock.ErrMoving) {
			t.Errorf("two move it at once: %v", err)
		}
	}
	if _, err := f.Move(t.Context(), f.Now().Add(days), []string{"slow"}, silent); err != nil {
		t.Error(err)
	}
}

func TestAnInterruptedMoveStaysWhereItIsAndGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := open(t, dir)
	from := f.Now()
	var done []string
	d := attend(t, dir, "one", &done)
	for i, what := range []string{"a", "b", "c"} {
		d.add(what, from.Add(time.Duration(i+1)*days))
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := f.Move(ctx, from.Add(10*days), []string{"one"}, func(devclock.Stop) { cancel() })
	if at := f.Now().Sub(from); err == nil || at < days || at > 2*days {
		t.Errorf("%v ahead, %v", at, err)
	}
	if _, err := f.Move(t.Context(), from.Add(10*days), []string{"one"}, silent); err != nil {
		t.Error(err)
	}
	if want := []string{"a", "b", "c"}; !cmp.Equal(done, want) {
		t.Errorf("done %q", done)
	}
}

func TestTwoClocksDoNotMeet(t *testing.T) {
	t.Parallel()
	one, two := t.TempDir(), t.TempDir()
	var done []string
	theirs := attend(t, two, "service", &done)
	theirs.add("theirs", time.Now().Add(days))
	attend(t, one, "service", &done)
	f := open(t, one)
	if _, err := f.Move(t.Context(), f.Now().Add(2*days), []string{"service"}, silent); err != nil {
		t.Fatal(err)
	}
	if ahead := time.Until(open(t, two).Now()); len(done) > 0 || ahead > days {
		t.Errorf("the other clock is %v ahead, done %q", ahead, done)
	}
	// a port that was ours and is another installation's now is not asked
	if err := devclock.Misdirect(one, two, "service"); err != nil {
		t.Fatal(err)
	}
	if err := f.AskOnce(t.Context(), "service"); !errors.Is(err, devclock.ErrStranger) {
		t.Errorf("asked the other installation: %v", err)
	}
}
