package rpc

import (
	"context"
	"errors"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// maxIdempotencyKey bounds a key, in bytes.
const maxIdempotencyKey = 255

// admit finds out who calls and whether the policy lets them; permission is
// judged before anything about the request is looked at.
func (g *guard) admit(ctx context.Context, p *policyv1.Policy) (context.Context, error) {
	caller := identity.Caller{Service: g.options.Peer(ctx)}
	if slices.Contains(p.GetCallers(), caller.Service) {
		return g.admitService(ctx, caller)
	}
	fronts := g.fronts
	if slices.Contains(p.GetBringers(), caller.Service) {
		fronts = bringing(caller.Service, p.GetRoles())
	}
	roles := fronts.brought(caller.Service, p.GetRoles())
	if len(roles) == 0 { // nobody else brings requests of people
		return nil, denied()
	}
	token := bearer(ctx)
	switch {
	case policy.Public(roles):
		return identity.Into(ctx, caller), nil
	case token == "":
		return nil, fault.New(fault.Unauthenticated, fault.ReasonUnauthenticated, "A valid credential is needed.").With(fault.Cause("no credential"))
	}
	known, err := g.authenticate(ctx, caller, token)
	if err != nil {
		return nil, err
	}
	known.Roles = fronts.brought(caller.Service, known.Roles)
	lapsed := p.GetLapsed() && known.Lapsed && slices.Contains(fronts[caller.Service], policyv1.Role_ROLE_PROTECTION_OFFICER)
	if !slices.ContainsFunc(roles, known.Has) && !lapsed {
		return nil, denied()
	}
	if p.GetRested() && !slices.ContainsFunc(roles, known.Rested) {
		return nil, fault.RoleRests()
	}
	if p.GetStepUp() && !known.Fresh(g.options.Now()) {
		return nil, fault.StepUp()
	}
	return identity.Into(ctx, known), nil
}

// admitService lets a listed service in for itself, whatever a person may do; a
// person whose token it passes on must be known and not frozen all the same.
func (g *guard) admitService(ctx context.Context, caller identity.Caller) (context.Context, error) {
	if token := bearer(ctx); token != "" {
		known, err := g.authenticate(ctx, caller, token)
		if err != nil {
			return nil, err
		}
		caller = known
	}
	return identity.Into(ctx, caller), nil
}

func (g *guard) authenticate(ctx context.Context, caller identity.Caller, token string) (identity.Caller, error) {
	known, err := g.options.Authenticator.Authenticate(ctx, token)
	if err != nil {
		return identity.Caller{}, err
	}
	known.Service, known.Bearer = caller.Service, token
	return known, nil
}

func denied() error {
	return fault.New(fault.PermissionDenied, fault.ReasonPermissionDenied, "The caller may not do this.")
}

// once puts the call's idempotency key into the context of a handler and says
// in a header when the answer is a replay.
func (g *guard) once(ctx context.Context, p *policyv1.Policy, method string, req proto.Message, next grpc.UnaryHandler) (any, error) {
	if p.GetIdempotency() == policyv1.Idempotency_IDEMPOTENCY_NONE {
		return next(ctx, req)
	}
	required := p.GetIdempotency() == policyv1.Idempotency_IDEMPOTENCY_REQUIRED
	key := idempotencyKey(ctx, req)
	switch {
	case len(key) > maxIdempotencyKey:
		return nil, fault.Field("requestId", fault.FieldTooLong, "must have at most 255 characters")
	case key == "" && required:
		return nil, fault.Field("requestId", fault.FieldRequired, "is required: give it, or the header Idempotency-Key")
	case key == "":
		return next(ctx, req)
	}
	if len(g.options.Idempotency) == 0 {
		return nil, errors.New("the server has no secret for idempotency records")
	}
	call := g.options.Idempotency.NewCall(identity.From(ctx).Subject(), method, key, required, g.options.Now(), req)
	resp, err := next(idempotency.Into(ctx, call), req)
	if err == nil && call.Replayed {
		err = grpc.SetHeader(ctx, metadata.Pairs(headerReplayed, "true"))
	}
	return resp, err
}

// idempotencyKey takes the request's request_id, or the header.
func idempotencyKey(ctx context.Context, req proto.Message) string {
	m := req.ProtoReflect()
	if f := m.Descriptor().Fields().ByName("request_id"); f != nil && f.Kind() == protoreflect.StringKind {
		if id := m.Get(f).String(); id != "" {
			return id
		}
	}
	return header(ctx, headerIdempotencyKey)
}
