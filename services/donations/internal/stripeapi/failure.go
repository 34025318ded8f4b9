package stripeapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/stripe/stripe-go/v76"
)

// What a caller can tell apart, with errors.Is.
var (
	// ErrNotFound says that Stripe has no such object.
	ErrNotFound = errors.New("not found")
	// ErrDeclined says that the card was declined.
	ErrDeclined = errors.New("card declined")
	// ErrRefused says that Stripe will never take this call as it is.
	ErrRefused = errors.New("refused")
	// ErrConflict says that the idempotency key was used with other parameters.
	ErrConflict = errors.New("idempotency key reused")
	// ErrUnknown says that the outcome is not known: a timeout, a lost connection,
	// too many calls, a failure at Stripe. Repeat it with the same key.
	ErrUnknown = errors.New("temporary, outcome unknown")
	// ErrUnauthorized says that the secret key is wrong, revoked or may not do it.
	ErrUnauthorized = errors.New("key not accepted")
)

// Error is a failed call. Its text holds codes only, never what was sent: not
// an address, not a card, not Stripe's sentence that may quote them.
type Error struct {
	// Op is what was tried.
	Op string
	// Code, DeclineCode and Param are Stripe's, empty where it gave none.
	Code, DeclineCode, Param string
	// RequestID finds the call in Stripe's dashboard.
	RequestID string
	// Status is the HTTP status, 0 where there was no answer.
	Status int

	kind  error // one of the Err variables
	cause error // of a call without an answer
}

// Error returns what was tried and Stripe's codes.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stripe: %s: %v", e.Op, e.kind)
	for _, part := range []struct{ name, value string }{
		{"code", e.Code}, {"decline", e.DeclineCode}, {"param", e.Param}, {"request", e.RequestID},
	} {
		if part.value != "" {
			fmt.Fprintf(&b, ", %s %s", part.name, part.value)
		}
	}
	if e.Status != 0 {
		fmt.Fprintf(&b, ", status %d", e.Status)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %v", e.cause)
	}
	return b.String()
}

// Unwrap returns the kind and, where there was no answer, the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.kind}
	}
	return []error{e.kind, e.cause}
}

// failed turns an error of the library into an Error.
func failed(op string, err error) error {
	var s *stripe.Error
	if errors.As(err, &s) {
		return &Error{
			Op: op, Code: string(s.Code), DeclineCode: string(s.DeclineCode), Param: s.Param,
			RequestID: s.RequestID, Status: s.HTTPStatusCode, kind: kind(s),
		}
	}
	return &Error{Op: op, kind: ErrUnknown, cause: silence(err)}
}

// kind sorts Stripe's errors by type first and status second. A 409 is another
// call with the same key or object in flight: as unknown as a lost answer.
func kind(s *stripe.Error) error {
	switch {
	case s.Type == stripe.ErrorTypeCard:
		return ErrDeclined
	case s.Type == stripe.ErrorTypeIdempotency && s.HTTPStatusCode == http.StatusBadRequest:
		return ErrConflict
	}
	switch s.HTTPStatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrUnauthorized
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusBadRequest, http.StatusPaymentRequired:
		if s.Code == stripe.ErrorCodeResourceMissing && s.Param == "" {
			return ErrNotFound
		}
		return ErrRefused
	}
	return ErrUnknown
}

// silence keeps of a transport error what an operator needs, and drops the
// address and any part of an answer that was not JSON.
func silence(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, known) {
			return known
		}
	}
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return errors.New("the answer could not be read")
}
