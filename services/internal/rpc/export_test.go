package rpc

import (
	"context"
	"time"

	"google.golang.org/grpc"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// Admit lets a call in as a server does, where front may bring roles; without any,
// by the table of the installation.
func Admit(ctx context.Context, o Options, p *policyv1.Policy, front string, roles ...policyv1.Role) (identity.Caller, error) {
	g := &guard{options: o, fronts: defaultFronts()}
	if len(roles) > 0 {
		g.fronts = fronts{front: roles}
	}
	ctx, err := g.admit(ctx, p)
	if err != nil {
		return identity.Caller{}, err
	}
	return identity.From(ctx), nil
}

// NewServerWithin is NewServer with other deadlines for calls that have none.
func NewServerWithin(o Options, call, stream time.Duration) *grpc.Server {
	return newServer(o, deadlines{call, stream})
}

// ClientWithin are the options of a client with other deadlines.
func ClientWithin(call, stream time.Duration) []grpc.DialOption {
	return deadlines{call, stream}.clientOptions()
}

// MayAsk is what a server asks before it reads a filter.
var MayAsk = mayAsk
