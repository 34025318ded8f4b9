// Package rpc is how services talk: one gRPC server and one client, with the
// same interceptors everywhere. A handler runs only after the caller is known,
// the method's policy allows it, and the idempotency key is in place; it returns
// faults, which cross the wire and come back as faults.
package rpc

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// Limits of a server; gRPC's own defaults are mostly unlimited.
const (
	maxStreams    = 100
	maxRequest    = 256 << 10 // bytes; refused with words up to maxMessage
	maxMessage    = 4 << 20   // bytes; the transport refuses what is larger
	maxHeaders    = 16 << 10
	handshakeTime = 10 * time.Second
	drainTime     = 15 * time.Second
)

// Authenticator tells who presents a bearer credential. It returns a fault
// (Unauthenticated, PermissionDenied) for one that is not good.
type Authenticator interface {
	// Authenticate returns the person or partner behind bearer.
	Authenticate(ctx context.Context, bearer string) (identity.Caller, error)
}

// Options are what a server needs.
type Options struct {
	// TLS is the mutual TLS configuration (mtls.Identity.Server); nil only in
	// tests.
	TLS *tls.Config
	// Authenticator knows bearers.
	Authenticator Authenticator
	// Idempotency is the service's secret for the records of calls with a key; without
	// it such calls fail.
	Idempotency idempotency.Secret
	// Log receives one line a call.
	Log *slog.Logger
	Now func() time.Time
	// Peer tells the name of the calling service; nil reads it from the
	// peer's certificate.
	Peer func(ctx context.Context) string
}

// NewServer returns a gRPC server with every interceptor and limit in place.
func NewServer(o Options) *grpc.Server { return newServer(o, defaultDeadlines()) }

func newServer(o Options, d deadlines) *grpc.Server {
	if o.Peer == nil {
		o.Peer = certificatePeer
	}
	g := &guard{options: o, deadlines: d, fronts: defaultFronts()}
	options := []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(g.unary),
		grpc.ChainStreamInterceptor(g.stream),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.MaxRecvMsgSize(maxMessage),
		grpc.MaxHeaderListSize(maxHeaders),
		grpc.ConnectionTimeout(handshakeTime),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	}
	if o.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(o.TLS)))
	}
	return grpc.NewServer(options...)
}

// Serve answers calls until ctx ends, then lets running calls finish (15 s at
// most). It refuses to start if a registered RPC has no policy or a field of the
// contract no class.
func Serve(ctx context.Context, s *grpc.Server, lis net.Listener) error {
	return ServeHealth(ctx, s, lis, health.NewServer())
}

// ServeHealth is Serve for a server that says in h which of its services do not
// serve at the moment.
func ServeHealth(ctx context.Context, s *grpc.Server, lis net.Listener, h *health.Server) error {
	if err := check(s); err != nil {
		return err
	}
	healthv1.RegisterHealthServer(s, h)
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(lis) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	h.Shutdown()
	stop(s)
	return nil
}

func stop(s *grpc.Server) {
	t := time.AfterFunc(drainTime, s.Stop)
	defer t.Stop()
	s.GracefulStop()
}

func check(s *grpc.Server) error {
	var names []string
	for name := range s.GetServiceInfo() {
		names = append(names, name)
	}
	if _, err := policy.ForServices(names...); err != nil {
		return fmt.Errorf("check policies: %w", err)
	}
	if missing := policy.CheckContract(); len(missing) > 0 {
		return fmt.Errorf("check contract: %s", strings.Join(missing, "; "))
	}
	return nil
}

// Listen opens a listener at host:port, or takes over the socket with the file
// descriptor N of "fd:N", which a supervisor keeps open while the service
// restarts.
func Listen(addr string) (net.Listener, error) {
	n, inherited := strings.CutPrefix(addr, "fd:")
	if !inherited {
		lis, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("listen on %s: %w", addr, err)
		}
		return lis, nil
	}
	fd, err := strconv.Atoi(n)
	if err != nil || fd < 3 {
		return nil, fmt.Errorf("listen on %s: not a file descriptor", addr)
	}
	f := os.NewFile(uintptr(fd), addr)
	defer f.Close()
	lis, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	return lis, nil
}
