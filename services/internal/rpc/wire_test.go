package rpc_test

import (
	"context"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// desk is access over mutual TLS, and what reached it.
type desk struct {
	authority *tlstest.Authority
	address   string
	stop      context.CancelFunc
	done      chan error
	inside    func() // runs inside a call

	mu      sync.Mutex
	caller  identity.Caller // of the last call; this and the rest is guarded by mu
	request string
}

func (d *desk) Authenticate(_ context.Context, token string) (identity.Caller, error) {
	if token != "good" {
		return identity.Caller{}, fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "A valid credential is needed.")
	}
	return identity.Caller{Person: "staff/s_1"}, nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{authority: tlstest.New(t), done: make(chan error, 1), inside: func() {}}
	s := rpc.NewServer(rpc.Options{
		TLS: d.authority.Identity("access").Server(), Authenticator: d, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	accessv1.RegisterAccessServiceServer(s, access{handler: func(ctx context.Context) error {
		d.mu.Lock()
		d.caller, d.request = identity.From(ctx), rpc.RequestID(ctx)
		d.mu.Unlock()
		d.inside()
		return nil
	}})
	lis, err := rpc.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d.address = lis.Addr().String()
	ctx, stop := context.WithCancel(t.Context())
	d.stop = stop
	go func() { d.done <- rpc.Serve(ctx, s, lis) }()
	t.Cleanup(stop)
	return d
}

// draw calls as families under a context and returns what reached the desk.
func (d *desk) draw(ctx context.Context) (identity.Caller, string, error) {
	_, err := accessv1.NewAccessServiceClient(d.authority.Dial(d.address, "families", "access")).ListAwake(ctx, &accessv1.ListAwakeRequest{})
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.caller, d.request, err
}

func TestAServiceIsWhoItsCertificateSays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if caller, _, err := d.draw(t.Context()); err != nil || caller.Service != "families" || caller.Person != "" {
		t.Errorf("families is %+v, %v", caller, err)
	}
	donations := accessv1.NewAccessServiceClient(d.authority.Dial(d.address, "donations", "access"))
	if _, err := donations.ListAwake(t.Context(), &accessv1.ListAwakeRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("donations: %v", err)
	}
}

// A person's token travels on to the next service; a partner's key never does.
func TestOnlyAPersonsTokenTravelsOn(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for name, test := range map[string]struct {
		caller identity.Caller
		person string
		reason fault.Reason
	}{
		"a person":                  {identity.Caller{Person: "staff/s_1", Bearer: "good"}, "staff/s_1", ""},
		"a person with a bad token": {identity.Caller{Person: "staff/s_1", Bearer: "bad"}, "", "UNAUTHENTICATED"},
		"a partner":                 {identity.Caller{Partner: "partners/p_1", Bearer: "bad"}, "", ""},
		"a service":                 {identity.Caller{Service: "gateway"}, "", ""},
	} {
		got, _, err := d.draw(identity.Into(t.Context(), test.caller))
		if test.reason != "" {
			if !fault.Is(err, test.reason) {
				t.Errorf("%s: %v, want %s", name, err, test.reason)
			}
			continue
		}
		if err != nil || got.Person != test.person || got.Partner != "" || got.Service != "families" || (got.Bearer != "") != (test.person != "") {
			t.Errorf("%s reached as %+v, %v", name, got, err)
		}
	}
}

// An id of a request is followed through services; what would spoil a log is not.
func TestARequestIdIsKeptWhereItIsPlain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for id, kept := range map[string]bool{
		"r_1": true, strings.Repeat("x", 64): true, strings.Repeat("x", 65): false, "a b": false, "": false,
	} {
		_, got, err := d.draw(metadata.AppendToOutgoingContext(t.Context(), "x-request-id", id))
		if err != nil || (got == id) != kept || got == "" {
			t.Errorf("%q became %q, %v", id, got, err)
		}
	}
}

func TestACallThatRunsWhenTheServerStopsIsAnswered(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var ended error
	d.inside = func() {
		d.stop()
		select { // the server waits for this call
		case ended = <-d.done:
		case <-time.After(50 * time.Millisecond):
		}
	}
	if _, _, err := d.draw(t.Context()); err != nil || ended != nil {
		t.Errorf("the call: %v, the server: %v", err, ended)
	}
	if err := <-d.done; err != nil {
		t.Errorf("the server ended with %v", err)
	}
	if conn, err := net.Dial("tcp", d.address); err == nil {
		conn.Close()
		t.Error("somebody still listens")
	}
}

func TestASocketIsTakenOverByItsNumber(t *testing.T) {
	t.Parallel()
	first, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	file, err := first.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	fd, err := syscall.Dup(int(file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	second, err := rpc.Listen("fd:" + strconv.Itoa(fd))
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if second.Addr().String() != first.Addr().String() {
		t.Errorf("took over %v, want %v", second.Addr(), first.Addr())
	}
	for _, bad := range []string{"fd:", "fd:2", "fd:-1", "fd:x", "fd:1000000", "nowhere", first.Addr().String()} {
		if lis, err := rpc.Listen(bad); err == nil || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v, %v", bad, lis, err)
		}
	}
}
