package rpc

import (
	"time"

	"google.golang.org/grpc"
)

// NewServerWithin is NewServer with other deadlines for calls that have none.
func NewServerWithin(o Options, call, stream time.Duration) *grpc.Server {
	return newServer(o, deadlines{call, stream})
}

// ClientWithin are the options of a client with other deadlines.
func ClientWithin(call, stream time.Duration) []grpc.DialOption {
	return deadlines{call, stream}.clientOptions()
}
