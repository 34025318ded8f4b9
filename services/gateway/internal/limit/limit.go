// Package limit counts requests by caller, in memory: token buckets that refill
// steadily, how much is done at once, and which credentials were good lately. Callers
// are known by an HMAC under a key that changes every hour and is never stored, so that
// nothing here can be turned back into an address.
package limit

import (
	"math"
	"sync"
	"time"
)

// maxBuckets bounds memory; beyond it the buckets that are full again go, and
// after them all.
const maxBuckets = 100_000

// oneToken is what a request takes, less what adding up fractions loses: who waits as
// long as they were told is let in.
const oneToken = 1 - 1e-9

// Rate is a steady number of requests a second and how many may come at once.
type Rate struct {
	PerSecond float64
	Burst     float64
}

// Result is the answer to one request.
type Result struct {
	// Allowed says that the request may go on.
	Allowed bool
	// Limit is the burst.
	Limit int
	// Remaining is how many more may come at once.
	Remaining int
	// Reset is when the bucket is full again.
	Reset time.Duration
	// Retry is when the next request will be let in; zero where it is now.
	Retry time.Duration
}

// Limiter holds the buckets of one class of requests.
type Limiter struct {
	rate Rate
	now  func() time.Time

	mu      sync.Mutex // guards what follows
	buckets map[caller]bucket
	names   names
}

type bucket struct {
	tokens float64
	at     time.Time
}

// New returns a limiter; a rate of zero or less lets everything through.
func New(rate Rate, now func() time.Time) *Limiter {
	return &Limiter{rate: rate, now: now, buckets: map[caller]bucket{}}
}

// Take counts a request of the caller that who identifies: a credential, or an
// address.
func (l *Limiter) Take(who string) Result {
	if l.rate.PerSecond <= 0 || l.rate.Burst < 1 {
		return Result{Allowed: true}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	id, b := l.find(who)
	allowed := b.tokens >= oneToken
	if allowed {
		b.tokens = max(b.tokens-1, 0)
	}
	l.buckets[id] = b
	return l.result(b, allowed)
}

// Peek says what Take would, without counting.
func (l *Limiter) Peek(who string) Result {
	if l.rate.PerSecond <= 0 || l.rate.Burst < 1 {
		return Result{Allowed: true}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, b := l.find(who)
	return l.result(b, b.tokens >= oneToken)
}

// find needs mu. It returns the caller's bucket as of now, a full one for a new
// caller.
func (l *Limiter) find(who string) (caller, bucket) {
	now := l.now()
	id := l.identify(who, now)
	b, known := l.buckets[id]
	if !known {
		l.makeRoom(now)
		b = bucket{tokens: l.rate.Burst, at: now}
	}
	return id, l.refill(b, now)
}

func (l *Limiter) result(b bucket, allowed bool) Result {
	r := Result{
		Allowed: allowed, Limit: int(l.rate.Burst), Remaining: int(b.tokens),
		Reset: l.after(l.rate.Burst - b.tokens),
	}
	if !allowed {
		r.Retry = l.after(1 - b.tokens)
	}
	return r
}

func (l *Limiter) after(tokens float64) time.Duration {
	return time.Duration(math.Ceil(tokens / l.rate.PerSecond * float64(time.Second)))
}

func (l *Limiter) refill(b bucket, now time.Time) bucket {
	if passed := now.Sub(b.at).Seconds(); passed > 0 {
		b.tokens = min(l.rate.Burst, b.tokens+passed*l.rate.PerSecond)
		b.at = now
	}
	return b
}

// identify needs mu. A new key forgets everybody, which costs an attacker's
// victim nothing and an attacker's bucket an hourly burst.
func (l *Limiter) identify(who string, now time.Time) caller {
	id, renewed := l.names.of(who, now)
	if renewed {
		clear(l.buckets)
	}
	return id
}

// makeRoom needs mu.
func (l *Limiter) makeRoom(now time.Time) {
	if len(l.buckets) < maxBuckets {
		return
	}
	for id, b := range l.buckets {
		if l.refill(b, now).tokens >= l.rate.Burst {
			delete(l.buckets, id)
		}
	}
	if len(l.buckets) >= maxBuckets {
		clear(l.buckets)
	}
}
