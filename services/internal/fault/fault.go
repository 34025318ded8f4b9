// Package fault holds the errors that a caller must tell apart. A Fault carries
// a fixed, safe sentence for the client and, apart from it, the cause for the
// operator; everything that is not a Fault is an internal error.
package fault

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Kind says what sort of refusal a Fault is. The table in package rpc maps each
// kind to one gRPC code; the zero Kind is invalid.
type Kind int

// The kinds, in the order of the gRPC codes that they become.
const (
	Cancelled        Kind = iota + 1 // the caller itself gave up; the outcome may be unknown
	Invalid                          // the request is wrong whatever the state
	Unauthenticated                  // no or no valid credential
	PermissionDenied                 // known, but may not
	NotFound                         // no such object, or not the caller's
	AlreadyExists                    // an object with that identity exists
	Precondition                     // the state does not allow it
	Aborted                          // lost a race; read again
	Exhausted                        // too much, come back after RetryAfter
	Unavailable                      // try again; the outcome may be unknown
	Timeout                          // the deadline passed; the outcome may be unknown
	Internal                         // a defect
)

// Violation names one wrong field of a request.
type Violation struct {
	// Field is the path in the request as the client spells it, for example
	// "amount.minorUnits".
	Field string
	// Reason is a stable word for what is wrong, such as FieldRequired.
	Reason FieldReason
	// Description says what is wrong in a fixed sentence, never the value.
	Description string
}

// Fault is an error that a client may see.
type Fault struct {
	// Kind decides the status code.
	Kind Kind
	// Reason is a stable word for programs, such as ReasonFundClosed.
	Reason Reason
	// Message is a fixed sentence without values of the request.
	Message string
	// Violations lists wrong fields; only with Invalid and Precondition.
	Violations []Violation
	// RetryAfter is a hint, zero where there is none.
	RetryAfter time.Duration

	cause error
}

// New makes a Fault of kind with a stable reason and a fixed sentence.
func New(kind Kind, why Reason, message string) *Fault {
	return &Fault{Kind: kind, Reason: why, Message: message}
}

// Field makes an Invalid fault about one field.
func Field(field string, why FieldReason, description string) *Fault {
	return Fields(Violation{Field: field, Reason: why, Description: description})
}

// Fields makes an Invalid fault about one or several fields.
func Fields(violations ...Violation) *Fault {
	return &Fault{
		Kind: Invalid, Reason: ReasonInvalidField,
		Message: "One or more fields of the request are not valid.", Violations: violations,
	}
}

// Missing makes the fault for an object of a kind ("fund") that is not there or
// not the caller's: both get the same answer.
func Missing(what string) *Fault {
	return New(NotFound, ReasonNotFound, "There is no such "+what+".")
}

// State makes the fault for a move that a state machine does not allow, naming
// the state the object is in and the one asked for.
func State(what, from, to string) *Fault {
	return New(Precondition, ReasonIllegalState,
		fmt.Sprintf("The %s is %s and cannot become %s.", what, from, to))
}

// Move returns the fault of State unless moves lead from one state to the other.
func Move[S comparable](what string, moves map[S][]S, from, to S) error {
	if slices.Contains(moves[from], to) {
		return nil
	}
	return State(what, fmt.Sprint(from), fmt.Sprint(to))
}

// SamePerson makes the fault for a step that needs another person than an earlier
// one, named in the sentence ("confirm what they proposed").
func SamePerson(what string) *Fault {
	return New(PermissionDenied, ReasonSamePerson, "The same person may not "+what+".")
}

// StepUp makes the fault for what needs a fresh sign-in.
func StepUp() *Fault {
	return New(PermissionDenied, "STEP_UP_REQUIRED", "Sign in again: this needs a sign-in of the last 15 minutes.")
}

// RoleRests makes the fault for what nobody does by a role that was just granted.
func RoleRests() *Fault {
	return New(PermissionDenied, "ROLE_RESTS", "The role rests: nobody approves or releases by it in its first 7 days.")
}

// Involved makes the fault for a person who had a hand in the case of a family that a
// plan pays, and says how the plan comes to its end without them.
func Involved() *Fault {
	return New(PermissionDenied, ReasonInvolvedPerson,
		"Another person must do this: you own the case of a family in the plan, or confirmed in it within 90 days. A plan with exclude_involving leaves such families to a plan of their own.")
}

// Cause is why something was refused, in fixed words for the operator's log: it has
// no value of a request, and no client sees it.
type Cause string

// Error returns the words.
func (c Cause) Error() string { return string(c) }

// CauseOf returns the outermost Cause in err's chain, empty where there is none.
func CauseOf(err error) Cause {
	var c Cause
	errors.As(err, &c)
	return c
}

// With returns a copy of f that wraps cause, which only the operator sees.
func (f *Fault) With(cause error) *Fault {
	c := *f
	c.cause = cause
	return &c
}

// Error returns reason, sentence and cause; for logs and tests, not for clients.
func (f *Fault) Error() string {
	s := string(f.Reason) + ": " + f.Message
	for _, v := range f.Violations {
		s += " [" + v.Field + ": " + v.Description + "]"
	}
	if f.cause != nil {
		s += ": " + f.cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.cause }

// As finds the outermost Fault in err's chain, nil where there is none.
func As(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Is reports whether err's outermost Fault has the given reason: one of package
// reason, or in the table of a test its word.
func Is[R ~string](err error, why R) bool {
	f := As(err)
	return f != nil && f.Reason == Reason(why)
}

// OfKind reports whether err's outermost Fault has the given kind.
func OfKind(err error, kind Kind) bool {
	f := As(err)
	return f != nil && f.Kind == kind
}
