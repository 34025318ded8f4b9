package family

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Part is what somebody has done in a case.
type Part string

// The parts; the empty Part is invalid.
const (
	PartOwner     Part = "OWNER"     // it is their case, or was
	PartEnterer   Part = "ENTERER"   // they entered something into it
	PartConfirmer Part = "CONFIRMER" // they confirmed something in it
	PartStandIn   Part = "STAND_IN"  // it was theirs to stand in for a verifier, as an officer
	PartStoodIn   Part = "STOOD_IN"  // they confirmed something in it while they stood in
)

// involvedDays is for how many days somebody who owned a case, or confirmed in it, is
// involved where its family is paid.
const involvedDays = 90

// InvolvedSince returns the day after which somebody who owned a case or confirmed in it
// may decide about no payment to its family now.
func InvolvedSince(now time.Time) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -involvedDays)
}

// Insiders are those who own a case or have entered into it, ever.
type Insiders []string

// MayConfirm refuses who would confirm in their own case.
func (i Insiders) MayConfirm(person string) error {
	if slices.Contains(i, person) {
		return OwnCase()
	}
	return nil
}

// OwnCase is the fault for somebody who confirms in a case that they own or have entered
// into.
func OwnCase() *fault.Fault {
	return fault.SamePerson("confirm in a case that they own or have entered into")
}
