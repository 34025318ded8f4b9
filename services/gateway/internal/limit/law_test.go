package limit_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
)

// In any stretch of time a caller gets in at most the burst and what the rate gives
// for it, and who waits as long as they are told gets in.
func TestNobodyGetsInMoreOftenThanTheRateSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		rate := limit.Rate{PerSecond: float64(rapid.IntRange(1, 20).Draw(t, "rate")), Burst: float64(rapid.IntRange(1, 10).Draw(t, "burst"))}
		l := limit.New(rate, c.Now)
		var admitted []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			c.now = c.now.Add(time.Duration(rapid.IntRange(0, 400).Draw(t, "pause")) * time.Millisecond)
			peeked := l.Peek("a")
			r := l.Take("a")
			if peeked.Allowed != r.Allowed || r.Remaining < 0 || r.Remaining > int(rate.Burst) || r.Allowed != (r.Retry == 0) {
				t.Fatalf("peeked %+v, took %+v", peeked, r)
			}
			if r.Allowed {
				admitted = append(admitted, c.now)
				continue
			}
			if rapid.Bool().Draw(t, "waits") {
				c.now = c.now.Add(r.Retry)
				if !l.Take("a").Allowed {
					t.Fatalf("refused after waiting %v", r.Retry)
				}
				admitted = append(admitted, c.now)
			}
		}
		for i, first := range admitted {
			for j, last := range admitted[i:] {
				if most := rate.Burst + rate.PerSecond*last.Sub(first).Seconds() + 0.001; float64(j+1) > most {
					t.Fatalf("%d admitted within %v, at most %.2f may be", j+1, last.Sub(first), most)
				}
			}
		}
	})
}

func TestAClockThatGoesBackGivesNothingAway(t *testing.T) {
	t.Parallel()
	c := newClock()
	l := limit.New(limit.Rate{PerSecond: 1, Burst: 1}, c.Now)
	l.Take("a")
	c.now = c.now.Add(-time.Minute)
	if l.Take("a").Allowed {
		t.Error("let in before its time")
	}
}

func TestARateOfNothingLimitsNothing(t *testing.T) {
	t.Parallel()
	for _, rate := range []limit.Rate{{}, {PerSecond: 1}, {Burst: 5}, {PerSecond: -1, Burst: 5}} {
		l := limit.New(rate, newClock().Now)
		for range 100 {
			if r := l.Take("a"); !r.Allowed || r.Limit != 0 {
				t.Fatalf("%+v: %+v", rate, r)
			}
		}
		if !l.Peek("a").Allowed {
			t.Errorf("%+v: a peek is refused", rate)
		}
	}
}
