package leaf

import "math"

// Room tells whether amounts can be summed up in 64 bits in any order and with any
// signs. The zero Room is empty.
type Room struct{ taken uint64 }

// Take adds an amount, and reports whether all of them still fit.
func (r *Room) Take(minor int64) bool {
	magnitude := uint64(minor)
	if minor < 0 {
		magnitude = -magnitude
	}
	if magnitude > math.MaxInt64-min(r.taken, math.MaxInt64) {
		r.taken = math.MaxUint64
		return false
	}
	r.taken += magnitude
	return true
}

// Fit reports whether Trial can sum up the totals: in each currency they have Room.
func Fit(totals []Total) bool {
	by := map[string]*Room{}
	for _, t := range totals {
		if by[t.Currency] == nil {
			by[t.Currency] = new(Room)
		}
		if !by[t.Currency].Take(t.Balance) {
			return false
		}
	}
	return true
}
