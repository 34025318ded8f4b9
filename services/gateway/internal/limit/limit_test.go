package limit_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
)

// clock is a time that a test moves by hand.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

func newClock() *clock { return &clock{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func TestABurstIsLetInAndThenTheRate(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := limit.New(limit.Rate{PerSecond: 2, Burst: 5}, c.Now)
	for i := range 5 {
		if r := l.Take("a"); !r.Allowed || r.Limit != 5 || r.Remaining != 4-i {
			t.Fatalf("request %d: %+v", i, r)
		}
	}
	r := l.Take("a")
	if r.Allowed || r.Retry != 500*time.Millisecond || r.Reset != 2500*time.Millisecond {
		t.Errorf("after the burst: %+v", r)
	}
	c.now = c.now.Add(r.Retry)
	if !l.Take("a").Allowed || l.Take("a").Allowed {
		t.Error("after the wait exactly one more comes in")
	}
}

func TestOneCallerDoesNotHinderAnother(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Rate{PerSecond: 1, Burst: 1}, newClock().Now)
	l.Take("a")
	if l.Take("a").Allowed || !l.Take("b").Allowed {
		t.Error("callers share a bucket")
	}
}

func TestPeekCountsNothing(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Rate{PerSecond: 1, Burst: 1}, newClock().Now)
	for range 3 {
		if !l.Peek("a").Allowed {
			t.Fatal("peeking counts")
		}
	}
	l.Take("a")
	if l.Peek("a").Allowed {
		t.Error("peeking does not see what was taken")
	}
}

func TestAClockThatGoesBackGivesNothing(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := limit.New(limit.Rate{PerSecond: 1, Burst: 1}, c.Now)
	l.Take("a")
	c.now = c.now.Add(-10 * time.Minute)
	if l.Take("a").Allowed {
		t.Error("a bucket refilled backwards")
	}
}

func TestNoRateIsNoLimit(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Rate{}, newClock().Now)
	for range 1000 {
		if !l.Take("a").Allowed || !l.Peek("a").Allowed {
			t.Fatal("refused")
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Rate{PerSecond: 1, Burst: 2}, newClock().Now)
	for i := range 120_000 {
		l.Take(strconv.Itoa(i))
	}
	if got := limit.Buckets(l); got > 100_000 {
		t.Errorf("%d buckets", got)
	}
}
