package staff

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// ConfirmStaff is what people do with somebody who was proposed. Who proposes them makes
// them.
const ConfirmStaff Verb = "confirm"

// Enrolled reports whether the pseudonym stands for an identity.
func (m Member) Enrolled() bool { return m.State == Confirmed }

// CheckEnrolled refuses to give something to who is not enrolled yet.
func (m Member) CheckEnrolled() error {
	switch {
	case m.Enrolled():
		return nil
	case !m.Leaf: // a draft whose leaf never came
		return fault.Missing("person")
	}
	return fault.New(fault.Precondition, fault.ReasonIllegalState, "The person is proposed only: have somebody else confirm first who they are.")
}

// CheckConfirm refuses a confirmation of who somebody is, by the person with the ID by,
// that could not count.
func (m Member) CheckConfirm(by string) error {
	switch {
	case !m.Enrolled() && !m.Leaf:
		return fault.Missing("person")
	case by == m.ID:
		return fault.SamePerson("confirm who they are themselves")
	case by == m.Proposer:
		return fault.SamePerson("confirm whom they proposed")
	}
	return nil
}

// ConfirmedBy reports whether the person with the ID by has confirmed who somebody is.
func (m Member) ConfirmedBy(by string) bool { return slices.Contains(m.Confirmers, by) }
