package rail

import "github.com/solidarity-fund/solidarity/services/internal/fault"

// Reach bounds how many families one sender pays in 90 days (payment.ReachDays): so many one
// seized account reveals.
type Reach struct {
	// Warn is from how many on people are told, Most how many there may be.
	Warn, Most int
}

// Reaches are the bounds.
func Reaches() Reach { return Reach{Warn: 100, Most: 500} }

// Exposed reports whether people are told to let another sender pay.
func (r Reach) Exposed(families int) bool { return families >= r.Warn }

// Check refuses, as a fault, that a sender pays so many.
func (r Reach) Check(families int) error {
	if families > r.Most {
		return fault.New(fault.Precondition, fault.ReasonSenderExposed, "The sender would have paid too many families in 90 days.")
	}
	return nil
}
