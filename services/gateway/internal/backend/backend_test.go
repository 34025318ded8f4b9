package backend_test

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/backend"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// dial is a connection to a service that may come later.
func dial(t *testing.T, address string) *backend.Conn {
	t.Helper()
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	c := backend.New("families", conn)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// serve answers health checks at an address until the test ends.
func serve(t *testing.T, address string) *health.Server {
	t.Helper()
	lis, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	g, h := grpc.NewServer(), health.NewServer()
	healthv1.RegisterHealthServer(g, h)
	go func() { _ = g.Serve(lis) }() // ends with the test
	t.Cleanup(g.Stop)
	return h
}

func check(ctx context.Context, c *backend.Conn) error {
	_, err := healthv1.NewHealthClient(c).Check(ctx, &healthv1.HealthCheckRequest{})
	return err
}

func TestACallWaitsForAServiceThatIsRestarting(t *testing.T) {
	t.Parallel()
	address := tlstest.FreeAddress(t)
	c := dial(t, address)
	done := make(chan error, 1)
	go func() { done <- check(t.Context(), c) }()
	time.Sleep(500 * time.Millisecond)
	serve(t, address)
	if err := <-done; err != nil {
		t.Errorf("a call while the service starts: %v", err)
	}
	stream, err := healthv1.NewHealthClient(c).Watch(t.Context(), &healthv1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Errorf("a stream: %v", err)
	}
}

func TestAServiceThatDoesNotComeIsUnavailableInTime(t *testing.T) {
	t.Parallel()
	c := dial(t, tlstest.FreeAddress(t))
	for name, call := range map[string]func() error{
		"a call": func() error { return check(t.Context(), c) },
		"a stream": func() error {
			_, err := healthv1.NewHealthClient(c).Watch(t.Context(), &healthv1.HealthCheckRequest{})
			return err
		},
	} {
		start := time.Now()
		err := call()
		f := fault.As(err)
		if f == nil || f.Reason != "SERVICE_UNAVAILABLE" || f.RetryAfter == 0 {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took < 2*time.Second || took > 8*time.Second {
			t.Errorf("%s: after %v", name, took)
		}
	}
	if err := c.Healthy(t.Context()); err == nil {
		t.Error("an absent service is healthy")
	}
}

func TestACallerWhoGoesIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	c := dial(t, tlstest.FreeAddress(t))
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := check(ctx, c); err == nil || time.Since(start) > 2*time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}

func TestOnlyAServiceThatServesIsHealthy(t *testing.T) {
	t.Parallel()
	address := tlstest.FreeAddress(t)
	h := serve(t, address)
	c := dial(t, address)
	if err := check(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := c.Healthy(t.Context()); err != nil || c.Name() != "families" {
		t.Errorf("%s: %v", c.Name(), err)
	}
	h.SetServingStatus("", healthv1.HealthCheckResponse_NOT_SERVING)
	if err := c.Healthy(t.Context()); err == nil {
		t.Error("a service that says it does not serve is healthy")
	}
}

func TestAClosedConnectionIsUnavailableAtOnce(t *testing.T) {
	t.Parallel()
	c := dial(t, tlstest.FreeAddress(t))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := check(t.Context(), c); !fault.Is(err, "SERVICE_UNAVAILABLE") || time.Since(start) > time.Second {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}
