package pledge

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// State is where a pledge stands, in the contract's word. The zero State is
// invalid.
type State string

// Recurring pledges alone are ever Active or Paused.
const (
	Pending   State = "PENDING"   // made; nothing was paid yet
	Active    State = "ACTIVE"    // being paid
	Paused    State = "PAUSED"    // paused by the donor
	Fulfilled State = "FULFILLED" // paid in full
	Cancelled State = "CANCELLED" // ended by partner or donor
	Lapsed    State = "LAPSED"    // not paid in time, or refused by the processor
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
	return s, fault.State("pledge", string(s), string(to))
}

// Before are the states from which somebody may decide that a pledge goes to another.
func Before(to State) []State { return verb.Before(moves, to) }

// Ended reports whether nobody can pay any more by intent; a payment that is
// already under way may still arrive.
func (s State) Ended() bool { return s == Fulfilled || s == Cancelled || s == Lapsed }
