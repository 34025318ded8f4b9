package pledge

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// State is where a pledge stands. The zero State is invalid.
type State int

// The states.
const (
	Pending   State = iota + 1 // made; nothing was paid yet
	Active                     // recurring, and being paid
	Paused                     // recurring, and paused
	Fulfilled                  // paid in full
	Cancelled                  // ended by partner or donor
	Lapsed                     // not paid in time
)

// moves are the steps that somebody may decide on.
var moves = map[State][]State{
	Pending: {Active, Fulfilled, Cancelled, Lapsed},
	Active:  {Paused, Fulfilled, Cancelled, Lapsed},
	Paused:  {Active, Fulfilled, Cancelled, Lapsed},
	// A payment that was under way arrives whatever was decided meanwhile.
	Cancelled: {Fulfilled},
	Lapsed:    {Fulfilled},
}

// Move returns to if a pledge may go there from s; staying is allowed.
func (s State) Move(to State) (State, error) {
	if s == to || slices.Contains(moves[s], to) {
		return to, nil
	}
	return s, fault.State("pledge", s.String(), to.String())
}

// Ended reports whether nobody can pay any more by intent; a payment that is
// already under way may still arrive.
func (s State) Ended() bool { return s == Fulfilled || s == Cancelled || s == Lapsed }

// String returns the state as the contract spells it, without its prefix.
func (s State) String() string {
	names := []string{"INVALID", "PENDING", "ACTIVE", "PAUSED", "FULFILLED", "CANCELLED", "LAPSED"}
	if s < 0 || int(s) >= len(names) {
		return names[0]
	}
	return names[s]
}
