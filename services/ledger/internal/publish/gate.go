package publish

import (
	"context"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
)

const (
	// Behind is the reason of the fault of a ledger whose log is shorter than, or
	// another one than, what was published of it.
	Behind = fault.ReasonLedgerBehind
	// Unreachable is the reason of the fault of a ledger that has not yet heard
	// whether more of its log was published than it knows.
	Unreachable = fault.ReasonWitnessesUnreachable
)

// Gate lets postings and signatures through only while nothing outside the
// database is known to have seen more of the log, or another one. The zero Gate
// is shut and waits.
type Gate struct {
	mu     sync.Mutex // guards the rest
	open   bool
	behind bool // for good: only a start with other data can help
	off    bool // in tests that show what the gate is for
	tell   func(open bool)
}

// Watch lets tell know at once, and after every change, whether the gate is open.
// It must not call the gate.
func (g *Gate) Watch(tell func(open bool)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tell = tell
	tell(g.open && !g.behind)
}

// notify passes on what has changed. g.mu is held.
func (g *Gate) notify() {
	if g.tell != nil {
		g.tell(g.open && !g.behind)
	}
}

// Check returns nil while the gate is open, and otherwise the fault for a caller.
func (g *Gate) Check() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.off || g.open && !g.behind:
		return nil
	case g.behind:
		f := fault.New(fault.Unavailable, Behind,
			"The ledger's log is behind what was published of it, or is not the same; nothing is booked until an operator has set it right.")
		f.RetryAfter = time.Minute
		return f
	}
	f := fault.New(fault.Unavailable, Unreachable,
		"The ledger has not yet heard from its witnesses how much of its log they have seen; nothing was booked.")
	f.RetryAfter = time.Second
	return f
}

// isOff reports whether nothing is checked, for tests that show what for.
func (g *Gate) isOff() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.off
}

// shut reports whether the gate is not open.
func (g *Gate) shut() bool { return g.Check() != nil }

// Open opens the gate, unless it was shut for good.
func (g *Gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		g.open = true
		g.notify()
	}
}

// Refuse shuts the gate for the rest of the process's life, and reports whether it
// was not shut so before.
func (g *Gate) Refuse() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := !g.behind
	g.behind = true
	g.notify()
	return first
}

// committer books units, durably or not at all.
type committer interface {
	Commit(ctx context.Context, u book.Unit) (book.Result, error)
}

// Guarded books units while a gate is open.
type Guarded struct {
	gate *Gate
	next committer
}

// Guard returns a committer that asks the gate first.
func (g *Gate) Guard(next committer) Guarded { return Guarded{g, next} }

// Commit books a unit; fault Unavailable with the reason Behind or Unreachable
// while the gate is shut.
func (c Guarded) Commit(ctx context.Context, u book.Unit) (book.Result, error) {
	if err := c.gate.Check(); err != nil {
		return book.Result{}, err
	}
	return c.next.Commit(ctx, u)
}
