// Package rpctest runs a gRPC server in a test with every interceptor of the
// real one, over an in-memory connection, and lets the test say who calls.
package rpctest

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// headerService names the calling service in a test, where there is no
// certificate.
const headerService = "test-service"

// Bench is a server under test.
type Bench struct {
	t      testing.TB
	lis    *bufconn.Listener
	others []rpc.Authenticator // asked about bearers that As did not make

	mu      sync.Mutex
	callers map[string]identity.Caller // by bearer
	clock   func() time.Time           // guarded by mu
}

// New starts a server with what register registers. Callers are those made by As,
// and those whom one of the others knows. It stops with the test.
func New(t testing.TB, register func(*grpc.Server), others ...rpc.Authenticator) *Bench {
	t.Helper()
	b := &Bench{t: t, lis: bufconn.Listen(1 << 20), others: others, callers: map[string]identity.Caller{}, clock: time.Now}
	s := rpc.NewServer(rpc.Options{
		Authenticator: b,
		Idempotency:   []byte("secret of the idempotency records"),
		Log:           slog.New(slog.NewTextHandler(io.Discard, nil)),
		Now:           b.now,
		Peer:          peer,
	})
	register(s)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- rpc.Serve(ctx, s, b.lis) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return b
}

// Follow has the server go by a clock that the test moves.
func (b *Bench) Follow(now func() time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.clock = now
}

func (b *Bench) now() time.Time {
	b.mu.Lock()
	clock := b.clock
	b.mu.Unlock()
	return clock()
}

// As returns a connection whose calls come from caller, through the gateway where
// it names no service; a person or partner has just signed in at each call where
// AuthTime is zero.
func (b *Bench) As(caller identity.Caller) *grpc.ClientConn {
	b.t.Helper()
	if caller.Service == "" {
		caller.Service = "gateway" // through which people, partners and strangers come
	}
	token := ""
	if caller.Person != "" || caller.Partner != "" {
		token = "token_" + resource.Random()
		b.mu.Lock()
		b.callers[token] = caller
		b.mu.Unlock()
	}
	return b.dial(token, caller.Service)
}

// Bearing returns a connection through the gateway whose calls bear a credential
// that one of the others of New knows.
func (b *Bench) Bearing(credential string) *grpc.ClientConn {
	b.t.Helper()
	return b.dial(credential, "gateway")
}

func (b *Bench) dial(token, service string) *grpc.ClientConn {
	b.t.Helper()
	conn, err := rpc.DialListener(b.lis.DialContext, outgoing(token, service))
	if err != nil {
		b.t.Fatalf("dial: %v", err)
	}
	b.t.Cleanup(func() { conn.Close() })
	return conn
}

// Authenticate knows the callers made by As, and asks the others; the last of them
// says why nobody knows a bearer.
func (b *Bench) Authenticate(ctx context.Context, bearer string) (identity.Caller, error) {
	b.mu.Lock()
	c, ok := b.callers[bearer]
	b.mu.Unlock()
	if ok && c.AuthTime.IsZero() && (c.Person != "" || c.Partner != "") {
		c.AuthTime = b.now()
	}
	if ok {
		return c, nil
	}
	var err error = fault.New(fault.Unauthenticated, fault.ReasonUnauthenticated, "A valid credential is needed.")
	for _, other := range b.others {
		if c, err = other.Authenticate(ctx, bearer); err == nil {
			return c, nil
		}
	}
	return identity.Caller{}, err
}

func outgoing(token, service string) func(context.Context) context.Context {
	return func(ctx context.Context) context.Context {
		if token != "" {
			ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
		}
		return metadata.AppendToOutgoingContext(ctx, headerService, service)
	}
}

func peer(ctx context.Context) string {
	if v := metadata.ValueFromIncomingContext(ctx, headerService); len(v) > 0 {
		return v[0]
	}
	return ""
}
