// Package problem writes errors as the one shape that REST clients get:
// application/problem+json by RFC 9457, with the code, reason and wrong fields
// of the fault behind it. Nothing else of an error leaves the gateway.
package problem

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// catalogue is where the reference has the reasons.
const catalogue = "/docs#reason-"

// ContentType is the media type of a problem document.
const ContentType = "application/problem+json"

// Problem is an error as a client sees it.
type Problem struct {
	// Type is the place of the reason in the reference, where it says what to do.
	Type string `json:"type"`
	// Title is the text of the HTTP status.
	Title string `json:"title"`
	// Status is the HTTP status.
	Status int `json:"status"`
	// Detail is a fixed sentence.
	Detail string `json:"detail"`
	// Code is the gRPC status by name, for example "INVALID_ARGUMENT".
	Code string `json:"code"`
	// Reason is a stable word such as "FUND_CLOSED".
	Reason string `json:"reason"`
	// Violations names wrong fields.
	Violations []Violation `json:"violations,omitempty"`
	// TraceID is the request's id, also in the header X-Request-Id.
	TraceID string `json:"traceId"`

	retryAfter time.Duration
}

// Violation is one wrong field.
type Violation struct {
	// Field is the path of the field as REST spells it, "amount.minorUnits".
	Field string `json:"field"`
	// Reason is a stable word for what is wrong, "REQUIRED".
	Reason string `json:"reason"`
	// Description says what is wrong.
	Description string `json:"description"`
}

// statusCancelled is what servers note of a client that went away before its answer;
// nobody receives it.
const statusCancelled = 499

// table maps kinds of fault to the code's name and the HTTP status.
var table = map[fault.Kind]struct {
	code   string
	status int
}{
	fault.Cancelled:        {"CANCELLED", statusCancelled},
	fault.Invalid:          {"INVALID_ARGUMENT", http.StatusBadRequest},
	fault.Unauthenticated:  {"UNAUTHENTICATED", http.StatusUnauthorized},
	fault.PermissionDenied: {"PERMISSION_DENIED", http.StatusForbidden},
	fault.NotFound:         {"NOT_FOUND", http.StatusNotFound},
	fault.AlreadyExists:    {"ALREADY_EXISTS", http.StatusConflict},
	fault.Precondition:     {"FAILED_PRECONDITION", http.StatusConflict},
	fault.Aborted:          {"ABORTED", http.StatusConflict},
	fault.Exhausted:        {"RESOURCE_EXHAUSTED", http.StatusTooManyRequests},
	fault.Unavailable:      {"UNAVAILABLE", http.StatusServiceUnavailable},
	fault.Timeout:          {"DEADLINE_EXCEEDED", http.StatusGatewayTimeout},
	fault.Internal:         {"INTERNAL", http.StatusInternalServerError},
}

// From makes the problem of an error. An error that is no fault says nothing
// about itself: its text may hold anything.
func From(err error) Problem {
	f := fault.As(err)
	if f == nil {
		f = foreign(err)
	}
	row, ok := table[f.Kind]
	if !ok {
		row = table[fault.Internal]
	}
	p := Of(row.status, row.code, f.Reason, f.Message)
	p.retryAfter = f.RetryAfter
	for _, v := range f.Violations {
		p.Violations = append(p.Violations, Violation{Field: v.Field, Reason: string(v.Reason), Description: v.Description})
	}
	return p
}

// Of makes a problem from its parts.
func Of(httpStatus int, code string, why fault.Reason, detail string) Problem {
	title := http.StatusText(httpStatus)
	if httpStatus == statusCancelled {
		title = "Client Closed Request"
	}
	return Problem{
		Type: catalogue + string(why), Title: title, Status: httpStatus,
		Code: code, Reason: string(why), Detail: detail,
	}
}

// foreign makes the fault of an error that arose in the gateway's own libraries.
func foreign(err error) *fault.Fault {
	switch status.Code(err) {
	case codes.InvalidArgument:
		return fault.New(fault.Invalid, fault.ReasonMalformedRequest, "The request could not be read.")
	case codes.DeadlineExceeded:
		return fault.New(fault.Timeout, fault.ReasonDeadlineExceeded, "The deadline passed; the outcome may be unknown.")
	case codes.Canceled:
		return fault.New(fault.Cancelled, fault.ReasonCancelled, "The caller has cancelled the call; the outcome may be unknown.")
	case codes.Unavailable:
		return fault.New(fault.Unavailable, fault.ReasonUnavailable, "Try again; the outcome may be unknown.")
	default:
		return fault.New(fault.Internal, fault.ReasonInternal, "Internal error.")
	}
}

// Write answers with the problem. What was set for a success goes.
func Write(w http.ResponseWriter, requestID string, p Problem) {
	p.TraceID = requestID
	h := w.Header()
	for _, name := range []string{"Content-Length", "ETag", "Link", "Location", "Content-Disposition"} {
		h.Del(name)
	}
	h.Set("Content-Type", ContentType)
	switch {
	case p.retryAfter > 0:
		h.Set("Retry-After", seconds(p.retryAfter))
	case p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests:
		h.Set("Retry-After", "1")
	}
	if p.Status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close") // net/http would else read the rest before it answers
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone
}

// seconds rounds up: coming back early is refused again.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
