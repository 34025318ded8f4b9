package store

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
)

const (
	// maxBatch bounds the weight (leaves and entries) of one commit: enough for a
	// thousand callers with one gift each, after which larger batches gain little
	// and only hold the lock for longer.
	maxBatch = 3000
	// maxQueue bounds the weight that waits; more is pushed back.
	maxQueue = 40000
	// commitTime bounds a batch, the wait for the lock and all its splits included:
	// less than callers wait (10 s), so that they hear what became of it.
	commitTime = 8 * time.Second
	// retryAfter is the hint to a caller who is pushed back: a few commits.
	retryAfter = 100 * time.Millisecond
	// slowCommit is worth a line in the log: the disk, a standby or another lock
	// keeps everybody waiting.
	slowCommit = time.Second
)

// Committer books units by group commit: what arrives while a commit is in flight
// becomes the next one, and nobody is answered before it is on disk. Several
// committers, in one process or many, may work on one ledger.
type Committer struct {
	book func(ctx context.Context, units []book.Unit, m Memory) ([]Outcome, Memory, error)
	log  *slog.Logger
	now  func() time.Time

	mu      sync.Mutex // guards the rest
	waiting []*call
	weight  int
	queue   int // the weight that may wait
	closed  bool
	wake    chan struct{} // has room for one: there is something to do

	done   chan struct{}
	memory Memory // owned by the committing goroutine
}

// call is one unit and whoever waits for it.
type call struct {
	ctx     context.Context
	unit    book.Unit
	weight  int
	outcome Outcome
	done    chan struct{}
}

// NewCommitter starts a committer; Stop ends it.
func NewCommitter(s *Store, log *slog.Logger, now func() time.Time) *Committer {
	return newCommitter(s.Batch, log, now)
}

func newCommitter(booking func(context.Context, []book.Unit, Memory) ([]Outcome, Memory, error), log *slog.Logger, now func() time.Time) *Committer {
	c := &Committer{book: booking, log: log, now: now, queue: maxQueue, wake: make(chan struct{}, 1), done: make(chan struct{})}
	go c.loop()
	return c
}

// Stop books what is waiting, then ends. Commit is refused from now on.
func (c *Committer) Stop() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.signal()
	<-c.done
}

// Commit books a unit and returns when it is on disk or refused. Fault Exhausted:
// the queue is full, nothing was done. Fault Unavailable, or the end of ctx: the
// outcome may be unknown; the same unit again finds out.
func (c *Committer) Commit(ctx context.Context, u book.Unit) (book.Result, error) {
	k := &call{ctx: ctx, unit: u, weight: u.Weight(), done: make(chan struct{})}
	if err := c.enqueue(k); err != nil {
		return book.Result{}, err
	}
	select {
	case <-k.done:
		return k.outcome.Result, k.outcome.Err
	case <-ctx.Done():
		return book.Result{}, fmt.Errorf("wait for commit: %w", ctx.Err())
	}
}

func (c *Committer) enqueue(k *call) error {
	c.mu.Lock()
	switch {
	case c.closed:
		c.mu.Unlock()
		return fault.New(fault.Unavailable, fault.ReasonStopping, "The ledger is stopping; try again.")
	case c.weight > 0 && c.weight+k.weight > c.queue:
		c.mu.Unlock()
		f := fault.New(fault.Exhausted, fault.ReasonQueueFull, "Too many postings are waiting; nothing was done.")
		f.RetryAfter = retryAfter
		return f
	}
	c.waiting = append(c.waiting, k)
	c.weight += k.weight
	c.mu.Unlock()
	c.signal()
	return nil
}

func (c *Committer) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Committer) loop() {
	defer close(c.done)
	for range c.wake {
		for batch := c.take(); len(batch) > 0; batch = c.take() {
			c.commit(batch)
		}
		c.mu.Lock()
		finished := c.closed && len(c.waiting) == 0
		c.mu.Unlock()
		if finished {
			return
		}
	}
}

// take removes the next batch from the queue, without the calls that nobody waits
// for any more.
func (c *Committer) take() []*call {
	c.mu.Lock()
	defer c.mu.Unlock()
	var batch []*call
	weight, n := 0, 0
	for _, k := range c.waiting {
		if len(batch) > 0 && weight+k.weight > maxBatch {
			break
		}
		n++
		c.weight -= k.weight
		if k.waits() {
			batch = append(batch, k)
			weight += k.weight
		}
	}
	c.waiting = append(c.waiting[:0:0], c.waiting[n:]...)
	return batch
}

// waits reports whether anybody waits for a call, and finishes it where not.
func (k *call) waits() bool {
	if k.ctx.Err() != nil {
		k.finish(Outcome{Err: fmt.Errorf("wait for commit: %w", k.ctx.Err())})
		return false
	}
	return true
}

// commit books a batch within one deadline.
func (c *Committer) commit(batch []*call) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTime)
	defer cancel()
	c.attempt(ctx, batch)
}

// attempt books calls together. After a database error that has a culprit they are
// split until the culprit stands alone; a lost connection has none.
func (c *Committer) attempt(ctx context.Context, batch []*call) {
	units := make([]book.Unit, len(batch))
	for i, k := range batch {
		units[i] = k.unit
	}
	begin := c.now()
	outcomes, memory, err := c.book(ctx, units, c.memory)
	c.memory = memory
	if took := c.now().Sub(begin); took > slowCommit {
		c.log.Warn("slow commit", "calls", len(batch), "took", took)
	}
	switch {
	case err == nil:
		for i, k := range batch {
			k.finish(outcomes[i])
		}
	case len(batch) > 1 && fault.As(err) == nil && ctx.Err() == nil:
		c.log.Warn("split batch", "calls", len(batch), "error", err)
		c.half(ctx, batch[:len(batch)/2])
		c.half(ctx, batch[len(batch)/2:])
	default:
		failAll(batch, failure(err))
	}
}

// half books a part of a batch that was split, without those who have given up. Where
// looking for the culprit has taken all the time, nothing more is tried.
func (c *Committer) half(ctx context.Context, batch []*call) {
	batch = slices.DeleteFunc(slices.Clone(batch), func(k *call) bool { return !k.waits() })
	switch {
	case len(batch) == 0:
	case ctx.Err() != nil:
		failAll(batch, busy(ctx.Err()))
	default:
		c.attempt(ctx, batch)
	}
}

func failAll(batch []*call, err error) {
	err = fmt.Errorf("commit batch: %w", err)
	for _, k := range batch {
		k.finish(Outcome{Err: err})
	}
}

func (k *call) finish(o Outcome) {
	k.outcome = o
	close(k.done)
}
