package rpc

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
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
	maxAnswer       = 32 << 20         // bytes of one message from a peer of ours
)

// Dial connects to another service over mutual TLS (mtls.Identity.Client). The
// connection is made lazily and comes back by itself. Each call carries the
// staff member's token and the request id of its context, has a deadline (10 s
// where none is set), and fails with the peer's *fault.Fault.
func Dial(addr string, config *tls.Config) (*grpc.ClientConn, error) {
	conn, err := grpc.NewClient("passthrough:///"+addr,
		append(clientOptions(), grpc.WithTransportCredentials(credentials.NewTLS(config)))...)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", addr, err)
	}
	return conn, nil
}

func clientOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithChainUnaryInterceptor(unaryClient),
		grpc.WithChainStreamInterceptor(streamClient),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer), grpc.WaitForReady(true)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Second}),
	}
}

func unaryClient(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn,
	invoke grpc.UnaryInvoker, opts ...grpc.CallOption,
) error {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, defaultDeadline)
		defer cancel()
	}
	return fromStatus(invoke(passOn(ctx), method, req, reply, cc, opts...))
}

func streamClient(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string,
	open grpc.Streamer, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	s, err := open(passOn(ctx), desc, cc, method, opts...)
	if err != nil {
		return nil, fromStatus(err)
	}
	return faultStream{s}, nil
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

// faultStream is a client stream whose errors are faults.
type faultStream struct{ grpc.ClientStream }

// RecvMsg receives a message; the end of the stream stays io.EOF.
func (s faultStream) RecvMsg(m any) error { return streamError(s.ClientStream.RecvMsg(m)) }

// SendMsg sends a message; io.EOF says that RecvMsg will tell the error.
func (s faultStream) SendMsg(m any) error { return streamError(s.ClientStream.SendMsg(m)) }

func streamError(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	return fromStatus(err)
}

// DialListener connects without TLS through dial, for tests over an in-memory
// listener; prepare adds what the test wants to each call's context.
func DialListener(dial func(context.Context) (net.Conn, error), prepare func(context.Context) context.Context) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///memory", append(clientOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return dial(ctx) }),
		grpc.WithChainUnaryInterceptor(func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			return invoke(prepare(ctx), method, req, reply, cc, opts...)
		}),
		grpc.WithChainStreamInterceptor(func(ctx context.Context, desc *grpc.StreamDesc, cc *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
			return open(prepare(ctx), desc, cc, method, opts...)
		}))...)
}
