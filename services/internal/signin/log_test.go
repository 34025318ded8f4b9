package signin_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// me answers who calls, as the access service does.
type me struct {
	accessv1.StaffServiceServer
}

func (me) GetSelf(context.Context, *accessv1.GetSelfRequest) (*accessv1.Staff, error) {
	return &accessv1.Staff{}, nil
}

// call presents a token to a server, through the gateway, and returns what the
// server's log says and the client gets.
func (w *world) call(token string) (log string, err error) {
	w.t.Helper()
	var lines bytes.Buffer
	server := rpc.NewServer(rpc.Options{
		Authenticator: w.auth, Log: slog.New(slog.NewJSONHandler(&lines, nil)), Now: w.clock.Now,
		Peer: func(context.Context) string { return "gateway" },
	})
	accessv1.RegisterStaffServiceServer(server, me{})
	lis := bufconn.Listen(1 << 16)
	ctx, stop := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- rpc.Serve(ctx, server, lis) }()
	conn, err := rpc.DialListener(lis.DialContext, func(ctx context.Context) context.Context {
		return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	_, err = accessv1.NewStaffServiceClient(conn).GetSelf(w.t.Context(), &accessv1.GetSelfRequest{}, grpc.WaitForReady(true))
	conn.Close()
	stop()
	if err := <-done; err != nil {
		w.t.Error(err)
	}
	return lines.String(), err // the server has stopped, nobody writes any more
}

func TestTheLogSaysWhomAccessDoesNotKnowWithoutNamingThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.access.set(nil, fault.New(fault.NotFound, "STAFF_UNKNOWN", "There is no ada."))
	log, err := w.call(w.token(w.issuer, "ada"))
	if !fault.OfKind(err, fault.Unauthenticated) || !strings.Contains(log, `"cause":"nobody has enrolled the person"`) {
		t.Errorf("%v: %s", err, log)
	}
	if strings.Contains(log, "ada") || strings.Contains(err.Error(), "access") {
		t.Errorf("somebody is named: %v: %s", err, log)
	}
}

func TestTheLogSaysThatTheIssuerDoesNotAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.down.Store(true)
	log, err := w.call(w.token(w.issuer, "ada"))
	if !fault.Is(err, "SIGN_IN_UNAVAILABLE") || !strings.Contains(log, `"cause":"the OIDC issuer does not answer"`) {
		t.Errorf("%v: %s", err, log)
	}
}

func TestOperatorsCanLookUpEveryCause(t *testing.T) {
	t.Parallel()
	documented, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []map[string]forgery{forgeries(), nonsense()} {
		for name, f := range kind {
			if !strings.Contains(string(documented), "`"+string(f.cause)+"`") {
				t.Errorf("%s: the cause %q is not in docs/operations.md", name, f.cause)
			}
		}
	}
}
