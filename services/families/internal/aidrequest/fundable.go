package aidrequest

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Fundable is one cycle that can be given money now.
type Fundable struct {
	// Request is without progress.
	Request Request
	// Cycle is the lowest one that is APPROVED.
	Cycle Cycle
	// Running is true where an earlier cycle was awarded.
	Running bool
	// ApprovedAt is when the request was approved.
	ApprovedAt time.Time
	// Family are the coarse facts of the family.
	Family family.Attributes
	// PrisonerStatus is what the source list says.
	PrisonerStatus string
	// Undecided says that a row was changed by hand since somebody decided it: nothing is
	// given, and the coarse facts are not read.
	Undecided bool
}

// Reason is why a cycle is held back from a round.
type Reason string

// The reasons; the empty Reason is none.
const (
	Unknown           Reason = "UNKNOWN"
	FamilyNotVerified Reason = "FAMILY_NOT_VERIFIED"
	FamilySuspended   Reason = "FAMILY_SUSPENDED"
	FamilyHeld        Reason = "FAMILY_HELD"
	UnseenCapped      Reason = "UNSEEN_CAP"
	NoConsent         Reason = "CONSENT_MISSING"
	NotApproved       Reason = "NOT_APPROVED"
	WithoutLeaf       Reason = "ROW_WITHOUT_LEAF"
	RowChanged        Reason = "ROW_CHANGED"
)

// Key names one cycle of a request.
type Key struct {
	// FamilyID and RequestID are opaque, Cycle counts from 1.
	FamilyID, RequestID string
	Cycle               int
}

// Commit is one commit of a round: one that was refused can be followed by another.
type Commit struct {
	// Round is the round's resource name.
	Round string
	// Number counts from 1.
	Number int
}

// HeldBack is a cycle that a round asked for and did not get.
type HeldBack struct {
	Key
	// Reason is why.
	Reason Reason
}

// Candidate is what decides whether a cycle can be reserved.
type Candidate struct {
	Key
	// Found is false where there is no such cycle.
	Found bool
	// Reserved is true where the round that asks has it already.
	Reserved bool
	// State is of the cycle, Family of the family.
	State  CycleState
	Family family.State
	// Consented is true where consent to aid is in force.
	Consented bool
}

// HoldBack returns why a cycle cannot be reserved, empty where it can.
func (c Candidate) HoldBack() Reason {
	if !c.Found {
		return Unknown
	}
	if c.Reserved {
		return ""
	}
	switch err := CheckFundable(c.Family, c.Consented); {
	case fault.Is(err, fault.ReasonFamilySuspended):
		return FamilySuspended
	case fault.Is(err, fault.ReasonFamilyHeld):
		return FamilyHeld
	case fault.Is(err, fault.ReasonConsentMissing):
		return NoConsent
	case err != nil:
		return FamilyNotVerified
	case c.State != CycleApproved:
		return NotApproved
	}
	return ""
}
