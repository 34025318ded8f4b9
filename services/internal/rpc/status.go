package rpc

import (
	"context"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// domain is the ErrorInfo domain of every reason of ours.
const domain = "solidarity"

// codeOf is the one table from kinds of fault to gRPC codes.
var codeOf = map[fault.Kind]codes.Code{
	fault.Cancelled:        codes.Canceled,
	fault.Invalid:          codes.InvalidArgument,
	fault.Unauthenticated:  codes.Unauthenticated,
	fault.PermissionDenied: codes.PermissionDenied,
	fault.NotFound:         codes.NotFound,
	fault.AlreadyExists:    codes.AlreadyExists,
	fault.Precondition:     codes.FailedPrecondition,
	fault.Aborted:          codes.Aborted,
	fault.Exhausted:        codes.ResourceExhausted,
	fault.Unavailable:      codes.Unavailable,
	fault.Timeout:          codes.DeadlineExceeded,
	fault.Internal:         codes.Internal,
}

// asFault turns any error of a handler into the fault that its client sees; ctx is
// the call's. What is no fault of ours becomes an internal error without any detail.
// Whatever could not be reached or was broken off because the client itself gave up
// is its cancellation; what was broken off otherwise is to be tried again.
func asFault(ctx context.Context, err error) *fault.Fault {
	gaveUp := errors.Is(ctx.Err(), context.Canceled)
	f := fault.As(err)
	if f == nil {
		f = foreign(err)
	}
	switch {
	case gaveUp && f.Kind == fault.Unavailable:
		return cancelled().With(err)
	case !gaveUp && f.Kind == fault.Cancelled:
		return brokenOff().With(err)
	}
	return f
}

func cancelled() *fault.Fault {
	return fault.New(fault.Cancelled, fault.ReasonCancelled, "The caller has cancelled the call; the outcome may be unknown.")
}

func brokenOff() *fault.Fault {
	return fault.New(fault.Unavailable, fault.ReasonBrokenOff, "The call was broken off; the outcome may be unknown.")
}

// foreign is the fault of an error that is none.
func foreign(err error) *fault.Fault {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Timeout, fault.ReasonDeadlineExceeded, "The deadline passed; the outcome may be unknown.").With(err)
	case errors.Is(err, context.Canceled):
		return cancelled().With(err)
	case postgres.Unreachable(err):
		return fault.New(fault.Unavailable, fault.ReasonDatabaseUnreachable, "The service cannot reach its database; try again.").With(err)
	default:
		return fault.New(fault.Internal, fault.ReasonInternal, "Internal error.").With(err)
	}
}

// toStatus writes a fault as a gRPC status: its sentence, its reason, its
// fields and its retry hint, never its cause.
func toStatus(f *fault.Fault) error {
	code, ok := codeOf[f.Kind]
	if !ok {
		code = codes.Internal
	}
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: string(f.Reason), Domain: domain}}
	if len(f.Violations) > 0 {
		bad := &errdetails.BadRequest{}
		for _, v := range f.Violations {
			bad.FieldViolations = append(bad.FieldViolations,
				&errdetails.BadRequest_FieldViolation{Field: v.Field, Reason: string(v.Reason), Description: v.Description})
		}
		details = append(details, bad)
	}
	if f.RetryAfter > 0 {
		details = append(details, &errdetails.RetryInfo{RetryDelay: durationpb.New(f.RetryAfter)})
	}
	s, err := status.New(code, f.Message).WithDetails(details...)
	if err != nil { // cannot happen: the code is never OK and the details marshal
		return status.Error(code, f.Message)
	}
	return s.Err()
}

// fromStatus reads a peer's status back into the fault that it was made from; ctx is
// the call's. Cancelled is only what the caller has cancelled.
func fromStatus(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	s, ok := status.FromError(err)
	switch {
	case !ok:
		return err
	case s.Code() == codes.Canceled && ctx.Err() != nil:
		return foreign(ctx.Err()).With(err)
	case s.Code() == codes.Canceled:
		return brokenOff().With(err)
	}
	f := fault.New(kindOf(s.Code()), "", s.Message())
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			f.Reason = fault.Reason(d.GetReason())
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				f.Violations = append(f.Violations, fault.Violation{Field: v.GetField(), Reason: fault.FieldReason(v.GetReason()), Description: v.GetDescription()})
			}
		case *errdetails.RetryInfo:
			f.RetryAfter = d.GetRetryDelay().AsDuration().Round(time.Millisecond)
		}
	}
	if f.Reason == "" { // not a fault of ours: the text may say anything
		f.Message = "A service that is needed did not answer as expected."
		f.Reason = peerReason(s.Code())
		return f.With(err)
	}
	return f
}

func kindOf(c codes.Code) fault.Kind {
	for kind, code := range codeOf {
		if code == c {
			return kind
		}
	}
	return fault.Unavailable // unknown, unimplemented: the outcome is unknown
}

func peerReason(c codes.Code) fault.Reason {
	switch c {
	case codes.Unavailable:
		return fault.ReasonPeerUnavailable
	case codes.DeadlineExceeded:
		return fault.ReasonPeerTimeout
	default:
		return fault.ReasonPeerFailed
	}
}
