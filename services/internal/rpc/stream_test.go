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

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// short is the deadline of calls without one in these tests; never does not come.
const (
	short = 200 * time.Millisecond
	never = time.Hour
)

// patient fails a test whose call does not end.
const patient = 10 * time.Second

// streams are handlers of one upload, one download and one plain call.
type streams struct {
	disbursementsv1.StatementServiceServer
	ledgerv1.LogServiceServer
	upload   func(context.Context, disbursementsv1.StatementService_ImportStatementServer) error
	download func(context.Context, ledgerv1.LogService_ReadBooksServer) error
	call     func(context.Context) error
	ended    chan error // what a handler has returned
	server   *grpc.Server
}

func (s *streams) ImportStatement(ss disbursementsv1.StatementService_ImportStatementServer) error {
	return s.end(s.upload(ss.Context(), ss))
}

func (s *streams) ReadBooks(_ *ledgerv1.ReadBooksRequest, ss ledgerv1.LogService_ReadBooksServer) error {
	return s.end(s.download(ss.Context(), ss))
}

func (s *streams) GetStatement(ctx context.Context, _ *disbursementsv1.GetStatementRequest) (*disbursementsv1.Statement, error) {
	return &disbursementsv1.Statement{}, s.end(s.call(ctx))
}

func (s *streams) end(err error) error {
	s.ended <- err
	return err
}

// known knows everybody.
type known struct{}

func (known) Authenticate(context.Context, string) (identity.Caller, error) {
	return identity.Caller{Person: "staff/s_1", AuthTime: time.Now(), Roles: []policyv1.Role{
		policyv1.Role_ROLE_AUDITOR, policyv1.Role_ROLE_TREASURER,
	}}, nil
}

// served serves handlers whose calls without a deadline end after within, and
// returns a connection whose client has the given options.
func served(t *testing.T, s *streams, within time.Duration, log *slog.Logger, client []grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	s.ended = make(chan error, 1)
	server := rpc.NewServerWithin(rpc.Options{
		Authenticator: known{}, Log: log, Now: time.Now,
		Peer: func(context.Context) string { return "gateway" },
	}, within, within)
	disbursementsv1.RegisterStatementServiceServer(server, s)
	ledgerv1.RegisterLogServiceServer(server, s)
	lis := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(lis) }() // ends with Stop
	s.server = server
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient("passthrough:///memory", append(client,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithPerRPCCredentials(bearer{}),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// bearer is a credential, over connections in memory.
type bearer struct{}

func (bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer x"}, nil
}
func (bearer) RequireTransportSecurity() bool { return false }

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// handled waits for what a handler returns.
func (s *streams) handled(t *testing.T) error {
	t.Helper()
	select {
	case err := <-s.ended:
		return err
	case <-time.After(patient):
		t.Fatal("the handler does not end")
		return nil
	}
}

// A client that sets no deadline, and does not even speak, holds nothing for ever.
func TestAnUploadThatNothingComesOfEndsByItself(t *testing.T) {
	t.Parallel()
	s := &streams{upload: func(_ context.Context, ss disbursementsv1.StatementService_ImportStatementServer) error {
		_, err := ss.Recv()
		return err
	}}
	conn := served(t, s, short, quiet(), nil)
	up, err := disbursementsv1.NewStatementServiceClient(conn).ImportStatement(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.handled(t); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the handler waited for: %v", err)
	}
	if _, err := up.CloseAndRecv(); status.Code(err) != codes.DeadlineExceeded {
		t.Errorf("the client is told %v", err)
	}
}

func TestADownloadThatNobodyReadsEndsByItself(t *testing.T) {
	t.Parallel()
	s := &streams{download: func(_ context.Context, ss ledgerv1.LogService_ReadBooksServer) error {
		for {
			if err := ss.Send(&ledgerv1.ReadBooksResponse{Data: bytes.Repeat([]byte("x"), 64<<10)}); err != nil {
				return err
			}
		}
	}}
	conn := served(t, s, short, quiet(), nil)
	if _, err := ledgerv1.NewLogServiceClient(conn).ReadBooks(t.Context(), &ledgerv1.ReadBooksRequest{}); err != nil {
		t.Fatal(err)
	}
	if err := s.handled(t); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the handler waited for: %v", err)
	}
}

func TestAStreamOfOursHasADeadlineAlsoWhereItsServerHasNone(t *testing.T) {
	t.Parallel()
	s := &streams{download: func(ctx context.Context, _ ledgerv1.LogService_ReadBooksServer) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	conn := served(t, s, never, quiet(), rpc.ClientWithin(short, short))
	down, err := ledgerv1.NewLogServiceClient(conn).ReadBooks(t.Context(), &ledgerv1.ReadBooksRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := down.Recv(); !fault.OfKind(err, fault.Timeout) {
		t.Errorf("got %v", err)
	}
	s.handled(t)
}

func TestACallersOwnDeadlineHolds(t *testing.T) {
	t.Parallel()
	s := &streams{download: func(ctx context.Context, _ ledgerv1.LogService_ReadBooksServer) error {
		time.Sleep(2 * short) // longer than a call without a deadline has
		return ctx.Err()
	}}
	conn := served(t, s, short, quiet(), rpc.ClientWithin(short, short))
	ctx, cancel := context.WithTimeout(t.Context(), patient)
	defer cancel()
	down, err := ledgerv1.NewLogServiceClient(conn).ReadBooks(ctx, &ledgerv1.ReadBooksRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := down.Recv(); fault.As(err) != nil {
		t.Errorf("got %v, want the stream's end", err)
	}
	if err := s.handled(t); err != nil {
		t.Errorf("the handler: %v", err)
	}
}

// Who gives up is told so, and not to try again; the server does not count it as
// its own failure, whatever the handler makes of it.
func TestAClientsOwnCancellationIsCancelled(t *testing.T) {
	t.Parallel()
	unreachable := fault.New(fault.Unavailable, "DATABASE_UNAVAILABLE", "The database cannot be reached.")
	for name, becomes := range map[string]func(error) error{
		"as it is":                  func(err error) error { return fmt.Errorf("read: %w", err) },
		"what could not be reached": func(err error) error { return unreachable.With(err) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			ctx, cancel := context.WithCancel(t.Context())
			s := &streams{call: func(ctx context.Context) error {
				cancel()
				<-ctx.Done()
				return becomes(ctx.Err())
			}}
			conn := served(t, s, never, slog.New(slog.NewTextHandler(&log, nil)), rpc.ClientWithin(never, never))
			_, err := disbursementsv1.NewStatementServiceClient(conn).GetStatement(ctx, &disbursementsv1.GetStatementRequest{})
			if f := fault.As(err); f == nil || f.Kind != fault.Cancelled || f.Reason != "CANCELLED" {
				t.Errorf("the client is told %v", err)
			}
			s.handled(t)
			s.server.GracefulStop() // the log is whole
			if got := log.String(); !strings.Contains(got, "reason=CANCELLED") || strings.Contains(got, "level=ERROR") {
				t.Errorf("logged %s", got)
			}
		})
	}
}

func TestACancelledStreamIsCancelled(t *testing.T) {
	t.Parallel()
	s := &streams{download: func(ctx context.Context, ss ledgerv1.LogService_ReadBooksServer) error {
		if err := ss.Send(&ledgerv1.ReadBooksResponse{}); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}}
	conn := served(t, s, never, quiet(), rpc.ClientWithin(never, never))
	ctx, cancel := context.WithCancel(t.Context())
	down, err := ledgerv1.NewLogServiceClient(conn).ReadBooks(ctx, &ledgerv1.ReadBooksRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := down.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := down.Recv(); !fault.OfKind(err, fault.Cancelled) {
		t.Errorf("got %v", err)
	}
	s.handled(t)
}

// What a service breaks off for its own reasons is to be tried again.
func TestWhatTheClientDidNotCancelIsUnavailable(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"its own":  fmt.Errorf("ask: %w", context.Canceled),
		"a peer's": fault.New(fault.Cancelled, "CANCELLED", "The caller has cancelled the call."),
	} {
		s := &streams{call: func(context.Context) error { return err }}
		conn := served(t, s, never, quiet(), nil)
		_, err := disbursementsv1.NewStatementServiceClient(conn).GetStatement(t.Context(), &disbursementsv1.GetStatementRequest{})
		if status.Code(err) != codes.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestACancellationThatAPeerMadeUpIsUnavailable(t *testing.T) {
	t.Parallel()
	lis := bufconn.Listen(1 << 16)
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
		return status.Error(codes.Canceled, "MARK")
	}))
	go func() { _ = server.Serve(lis) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := rpc.DialListener(lis.DialContext, func(ctx context.Context) context.Context { return ctx })
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = disbursementsv1.NewStatementServiceClient(conn).GetStatement(t.Context(), &disbursementsv1.GetStatementRequest{})
	if f := fault.As(err); f == nil || f.Kind != fault.Unavailable || strings.Contains(f.Message, "MARK") {
		t.Errorf("got %v", err)
	}
}
