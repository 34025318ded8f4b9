package service

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Addresses are where other services answer, by their names.
type Addresses map[string]string

// peers are connections to other services, each to the one of that name only.
type peers map[string]*grpc.ClientConn

// connect prepares a connection to each address; it is made at the first call.
func connect(identity *mtls.Identity, addresses Addresses) (peers, error) {
	p := peers{}
	for name, address := range addresses {
		conn, err := rpc.Dial(address, identity.Client(name))
		if err != nil {
			p.close()
			return nil, fmt.Errorf("address of %s: %w", name, err)
		}
		p[name] = conn
	}
	return p, nil
}

// close ends the connections and the calls on them.
func (p peers) close() {
	for _, conn := range p {
		_ = conn.Close() // fails where it was closed before
	}
}

// stranger is a service whose address was never given: a mistake of the program.
type stranger string

// Invoke fails.
func (s stranger) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return fmt.Errorf("nothing is known of a service %s", string(s))
}

// NewStream fails.
func (s stranger) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, fmt.Errorf("nothing is known of a service %s", string(s))
}
