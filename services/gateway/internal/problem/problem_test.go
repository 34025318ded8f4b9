package problem_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestEachKindOfFaultHasItsStatus(t *testing.T) {
	t.Parallel()
	for kind, want := range map[fault.Kind]string{
		fault.Cancelled: "499 CANCELLED", fault.Invalid: "400 INVALID_ARGUMENT", fault.Unauthenticated: "401 UNAUTHENTICATED",
		fault.PermissionDenied: "403 PERMISSION_DENIED", fault.NotFound: "404 NOT_FOUND",
		fault.AlreadyExists: "409 ALREADY_EXISTS", fault.Precondition: "409 FAILED_PRECONDITION",
		fault.Aborted: "409 ABORTED", fault.Exhausted: "429 RESOURCE_EXHAUSTED", fault.Unavailable: "503 UNAVAILABLE",
		fault.Timeout: "504 DEADLINE_EXCEEDED", fault.Internal: "500 INTERNAL", fault.Kind(0): "500 INTERNAL",
	} {
		p := problem.From(fmt.Errorf("wrapped: %w", fault.New(kind, "REASON", "Sentence.")))
		if got := fmt.Sprint(p.Status, " ", p.Code); got != want || p.Reason != "REASON" || p.Detail != "Sentence." {
			t.Errorf("kind %d: %s %s %q", kind, got, p.Reason, p.Detail)
		}
	}
}

func TestAProblemIsADocumentWithItsFields(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("ETag", "left over")
	problem.Write(w, "r_1", problem.From(fault.Field("amount.minorUnits", fault.FieldNotPositive, "must be greater than zero")))
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "/docs#reason-INVALID_FIELD", "title": "Bad Request", "status": 400.0,
		"detail": "One or more fields of the request are not valid.",
		"code":   "INVALID_ARGUMENT", "reason": "INVALID_FIELD", "traceId": "r_1",
		"violations": []any{map[string]any{"field": "amount.minorUnits", "reason": "NOT_POSITIVE", "description": "must be greater than zero"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("ETag") != "" {
		t.Errorf("headers %v", w.Header())
	}
}

func TestAForeignErrorSaysNothing(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		errors.New("MARK"), status.Error(codes.InvalidArgument, "MARK"), status.Error(codes.Internal, "MARK"),
		status.Error(codes.Unavailable, "MARK"), status.Error(codes.DeadlineExceeded, "MARK"),
		fault.New(fault.Internal, "INTERNAL", "Internal error.").With(errors.New("MARK")),
	} {
		w := httptest.NewRecorder()
		problem.Write(w, "r_1", problem.From(err))
		if strings.Contains(w.Body.String(), "MARK") {
			t.Errorf("%v: %s", err, w.Body)
		}
	}
}

func TestWhoShallComeBackIsToldWhen(t *testing.T) {
	t.Parallel()
	hinted := fault.New(fault.Aborted, "BUSY", "Busy.")
	hinted.RetryAfter = 1100 * time.Millisecond
	for want, err := range map[string]error{
		"2": hinted, "1": fault.New(fault.Unavailable, "X", "x"), "": fault.New(fault.NotFound, "X", "x"),
	} {
		w := httptest.NewRecorder()
		problem.Write(w, "r_1", problem.From(err))
		if got := w.Header().Get("Retry-After"); got != want {
			t.Errorf("%v: Retry-After %q", err, got)
		}
	}
}
