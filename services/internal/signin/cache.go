package signin

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// maxKnown bounds the answers kept; one second's worth of different people.
const maxKnown = 10_000

// cache keeps answers for a moment, by the hash of their token.
type cache struct {
	mu      *sync.Mutex
	answers map[[sha256.Size]byte]answer // guarded by mu
}

type answer struct {
	caller identity.Caller
	until  time.Time
}

func newCache() cache {
	return cache{mu: &sync.Mutex{}, answers: map[[sha256.Size]byte]answer{}}
}

func (c cache) get(key [sha256.Size]byte, now time.Time) (identity.Caller, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.answers[key]
	return a.caller, ok && now.Before(a.until)
}

// put keeps an answer to a question that was asked at a time: it is as old as
// the question, not as the answer.
func (c cache) put(key [sha256.Size]byte, caller identity.Caller, asked, expires time.Time) {
	until := asked.Add(keepFor)
	if expires.Before(until) {
		until = expires
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.answers) >= maxKnown {
		c.drop(asked)
	}
	c.answers[key] = answer{caller: caller, until: until}
}

// forget removes what is known of a person.
func (c cache) forget(person string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, a := range c.answers {
		if a.caller.Person == person {
			delete(c.answers, k)
		}
	}
}

// drop removes what is out of date, and everything where that is not enough.
func (c cache) drop(now time.Time) {
	for k, a := range c.answers {
		if !now.Before(a.until) {
			delete(c.answers, k)
		}
	}
	if len(c.answers) >= maxKnown {
		clear(c.answers)
	}
}
