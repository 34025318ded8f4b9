// Package rest turns REST into gRPC by the contract: grpc-gateway's generated
// handlers behind strict checks, answers with the headers that HTTP clients
// know, and every error as a problem document.
package rest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/route"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Limits of a request in JSON.
const (
	maxBody     = 64 << 10
	callTimeout = 30 * time.Second
)

// Mux serves the paths of the contract and those that Handle adds.
type Mux struct {
	mux    *runtime.ServeMux
	routes route.Table
	limits Limits
}

// Limits are those of calls whose method is known.
type Limits struct {
	// Guesses counts methods of the class RATE_CLASS_SECRET.
	Guesses *limit.Limiter
	// Calls are the calls that run at once.
	Calls *limit.Slots
}

// New returns a mux of all the services' handlers.
func New(ctx context.Context, limits Limits, services Services) (*Mux, error) {
	routes, err := route.Load()
	if err != nil {
		return nil, fmt.Errorf("read routes: %w", err)
	}
	m := &Mux{routes: routes, limits: limits}
	m.mux = runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, Marshaler()),
		runtime.WithIncomingHeaderMatcher(incoming),
		runtime.WithOutgoingHeaderMatcher(outgoing),
		runtime.WithOutgoingTrailerMatcher(func(string) (string, bool) { return "", false }),
		runtime.WithForwardResponseOption(decorate),
		runtime.WithErrorHandler(fail),
		runtime.WithRoutingErrorHandler(m.lost),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithMiddlewares(m.prepare),
	)
	return m, register(ctx, m.mux, services)
}

// incoming is edge.Metadata for what grpc-gateway does not pass on anyway: the
// credential would else go twice, and a long one not fit.
func incoming(name string) (string, bool) {
	if name == "Authorization" {
		return "", false
	}
	return edge.Metadata(name)
}

// Marshaler writes and reads the JSON of messages.
func Marshaler() *runtime.JSONPb {
	return &runtime.JSONPb{
		MarshalOptions:   protojson.MarshalOptions{EmitDefaultValues: true},
		UnmarshalOptions: protojson.UnmarshalOptions{DiscardUnknown: false},
	}
}

// ServeHTTP serves a request that edge.Edge has let in.
func (m *Mux) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !utf8.ValidString(r.URL.Path) || strings.ContainsRune(r.URL.Path, 0) {
		problem.Write(w, edge.From(r.Context()).ID, problem.BadPath())
		return
	}
	m.mux.ServeHTTP(w, r)
}

// Handle serves a path by hand; vars are the parts that the pattern's variables
// match. It goes before the contract's own handlers.
func (m *Mux) Handle(method, pattern string, h func(w http.ResponseWriter, r *http.Request, vars map[string]string)) error {
	if err := m.mux.HandlePath(method, pattern, h); err != nil {
		return fmt.Errorf("register %s %s: %w", method, pattern, err)
	}
	return nil
}

// fail writes the problem of an error. Who gave the etag as a precondition of
// HTTP gets HTTP's status for it.
func fail(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	p := problem.From(err)
	if p.Reason == string(fault.ReasonEtagMismatch) && r.Header.Get("If-Match") != "" {
		p.Status, p.Title = http.StatusPreconditionFailed, http.StatusText(http.StatusPreconditionFailed)
	}
	problem.Write(w, edge.From(ctx).ID, p)
}

// probe asks a mux whether it has a handler, without running it.
type probe struct{ found bool }

type probeKey struct{}

// lost answers what no pattern matches.
func (m *Mux) lost(ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, status int) {
	if p, ok := ctx.Value(probeKey{}).(*probe); ok {
		p.found = false
		return
	}
	id := edge.From(ctx).ID
	switch status {
	case http.StatusMethodNotAllowed:
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete} {
			if !m.has(method, w, r) {
				continue
			}
			w.Header().Add("Allow", method)
			if method == http.MethodGet { // edge.Edge asks it for HEAD, too
				w.Header().Add("Allow", http.MethodHead)
			}
		}
		problem.Write(w, id, problem.NoMethod())
	case http.StatusBadRequest:
		problem.Write(w, id, problem.BadPath())
	default:
		problem.Write(w, id, problem.NoPath())
	}
}

func (m *Mux) has(method string, w http.ResponseWriter, r *http.Request) bool {
	p := &probe{}
	asked := r.Clone(context.WithValue(r.Context(), probeKey{}, p))
	asked.Method = method
	m.mux.ServeHTTP(w, asked)
	return p.found
}
