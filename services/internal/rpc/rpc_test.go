package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5/pgconn"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// officer may list staff, service may resolve callers.
var (
	officer = identity.Caller{Service: "gateway", Person: "staff/s_1", Roles: []policyv1.Role{policyv1.Role_ROLE_PROTECTION_OFFICER}}
	auditor = identity.Caller{Service: "gateway", Person: "staff/s_2", Roles: []policyv1.Role{policyv1.Role_ROLE_AUDITOR}}
	nobody  = identity.Caller{Service: "gateway"}
)

func TestFaultsCrossTheWireAsTheyAre(t *testing.T) {
	t.Parallel()
	faults := []*fault.Fault{
		fault.Field("amount.minorUnits", fault.FieldNotPositive, "must be greater than zero"),
		fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "A valid credential is needed."),
		fault.New(fault.PermissionDenied, "FROZEN", "This person is frozen."),
		fault.Missing("fund"),
		fault.New(fault.AlreadyExists, "REFERENCE_CONFLICT", "The reference has other content."),
		fault.State("plan", "DRAFT", "RELEASED"),
		fault.New(fault.Aborted, "STILL_RUNNING", "Another call is running."),
		{Kind: fault.Exhausted, Reason: "QUEUE_FULL", Message: "Come back later.", RetryAfter: time.Second},
		fault.New(fault.Unavailable, "OUTCOME_UNKNOWN", "Try again."),
		fault.New(fault.Timeout, "SLOW", "The deadline passed."),
	}
	for _, want := range faults {
		t.Run(string(want.Reason), func(t *testing.T) {
			t.Parallel()
			conn := staffBench(t, func(context.Context) error { return want.With(errors.New("MARK secret cause")) }).As(officer)
			_, err := accessv1.NewStaffServiceClient(conn).ListStaff(t.Context(), &accessv1.ListStaffRequest{})
			got := fault.As(err)
			if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(fault.Fault{})); diff != "" {
				t.Errorf("the client sees another fault (-want +got):\n%s", diff)
			}
			if strings.Contains(err.Error(), "MARK") {
				t.Errorf("the cause reached the client: %v", err)
			}
		})
	}
}

func TestWhatIsNoFaultIsAnInternalErrorWithoutDetail(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return errors.New("MARK duplicate key (name)=(x)") },
		"panic": func(context.Context) error { panic("MARK") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := staffBench(t, handler).As(officer)
			_, err := accessv1.NewStaffServiceClient(conn).ListStaff(t.Context(), &accessv1.ListStaffRequest{})
			if !fault.Is(err, "INTERNAL") || strings.Contains(err.Error(), "MARK") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestADatabaseThatIsAwayIsUnavailableNotADefect(t *testing.T) {
	t.Parallel()
	conn := staffBench(t, func(context.Context) error {
		return fmt.Errorf("list staff: %w", &pgconn.PgError{Code: "57P03", Message: "MARK is starting up"})
	}).As(officer)
	_, err := accessv1.NewStaffServiceClient(conn).ListStaff(t.Context(), &accessv1.ListStaffRequest{})
	if !fault.OfKind(err, fault.Unavailable) || strings.Contains(err.Error(), "MARK") {
		t.Errorf("got %v", err)
	}
}

func TestThePolicyDecidesWhoMayCall(t *testing.T) {
	t.Parallel()
	bench := staffBench(t, func(context.Context) error { return nil })
	tests := []struct {
		name   string
		caller identity.Caller
		reason fault.Reason // of the refusal, empty where the call passes
	}{
		{"the right role", officer, ""},
		{"another role", auditor, "PERMISSION_DENIED"},
		{"no credential", nobody, "UNAUTHENTICATED"},
		{"a service for itself", identity.Caller{Service: "families"}, "PERMISSION_DENIED"},
		{"a person through another service than the gateway", identity.Caller{Service: "cli", Person: "staff/s_1", Roles: officer.Roles}, "PERMISSION_DENIED"},
		{"no role at all", identity.Caller{Service: "gateway", Person: "staff/s_3"}, "PERMISSION_DENIED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := accessv1.NewStaffServiceClient(bench.As(test.caller))
			_, err := client.ListStaff(t.Context(), &accessv1.ListStaffRequest{})
			if test.reason == "" && err != nil || test.reason != "" && !fault.Is(err, test.reason) {
				t.Errorf("got %v, want reason %q", err, test.reason)
			}
		})
	}
}

func TestAnInternalMethodIsForTheServicesOnItsListOnly(t *testing.T) {
	t.Parallel()
	bench := staffBench(t, func(context.Context) error { return nil })
	for name, want := range map[string]fault.Reason{"families": "", "donations": "PERMISSION_DENIED", "gateway": "PERMISSION_DENIED", "": "PERMISSION_DENIED"} {
		client := accessv1.NewAccessServiceClient(bench.As(identity.Caller{Service: name}))
		_, err := client.ListAwake(t.Context(), &accessv1.ListAwakeRequest{})
		if want == "" && err != nil || want != "" && !fault.Is(err, want) {
			t.Errorf("%q: got %v, want reason %q", name, err, want)
		}
	}
	// A person cannot reach it through the gateway, whatever role they hold.
	_, err := accessv1.NewAccessServiceClient(bench.As(officer)).ListAwake(t.Context(), &accessv1.ListAwakeRequest{})
	if !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("an officer: got %v", err)
	}
}

func TestMoneyNeedsARecentSignInAndAKey(t *testing.T) {
	t.Parallel()
	bench := rpctest.New(t, func(s *grpc.Server) {
		disbursementsv1.RegisterPaymentPlanServiceServer(s, plans{})
	})
	treasurer := identity.Caller{Service: "gateway", Person: "staff/s_4", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER}}
	stale := treasurer
	stale.AuthTime = time.Now().Add(-16 * time.Minute)
	release := func(c identity.Caller, key string) error {
		_, err := disbursementsv1.NewPaymentPlanServiceClient(bench.As(c)).ReleasePaymentPlan(t.Context(),
			&disbursementsv1.ReleasePaymentPlanRequest{Name: "paymentPlans/p_1", RequestId: key})
		return err
	}
	if err := release(stale, "k1"); !fault.Is(err, "STEP_UP_REQUIRED") {
		t.Errorf("with an old sign-in: got %v", err)
	}
	ahead := treasurer
	ahead.AuthTime = time.Now().Add(time.Hour)
	if err := release(ahead, "k0"); !fault.Is(err, "STEP_UP_REQUIRED") {
		t.Errorf("with a sign-in of the future: got %v", err)
	}
	if f := fault.As(release(treasurer, "")); f == nil || f.Violations[0].Field != "requestId" {
		t.Errorf("without a key: got %v", f)
	}
	if f := fault.As(release(treasurer, strings.Repeat("k", 256))); f == nil || f.Violations[0].Field != "requestId" {
		t.Errorf("with a key too long: got %v", f)
	}
	resting := treasurer
	resting.Resting = treasurer.Roles
	if err := release(resting, "k3"); !fault.Is(err, "ROLE_RESTS") {
		t.Errorf("by a role that rests: got %v", err)
	}
	if err := release(treasurer, "k2"); err != nil {
		t.Errorf("with both: got %v", err)
	}
}

func TestARequestThatIsTooLargeIsRefusedInWords(t *testing.T) {
	t.Parallel()
	conn := staffBench(t, func(context.Context) error { return nil }).As(officer)
	for size, reason := range map[int]fault.Reason{200 << 10: "", 300 << 10: "REQUEST_TOO_LARGE"} {
		_, err := accessv1.NewStaffServiceClient(conn).ListStaff(t.Context(), &accessv1.ListStaffRequest{OrderBy: strings.Repeat("x", size)})
		if reason == "" && err != nil || reason != "" && (!fault.Is(err, reason) || !fault.OfKind(err, fault.Invalid)) {
			t.Errorf("%d bytes: got %v, want %q", size, err, reason)
		}
	}
	// Nobody is told anything about a request that they may not make.
	_, err := accessv1.NewStaffServiceClient(staffBench(t, nil).As(auditor)).ListStaff(t.Context(),
		&accessv1.ListStaffRequest{OrderBy: strings.Repeat("x", 300<<10)})
	if !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("by somebody who may not: got %v", err)
	}
}

func TestAServerWithAMethodWithoutPolicyDoesNotStart(t *testing.T) {
	t.Parallel()
	s := rpc.NewServer(rpc.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	healthv1.RegisterHealthServer(s, health.NewServer()) // a contract without our options
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	if err := rpc.Serve(t.Context(), s, lis); err == nil || !strings.Contains(err.Error(), "has no policy") {
		t.Errorf("got %v", err)
	}
}

func TestCallsAreLoggedWithTheirReasonAndNothingElse(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := rpc.NewServer(rpc.Options{
		Log: slog.New(slog.NewTextHandler(&out, nil)), Now: time.Now,
		Peer: func(context.Context) string { return "families" },
	})
	accessv1.RegisterAccessServiceServer(s, access{handler: func(context.Context) error { return fault.Missing("person") }})
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- rpc.Serve(ctx, s, lis) }()
	conn, err := rpc.DialListener(func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", lis.Addr().String())
	}, func(ctx context.Context) context.Context { return ctx })
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = accessv1.NewAccessServiceClient(conn).ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Subject: "MARK-person"})
	if !fault.Is(err, "NOT_FOUND") {
		t.Errorf("got %v", err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := out.String(); !strings.Contains(got, "reason=NOT_FOUND") || strings.Contains(got, "MARK") {
		t.Errorf("logged %s", got)
	}
}

// staffBench serves access with one handler behind every method that is called
// here.
func staffBench(t *testing.T, handler func(context.Context) error) *rpctest.Bench {
	t.Helper()
	return rpctest.New(t, func(s *grpc.Server) {
		accessv1.RegisterStaffServiceServer(s, staff{handler: handler})
		accessv1.RegisterAccessServiceServer(s, access{handler: handler})
	})
}

type staff struct {
	accessv1.StaffServiceServer
	handler func(context.Context) error
}

func (s staff) ListStaff(ctx context.Context, _ *accessv1.ListStaffRequest) (*accessv1.ListStaffResponse, error) {
	return &accessv1.ListStaffResponse{NextPageToken: "more"}, s.handler(ctx)
}

type access struct {
	accessv1.AccessServiceServer
	handler func(context.Context) error
}

func (a access) ListAwake(ctx context.Context, _ *accessv1.ListAwakeRequest) (*accessv1.ListAwakeResponse, error) {
	return &accessv1.ListAwakeResponse{}, a.handler(ctx)
}

func (a access) ResolveCaller(ctx context.Context, _ *accessv1.ResolveCallerRequest) (*accessv1.ResolveCallerResponse, error) {
	return &accessv1.ResolveCallerResponse{}, a.handler(ctx)
}

type plans struct {
	disbursementsv1.PaymentPlanServiceServer
}

func (plans) ReleasePaymentPlan(_ context.Context, req *disbursementsv1.ReleasePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return &disbursementsv1.PaymentPlan{Name: req.GetName()}, nil
}

// The token of a page is good for whom it was made, and for nobody else.
func TestTheTokenOfAPageIsItsCallersOwn(t *testing.T) {
	t.Parallel()
	bench := staffBench(t, func(context.Context) error { return nil })
	list := func(caller identity.Caller, token string) (string, error) {
		resp, err := accessv1.NewStaffServiceClient(bench.As(caller)).ListStaff(t.Context(), &accessv1.ListStaffRequest{PageToken: token})
		return resp.GetNextPageToken(), err
	}
	own, err := list(officer, "")
	if err != nil || own == "" {
		t.Fatalf("first page: token %q, %v", own, err)
	}
	if _, err := list(officer, own); err != nil {
		t.Errorf("its own caller: %v", err)
	}
	other := officer
	other.Person = "staff/s_other"
	bare, _, _ := strings.Cut(own, ".")
	for name, token := range map[string]string{"of somebody else": own, "without a mark": bare, "with an empty mark": bare + "."} {
		if _, err := list(other, token); fault.As(err) == nil || fault.As(err).Violations[0].Field != "pageToken" {
			t.Errorf("a token %s: %v", name, err)
		}
	}
}
