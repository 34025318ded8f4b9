// Package backend holds the gateway's connections to the services. A call to a
// service that is not there fails within a few seconds as unavailable, with the
// certainty that nothing was sent.
package backend

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// patience is how long a call waits for a service that is just restarting.
const patience = 4 * time.Second

// Conn is a connection to one service.
type Conn struct {
	name string
	conn *grpc.ClientConn
}

var _ grpc.ClientConnInterface = (*Conn)(nil)

// New wraps the connection to the service with the given name.
func New(name string, conn *grpc.ClientConn) *Conn { return &Conn{name: name, conn: conn} }

// Name returns the service's name.
func (c *Conn) Name() string { return c.name }

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// Invoke makes a unary call once the service is there.
func (c *Conn) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	if err := c.ready(ctx); err != nil {
		return err
	}
	return c.conn.Invoke(ctx, method, args, reply, append(opts, grpc.WaitForReady(false))...)
}

// NewStream opens a stream once the service is there.
func (c *Conn) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if err := c.ready(ctx); err != nil {
		return nil, err
	}
	return c.conn.NewStream(ctx, desc, method, append(opts, grpc.WaitForReady(false))...)
}

// Healthy asks the service whether it serves.
func (c *Conn) Healthy(ctx context.Context) error {
	resp, err := healthv1.NewHealthClient(c.conn).Check(ctx, &healthv1.HealthCheckRequest{}, grpc.WaitForReady(false))
	if err != nil {
		return fmt.Errorf("check %s: %w", c.name, err)
	}
	if resp.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		return fmt.Errorf("check %s: not serving", c.name)
	}
	return nil
}

func (c *Conn) ready(ctx context.Context) error {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		state := c.conn.GetState()
		switch state {
		case connectivity.Ready:
			return nil
		case connectivity.Idle:
			c.conn.Connect()
		case connectivity.Shutdown:
			return absent()
		}
		if !c.conn.WaitForStateChange(wait, state) {
			return absent()
		}
	}
}

func absent() error {
	f := fault.New(fault.Unavailable, fault.ReasonServiceUnavailable, "A service that is needed is not there; nothing was changed. Try again.")
	f.RetryAfter = time.Second
	return f
}
