package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAFaultIsFoundThroughWrapping(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("load fund: %w", fault.Missing("fund"))
	if !fault.Is(err, "NOT_FOUND") || !fault.OfKind(err, fault.NotFound) {
		t.Errorf("not found in %v", err)
	}
	if fault.As(errors.New("other")) != nil || fault.Is(nil, "NOT_FOUND") {
		t.Error("a fault is found where none is")
	}
}

func TestTheCauseIsKeptApartFromWhatClientsSee(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	f := fault.New(fault.Unavailable, "DOWN", "Try again.").With(cause)
	if !errors.Is(f, cause) || f.Message != "Try again." {
		t.Errorf("got message %q and cause %v", f.Message, errors.Unwrap(f))
	}
	if f.Error() != "DOWN: Try again.: connection refused" {
		t.Errorf("the operator reads %q", f.Error())
	}
}

func TestAnIllegalMoveNamesBothStates(t *testing.T) {
	t.Parallel()
	f := fault.State("plan", "DRAFT", "RELEASED")
	if f.Kind != fault.Precondition || f.Message != "The plan is DRAFT and cannot become RELEASED." {
		t.Errorf("got %v", f)
	}
}

func TestOnlyTheMovesOfTheTableAreAllowed(t *testing.T) {
	t.Parallel()
	moves := map[string][]string{"DRAFT": {"LOCKED", "DISCARDED"}}
	if err := fault.Move("plan", moves, "DRAFT", "LOCKED"); err != nil {
		t.Errorf("a move of the table: %v", err)
	}
	for _, from := range []string{"LOCKED", "", "NONE"} {
		if err := fault.Move("plan", moves, from, "DRAFT"); !fault.Is(err, "ILLEGAL_STATE") {
			t.Errorf("from %q: %v, want ILLEGAL_STATE", from, err)
		}
	}
}

func TestViolationsNameTheirFields(t *testing.T) {
	t.Parallel()
	f := fault.Fields(fault.Violation{Field: "a", Description: "is required"}, fault.Violation{Field: "b", Description: "is too long"})
	if f.Kind != fault.Invalid || len(f.Violations) != 2 {
		t.Fatalf("got %v", f)
	}
	if got := f.Error(); got != "INVALID_FIELD: One or more fields of the request are not valid. [a: is required] [b: is too long]" {
		t.Errorf("got %q", got)
	}
}
