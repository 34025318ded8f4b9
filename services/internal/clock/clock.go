// Package clock is the time as a program hands it to the services that it runs.
package clock

import (
	"context"
	"time"
)

// Clock is what a process reads the time from. The zero value is the wall's.
type Clock struct {
	// Read returns the time; nil is time.Now. It never goes back.
	Read func() time.Time
	// Attend, where the clock can be moved, lets whoever moves it ask each agenda of
	// the process named so. The function that it returns ends that.
	Attend func(ctx context.Context, name string, agendas ...Agenda) (end func(), err error)
}

// Agenda is what somebody does at certain times. Its methods may be called at once.
type Agenda interface {
	// Next returns the first moment after now and not after until at which something
	// is due; the zero time where nothing is.
	Next(ctx context.Context, until time.Time) (time.Time, error)
	// Settle returns when nothing that is due at this moment, which has come, is left
	// undone that could be done.
	Settle(ctx context.Context, moment time.Time) (Settled, error)
}

// Settled is what came of settling.
type Settled struct {
	// Done is how much was done, Failing how much fails for now.
	Done    int `json:"done"`
	Failing int `json:"failing"`
}

// Now is the time.
func (c Clock) Now() time.Time {
	if c.Read == nil {
		return time.Now()
	}
	return c.Read()
}

// Moves reports whether the clock is another than the wall's.
func (c Clock) Moves() bool { return c.Attend != nil }

// Show lets the agendas be asked, where somebody may move the clock.
func (c Clock) Show(ctx context.Context, name string, agendas ...Agenda) (end func(), err error) {
	if c.Attend == nil {
		return func() {}, nil
	}
	return c.Attend(ctx, name, agendas...)
}
