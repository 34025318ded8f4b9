package rpc

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"

	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

const (
	defaultDeadline = 10 * time.Second // where the caller set none
	streamDeadline  = 15 * time.Minute // the same for streams: all books are read in ten
	maxAnswer       = 32 << 20         // bytes of one message from a peer of ours
)

// deadlines are those of calls whose callers set none.
type deadlines struct{ call, stream time.Duration }

func defaultDeadlines() deadlines { return deadlines{call: defaultDeadline, stream: streamDeadline} }

// Dial connects to another service over mutual TLS (mtls.Identity.Client). The
// connection is made lazily and comes back by itself. Each call carries the
// staff member's token and the request id of its context, has a deadline (10 s where
// none is set, a stream 15 minutes), and fails with the peer's *fault.Fault.
func Dial(addr string, config *tls.Config) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("passthrough:///"+addr,
		append(defaultDeadlines().clientOptions(), grpc.WithTransportCredentials(credentials.NewTLS(config)))...)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", addr, err)
	}
	return conn, nil
}

func (d deadlines) clientOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(d.unaryClient),
		grpc.WithChainStreamInterceptor(d.streamClient),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer), grpc.WaitForReady(true)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	}
}

func (d deadlines) unaryClient(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	ctx, cancel := withDeadline(ctx, d.call)
	defer cancel()
	return fromStatus(ctx, invoke(passOn(ctx), method, req, reply, cc, opts...))
}

func (d deadlines) streamClient(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
	open grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	bounded, cancel := withDeadline(ctx, d.stream)
	s, err := open(passOn(bounded), desc, cc, method, opts...)
	if err != nil {
		cancel()
		return nil, fromStatus(ctx, err)
	}
	return faultStream{ClientStream: s, caller: ctx, single: !desc.ServerStreams, cancel: cancel}, nil
}

// withDeadline gives a call a deadline that has none.
func withDeadline(ctx context.Context, length time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, length)
}

// passOn adds to an outgoing call whose request it serves.
func passOn(ctx context.Context) context.Context {
	if c := identity.From(ctx); c.Person != "" && c.Bearer != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, headerAuthorization, "Bearer "+c.Bearer)
	}
	if id := RequestID(ctx); id != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, headerRequestID, id)
	}
	return ctx
}

// DialListener connects without TLS through dial, for tests over an in-memory
// listener; prepare adds what the test wants to each call's context.
func DialListener(dial func(context.Context) (net.Conn, error), prepare func(context.Context) context.Context) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///memory", append(defaultDeadlines().clientOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return dial(ctx) }),
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return invoke(prepare(ctx), method, req, reply, cc, opts...)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			return open(prepare(ctx), desc, cc, method, opts...)
		}))...)
}
