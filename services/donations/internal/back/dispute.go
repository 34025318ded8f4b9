package back

import "slices"

// DisputeState is where a dispute stands, in the contract's word; of a donation the gravest of
// its disputes.
type DisputeState string

// Won and Lost are decided; NoDispute is an inquiry that ended without a dispute.
const (
	NoDispute DisputeState = "NONE"
	Won       DisputeState = "WON"
	Inquiry   DisputeState = "INQUIRY"
	Lost      DisputeState = "LOST"
	Open      DisputeState = "OPEN"
)

// byGravity are the states, the gravest last.
var byGravity = []DisputeState{NoDispute, Won, Inquiry, Lost, Open}

// Graver returns the graver of two states.
func (s DisputeState) Graver(other DisputeState) DisputeState {
	return byGravity[max(slices.Index(byGravity, s), slices.Index(byGravity, other))]
}

// Waits reports whether a gift is in question because of it.
func (s DisputeState) Waits() bool { return s == Inquiry || s == Open }

// Follows reports whether a reading that says next may replace s: an inquiry may become a
// dispute, and what is decided is not undecided by an older reading that arrives late.
func (s DisputeState) Follows(next DisputeState) bool {
	switch s {
	case Inquiry:
		return next != s
	case Open:
		return next == Won || next == Lost || next == NoDispute
	default:
		return !next.Waits() && next != s && s != NoDispute
	}
}
