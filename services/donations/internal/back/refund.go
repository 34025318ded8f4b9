package back

import "slices"

// RefundState is where a refund stands, in the contract's word. The zero RefundState is invalid.
type RefundState string

// A refund that has succeeded may still fail later.
const (
	Requested RefundState = "REQUESTED"
	Rejected  RefundState = "REJECTED"
	Pending   RefundState = "PENDING"
	Succeeded RefundState = "SUCCEEDED"
	Failed    RefundState = "FAILED"
)

// Waits reports whether the gift is in question because of it.
func (s RefundState) Waits() bool { return s == Requested || s == Pending }

// Follows reports whether a reading that says next may replace s: what has failed stays
// failed, and an older reading that arrives late changes nothing.
func (s RefundState) Follows(next RefundState) bool {
	order := []RefundState{Requested, Pending, Succeeded, Failed}
	return s != Rejected && slices.Index(order, next) > slices.Index(order, s)
}
