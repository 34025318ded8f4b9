package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const (
	headerAuthorization  = "authorization"
	headerRequestID      = "x-request-id"
	headerIdempotencyKey = "idempotency-key"
	headerReplayed       = "idempotent-replayed"
)

// maxRequestID bounds a request id given from outside, in bytes.
const maxRequestID = 64

// guard stands before every handler of a server.
type guard struct {
	options   Options
	deadlines deadlines
	fronts    fronts

	curtain   policy.Curtain
	narrowing policy.Narrowing
	policies  sync.Map // full method → *policyv1.Policy, filled as methods are called
}

func (g *guard) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	ctx = withRequestID(ctx)
	start := g.options.Now()
	defer func() {
		if r := recover(); r != nil {
			err = g.panicked(ctx, info.FullMethod, r)
		}
		err = g.finish(ctx, info.FullMethod, start, err)
	}()
	if exempt(info.FullMethod) {
		return next(ctx, req)
	}
	bounded, cancel := withDeadline(ctx, g.deadlines.call)
	defer cancel()
	p, err := g.policyOf(info.FullMethod)
	if err != nil {
		return nil, err
	}
	admitted, err := g.admit(bounded, p)
	if err != nil {
		return nil, err
	}
	if err := fits(req); err != nil {
		return nil, err
	}
	if err := g.continues(admitted, req); err != nil {
		return nil, err
	}
	if err := g.asks(admitted, info.FullMethod, req); err != nil {
		return nil, err
	}
	resp, err = g.once(admitted, p, info.FullMethod, req.(proto.Message), next)
	if err != nil {
		return nil, err
	}
	if resp, err = g.narrow(admitted, info.FullMethod, resp); err != nil {
		return nil, err
	}
	return g.turned(admitted, g.show(admitted, resp)), nil
}

// ofOneself begins the methods by which people see to themselves.
const ofOneself = "/solidarity.access.v1.StaffService/"

// narrow leaves out of an answer what an auditor's engagement does not reach; of
// themselves they see everything.
func (g *guard) narrow(ctx context.Context, method string, answer any) (any, error) {
	m, ok := answer.(proto.Message)
	if t := engagementOf(ctx); ok && t != nil && !strings.HasPrefix(method, ofOneself) {
		return g.narrowing.Narrow(m, *t)
	}
	return answer, nil
}

// engagementOf is what the caller is engaged for; nil for who is no auditor, and for an
// auditor who looks at everything.
func engagementOf(ctx context.Context) *identity.Terms {
	c := identity.From(ctx)
	if c.Engagement == nil || c.Engagement.Whole() || !c.Has(policyv1.Role_ROLE_AUDITOR) {
		return nil
	}
	return c.Engagement
}

// show leaves out of an answer what its reader must not see. A service that calls for
// itself sees everything.
func (g *guard) show(ctx context.Context, answer any) any {
	m, ok := answer.(proto.Message)
	if !ok || !g.fromFront(ctx) {
		return answer
	}
	return g.curtain.Show(m, identity.From(ctx).Roles)
}

// asks refuses a filter that asks for what an answer would leave out. A service that
// calls for itself sees everything.
func (g *guard) asks(ctx context.Context, method string, req any) error {
	r, ok := req.(interface{ GetFilter() string })
	if !ok || !g.fromFront(ctx) || r.GetFilter() == "" {
		return nil
	}
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return fmt.Errorf("find method %s: %w", name, err)
	}
	return mayAsk(d.(protoreflect.MethodDescriptor).Output(), identity.From(ctx).Roles, r.GetFilter())
}

// fits refuses a request that is too large. A client that only heard of the
// transport's limit would take it for a full queue, and repeat for ever.
func fits(req any) error {
	if m, ok := req.(proto.Message); ok && proto.Size(m) > maxRequest {
		return fault.New(fault.Invalid, fault.ReasonRequestTooLarge, "A request may have at most 256 KiB; split it.")
	}
	return nil
}

func (g *guard) stream(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	ctx := withRequestID(ss.Context())
	start := g.options.Now()
	defer func() {
		if r := recover(); r != nil {
			err = g.panicked(ctx, info.FullMethod, r)
		}
		err = g.finish(ctx, info.FullMethod, start, err)
	}()
	if exempt(info.FullMethod) {
		return next(srv, ss)
	}
	p, err := g.policyOf(info.FullMethod)
	if err != nil {
		return err
	}
	admitted, err := g.admit(ctx, p)
	if err != nil {
		return err
	}
	if engagementOf(admitted) != nil { // streams are of all books
		return policy.Narrower()
	}
	bounded, cancel := withDeadline(admitted, g.deadlines.stream)
	defer cancel()
	if info.IsClientStream { // who uploads learns that they may before they send anything
		if err := ss.SendHeader(metadata.MD{}); err != nil {
			return fmt.Errorf("let a stream in: %w", err)
		}
	}
	return next(srv, &contextStream{ServerStream: ss, ctx: bounded, show: func(m any) any { return g.show(bounded, m) }})
}

// exempt are the methods that anybody with a connection may call.
func exempt(method string) bool { return strings.HasPrefix(method, "/grpc.health.v1.") }

func (g *guard) policyOf(method string) (*policyv1.Policy, error) {
	if p, ok := g.policies.Load(method); ok {
		return p.(*policyv1.Policy), nil
	}
	service, _, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	table, err := policy.ForServices(service)
	if err != nil {
		return nil, err
	}
	for m, p := range table {
		g.policies.Store(m, p)
	}
	p, ok := table[method]
	if !ok {
		return nil, fmt.Errorf("method %s is not in the contract", method)
	}
	return p, nil
}

func (g *guard) panicked(ctx context.Context, method string, r any) error {
	g.options.Log.ErrorContext(ctx, "panic", "method", method, "type", fmt.Sprintf("%T", r), "stack", string(debug.Stack()))
	return fault.New(fault.Internal, fault.ReasonInternal, "Internal error.")
}

// finish logs the call and turns its error into a status.
func (g *guard) finish(ctx context.Context, method string, start time.Time, err error) error {
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("request", RequestID(ctx)),
		slog.Duration("took", g.options.Now().Sub(start)),
	}
	if err == nil {
		g.options.Log.LogAttrs(ctx, slog.LevelDebug, "call", attrs...)
		return nil
	}
	f := asFault(ctx, err)
	attrs = append(attrs, slog.String("reason", string(f.Reason)))
	if cause := fault.CauseOf(err); cause != "" {
		attrs = append(attrs, slog.String("cause", string(cause)))
	}
	level := slog.LevelInfo
	if f.Kind == fault.Internal {
		level = slog.LevelError
		attrs = append(attrs, slog.Any("error", err))
	}
	g.options.Log.LogAttrs(ctx, level, "call refused", attrs...)
	return toStatus(f)
}

type requestIDKey struct{}

// RequestID returns the id by which a request is followed through services and
// logs, empty outside a request.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

func withRequestID(ctx context.Context) context.Context {
	id := header(ctx, headerRequestID)
	if id == "" || len(id) > maxRequestID || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		id = resource.NewID(resource.KindCall)
	}
	return context.WithValue(ctx, requestIDKey{}, id)
}

func header(ctx context.Context, name string) string {
	if v := metadata.ValueFromIncomingContext(ctx, name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// bearer returns the credential of the authorization header, empty where there
// is none.
func bearer(ctx context.Context) string {
	scheme, token, _ := strings.Cut(header(ctx, headerAuthorization), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// certificatePeer reads the calling service's name from its certificate.
func certificatePeer(ctx context.Context) string {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return ""
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return ""
	}
	return mtls.PeerName(info.State)
}
