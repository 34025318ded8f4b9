package crash

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	// callers is how many call at once.
	callers = 32
	// callTime is how long a caller waits for an answer before it asks again.
	callTime = 5 * time.Second
	// patience is how often a caller asks before it gives up.
	patience = 100
)

// load is many callers that post without pause.
type load struct {
	client ledgerv1.PostingServiceClient // of donations
	rules  ledgerv1.PostingServiceClient // of families, which decides by rule
	day    string
	told   *journal
	stop   chan struct{} // closed when nobody shall begin anything new
	once   sync.Once     // closes stop
	wg     sync.WaitGroup

	// hasty callers take "the outcome is unknown" for "it is booked": what a
	// ledger would tell them that answers before it commits.
	hasty bool
}

func (l *load) start() {
	for range callers {
		c := &caller{load: l}
		l.wg.Go(func() {
			for !l.stopped() {
				c.act()
			}
		})
	}
}

func (l *load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// end lets the callers finish what they have begun.
func (l *load) end() {
	l.once.Do(func() { close(l.stop) })
	l.wg.Wait()
}

// caller is one of them.
type caller struct {
	*load
	requests   []*ledgerv1.PostRequest // acknowledged ones
	reversible []string                // references of acknowledged gifts
}

// act does one of the things that callers do.
func (c *caller) act() {
	switch n := rand.IntN(100); {
	case n < 40:
		c.gifts(1)
	case n < 55:
		c.gifts(2 + rand.IntN(19))
	case n < 70:
		c.post(&ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{fee(c.day)}})
	case n < 77:
		c.post(&ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{shared(c.day)}})
	case n < 83:
		c.record()
	case n < 90 && len(c.requests) > 0:
		c.post(c.requests[rand.IntN(len(c.requests))])
	case len(c.reversible) > 0:
		c.reverse()
	}
}

func (c *caller) gifts(n int) {
	req := &ledgerv1.PostRequest{Transactions: make([]*ledgerv1.TransactionDraft, n)}
	for i := range req.GetTransactions() {
		req.Transactions[i] = newGift(c.day)
	}
	if c.post(req) && n == 1 {
		c.reversible = append(c.reversible, req.GetTransactions()[0].GetReference())
	}
}

// post asks until it is told, or gives up; it returns whether it was told.
func (c *caller) post(req *ledgerv1.PostRequest) bool {
	references := make([]string, len(req.GetTransactions()))
	for i, d := range req.GetTransactions() {
		references[i] = d.GetReference()
	}
	done := c.insist(references, func(ctx context.Context) ([]booked, error) {
		resp, err := c.client.Post(ctx, req)
		return all(resp.GetTransactions()), err
	})
	if done {
		c.requests = append(c.requests, req)
	}
	return done
}

// record records one to three decisions together.
func (c *caller) record() {
	req := &ledgerv1.RecordByRuleRequest{Decisions: make([]*ledgerv1.DecisionDraft, 1+rand.IntN(3))}
	references := make([]string, len(req.GetDecisions()))
	for i := range req.GetDecisions() {
		req.Decisions[i] = decision(c.day)
		references[i] = req.GetDecisions()[i].GetReference()
	}
	c.insist(references, func(ctx context.Context) ([]booked, error) {
		resp, err := c.rules.RecordByRule(ctx, req)
		return all(resp.GetDecisions()), err
	})
}

// reverse takes a gift back, and then tries to take it back once more.
func (c *caller) reverse() {
	last := len(c.reversible) - 1
	original := c.reversible[last]
	c.reversible = c.reversible[:last]
	req := &ledgerv1.ReverseRequest{Reference: original + "/back", OriginalReference: original, Source: "donations/x", OccurredOn: c.day}
	done := c.insist([]string{req.GetReference()}, func(ctx context.Context) ([]booked, error) {
		resp, err := c.client.Reverse(ctx, req)
		return []booked{resp.GetTransaction()}, err
	})
	if !done {
		return
	}
	req.Reference = original + "/again" // which nobody is noted to have asked for
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	if _, err := c.client.Reverse(ctx, req); !fault.Is(err, "ALREADY_REVERSED") && !repeatable(err) {
		c.told.complain("reverse %s twice: %v", original, err)
	}
}

// insist calls until there is an answer, noting what is asked and what was told.
// Some callers give up after an unknown outcome.
func (c *caller) insist(references []string, call func(context.Context) ([]booked, error)) bool {
	c.told.ask(references...)
	for range patience {
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		answers, err := call(ctx)
		cancel()
		switch {
		case err == nil:
			c.note(references, answers)
			return true
		case !repeatable(err):
			c.told.complain("post %s: %v", references[0], err)
			return false
		case c.hasty:
			for _, reference := range references {
				c.told.told(leaf{reference: reference})
			}
			return false
		case rand.IntN(5) == 0:
			return false
		}
		time.Sleep(time.Duration(10+rand.IntN(90)) * time.Millisecond)
	}
	c.told.complain("no answer for %s", references[0])
	return false
}

// booked is a transaction or a decision as it was told of.
type booked interface {
	GetReference() string
	GetSequence() int64
	GetLeafHash() []byte
}

// all returns answers of one type as what they have in common.
func all[T booked](answers []T) []booked {
	out := make([]booked, len(answers))
	for i, a := range answers {
		out[i] = a
	}
	return out
}

func (c *caller) note(references []string, answers []booked) {
	if len(answers) != len(references) {
		c.told.complain("asked for %d with %s and was told of %d", len(references), references[0], len(answers))
		return
	}
	leaves := make([]leaf, len(answers))
	for i, a := range answers {
		if a.GetReference() != references[i] {
			c.told.complain("asked for %s and was told of %s", references[i], a.GetReference())
		}
		leaves[i] = leaf{a.GetReference(), a.GetSequence(), [32]byte(a.GetLeafHash())}
	}
	c.told.told(leaves...)
}

// repeatable reports whether err is one that callers are told to repeat after.
func repeatable(err error) bool {
	for _, kind := range []fault.Kind{fault.Unavailable, fault.Timeout, fault.Aborted, fault.Exhausted} {
		if fault.OfKind(err, kind) {
			return true
		}
	}
	return false
}
