package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestEachConstructorGivesItsKindAndReason(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]*fault.Fault{
		"NOT_FOUND: There is no such payment plan.":                                           fault.Missing("payment plan"),
		"INVALID_FIELD: One or more fields of the request are not valid. [name: is required]": fault.Field("name", fault.FieldRequired, "is required"),
		"ILLEGAL_STATE: The round is OPEN and cannot become PAID.":                            fault.State("round", "OPEN", "PAID"),
		"SAME_PERSON: The same person may not approve what they proposed.":                    fault.SamePerson("approve what they proposed"),
		"INVOLVED_PERSON: Another person must do this: you own the case of a family in the plan, or confirmed in it within 90 days. A plan with exclude_involving leaves such families to a plan of their own.": fault.Involved(),
	} {
		if f.Error() != want {
			t.Errorf("got %q, want %q", f.Error(), want)
		}
		kinds := map[string]fault.Kind{
			"NOT_FOUND": fault.NotFound, "INVALID_FIELD": fault.Invalid, "ILLEGAL_STATE": fault.Precondition,
			"SAME_PERSON": fault.PermissionDenied, "INVOLVED_PERSON": fault.PermissionDenied,
		}
		if f.Kind == 0 || f.Kind != kinds[string(f.Reason)] || errors.Unwrap(f) != nil {
			t.Errorf("%s is of kind %d with cause %v", f.Reason, f.Kind, errors.Unwrap(f))
		}
	}
}

// The outermost fault is what the client is told: a service that words a peer's
// refusal anew must not be overruled by the peer.
func TestTheOutermostFaultCounts(t *testing.T) {
	t.Parallel()
	inner := fault.New(fault.NotFound, "NOT_FOUND", "There is no such fund.")
	outer := fault.New(fault.Unavailable, "LEDGER_AWAY", "Try again.").With(fmt.Errorf("ask the ledger: %w", inner))
	err := fmt.Errorf("pledge: %w", outer)
	if got := fault.As(err); got != outer {
		t.Errorf("found %v", got)
	}
	if !fault.Is(err, "LEDGER_AWAY") || fault.Is(err, "NOT_FOUND") || !fault.OfKind(err, fault.Unavailable) || fault.OfKind(err, fault.NotFound) {
		t.Errorf("the inner fault counts in %v", err)
	}
	if joined := errors.Join(errors.New("close"), inner); !fault.Is(joined, "NOT_FOUND") {
		t.Errorf("not found in %v", joined)
	}
}

func TestWhatIsNoFaultHasNoKindAndNoReason(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("other"), fault.Cause("key is revoked"), fmt.Errorf("read: %w", fault.Cause("gone"))} {
		if fault.As(err) != nil || fault.Is(err, "") || fault.OfKind(err, 0) || fault.OfKind(err, fault.Internal) {
			t.Errorf("%v counts as a fault", err)
		}
	}
}

// A fault may be kept as a value and used for many requests at once.
func TestACauseIsAddedToACopy(t *testing.T) {
	t.Parallel()
	shared := &fault.Fault{
		Kind: fault.Exhausted, Reason: "QUEUE_FULL", Message: "Come back later.", RetryAfter: time.Second,
		Violations: []fault.Violation{{Field: "a", Description: "is required"}},
	}
	first, second := shared.With(errors.New("one")), shared.With(errors.New("two"))
	if errors.Unwrap(shared) != nil || first.Unwrap().Error() != "one" || second.Unwrap().Error() != "two" {
		t.Errorf("causes are %v, %v, %v", errors.Unwrap(shared), first.Unwrap(), second.Unwrap())
	}
	if first.Kind != shared.Kind || first.Reason != shared.Reason || first.Message != shared.Message ||
		first.RetryAfter != shared.RetryAfter || len(first.Violations) != 1 {
		t.Errorf("the copy is %+v", first)
	}
}

func TestTheCauseOfARefusalIsFoundForTheLog(t *testing.T) {
	t.Parallel()
	refused := fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "A valid credential is needed.")
	for want, err := range map[fault.Cause]error{
		"key is revoked": fmt.Errorf("admit: %w", refused.With(fault.Cause("key is revoked"))),
		"outer":          fmt.Errorf("%w: %w", fault.Cause("outer"), fault.Cause("inner")),
		"":               refused.With(errors.New("with a value")),
	} {
		if got := fault.CauseOf(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	if fault.CauseOf(nil) != "" {
		t.Error("nothing has a cause")
	}
}

// step is a state of a machine that is drawn.
type step int

// String names the state as the message has it.
func (s step) String() string { return fmt.Sprintf("S%d", int(s)) }

func TestAnyTableAllowsItsMovesAndNoOther(t *testing.T) {
	t.Parallel()
	state := rapid.Custom(func(t *rapid.T) step { return step(rapid.IntRange(0, 5).Draw(t, "state")) })
	rapid.Check(t, func(t *rapid.T) {
		moves := rapid.MapOf(state, rapid.SliceOfDistinct(state, rapid.ID)).Draw(t, "moves")
		from, to := state.Draw(t, "from"), state.Draw(t, "to")
		allowed := false
		for _, next := range moves[from] {
			allowed = allowed || next == to
		}
		err := fault.Move("thing", moves, from, to)
		if (err == nil) != allowed {
			t.Fatalf("from %v to %v by %v: %v", from, to, moves, err)
		}
		if err != nil && !strings.HasSuffix(err.Error(), fmt.Sprintf("The thing is %v and cannot become %v.", from, to)) {
			t.Fatalf("got %v", err)
		}
	})
}
