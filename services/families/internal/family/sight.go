package family

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	// PurposeLook is what somebody reads a family's file for who looks at it for a plan.
	PurposeLook = "LOOK"
	// SightTime is how long they may.
	SightTime = 72 * time.Hour
)

// Sight is that somebody may read a family's file, who looks at it for a payment plan. The
// zero Sight is nobody's.
type Sight struct {
	Person, Plan string
	Until        time.Time
}

// Open reports whether a person may read the file now.
func (s Sight) Open(person string, now time.Time) bool {
	return s.Person == person && person != "" && now.Before(s.Until)
}

// LookTaken is the fault of a sight beside somebody else's.
func LookTaken() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonLookTaken, "Somebody else reads the family's file for a look at the moment.")
}
