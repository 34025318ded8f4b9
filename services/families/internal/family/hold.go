package family

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Held stands for the state of a family that is held, whatever state it is in: no row has
// it.
const Held State = "HELD"

// Holds are what holds a family beside its state.
type Holds struct {
	// LockedBy is who shut its file; empty while it is open.
	LockedBy string
	// HeldFor are frozen people for whom nobody has looked at it yet.
	HeldFor []string
	// Overdue says that its verification is due for longer than it is paid.
	Overdue bool
}

// Held reports whether anything does.
func (h Holds) Held() bool { return h.LockedBy != "" || len(h.HeldFor) > 0 }

// Of is a family's state for what is paid.
func (h Holds) Of(s State) State {
	if h.Held() {
		return Held
	}
	if h.Overdue && s == ReverifyDue {
		return Overdue
	}
	return s
}

// CheckUnlocked refuses to read or enter while the file is shut.
func (h Holds) CheckUnlocked() error {
	if h.LockedBy != "" {
		return fault.New(fault.Precondition, fault.ReasonFamilyLocked, "The family's file is locked.")
	}
	return nil
}

// MayUnlock refuses who shut the file.
func (h Holds) MayUnlock(person string) error {
	if h.LockedBy == person {
		return SamePerson()
	}
	return nil
}

// MayLook refuses whose freeze holds the family.
func (h Holds) MayLook(person string) error {
	if slices.Contains(h.HeldFor, person) {
		return SamePerson()
	}
	return nil
}

// CheckHeld is the fault for a family that is held.
func CheckHeld(s State) error {
	if s == Held {
		return fault.New(fault.Precondition, fault.ReasonFamilyHeld, "The family is held: its file is locked, or nobody has looked at it yet after a freeze.")
	}
	return nil
}
