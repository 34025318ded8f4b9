// Package destination holds where a family is paid: the forms that this can have, the
// second person who confirms it, and the time for which a change cools off before money
// may follow it.
package destination

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Destination is where a family is paid.
type Destination struct {
	// ID is "de_…".
	ID string
	// Form is which of the forms it has.
	Form Form
	// State is PENDING, CONFIRMED, REPLACED or VOID.
	State string
	// Version counts what was decided about it, from 1.
	Version int
	// Enterer and Confirmer are staff pseudonyms, Confirmer empty before.
	Enterer, Confirmer string
	// UsableAt is when it can be paid to, zero before it is confirmed.
	UsableAt time.Time
	// CreatedAt is when it was entered.
	CreatedAt time.Time
	// Details are empty unless they were opened.
	Details Details
}

// UsableAt is when a destination that is confirmed now can be paid to: the family's
// first one at once, since the family itself is being verified; any other when it has
// cooled off.
func UsableAt(now time.Time, first bool, coolingOff time.Duration) time.Time {
	if first {
		return now
	}
	return now.Add(coolingOff)
}

// Voided is what becomes of a destination once a person is frozen who had entered it or
// confirmed it not long ago: what they entered is void, what they confirmed another one
// may confirm anew.
func (d Destination) Voided(person string, entered bool) Destination {
	d.Version++
	if entered && d.Enterer == person {
		d.State = family.Void
		return d
	}
	d.State, d.Confirmer, d.UsableAt = family.Pending, "", time.Time{}
	return d
}

// CheckUsable checks that a chosen destination has cooled off.
func CheckUsable(d Destination, now time.Time) error {
	if now.Before(d.UsableAt) {
		return fault.New(fault.Precondition, fault.ReasonDestinationCoolingOff, "The destination was changed and is cooling off.")
	}
	return nil
}
