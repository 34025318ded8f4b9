package duty

import (
	"time"

	"github.com/riverqueue/river"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// schedule lets River read a clock that moves; by itself it reads the database's.
func schedule(c clock.Clock) river.TestConfig {
	if !c.Moves() {
		return river.TestConfig{}
	}
	return river.TestConfig{Time: reading{c}}
}

// reading is a clock as River reads it.
type reading struct{ clock clock.Clock }

// Now is the time.
func (r reading) Now() time.Time { return r.clock.Now() }

// NowOrNil is the time for statements, in place of the database's.
func (r reading) NowOrNil() *time.Time {
	now := r.clock.Now().UTC()
	return &now
}
