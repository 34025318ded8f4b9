package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/test/bufconn"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// bench is a gateway on a real socket before services that the test made up.
type bench struct {
	t        *testing.T
	url      string
	log      *bytes.Buffer // written by one request at a time in these tests
	services *services
	stop     func() // ends the services
}

// tokens are the callers that the made-up services know.
var tokens = map[string][]policyv1.Role{
	"everything": {
		policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_PROTECTION_OFFICER,
		policyv1.Role_ROLE_AUDITOR, policyv1.Role_ROLE_PARTNER,
	},
	"nothing": nil,
}

// known is an authenticator of tokens.
type known struct{}

func (known) Authenticate(_ context.Context, bearer string) (identity.Caller, error) {
	roles, ok := tokens[bearer]
	if !ok {
		return identity.Caller{}, fault.New(fault.Unauthenticated, "UNAUTHENTICATED", "A valid credential is needed.")
	}
	return identity.Caller{Person: "staff/s_" + bearer, Roles: roles, AuthTime: time.Now()}, nil
}

func newBench(t *testing.T, change ...func(*gateway.Config)) *bench {
	t.Helper()
	b := &bench{t: t, log: &bytes.Buffer{}, services: &services{}}
	lis := bufconn.Listen(1 << 20)
	b.serve(lis)
	conn, err := rpc.DialListener(lis.DialContext, func(ctx context.Context) context.Context { return ctx })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	cfg := gateway.Config{Rate: 1000, RateBurst: 1000, GuessRate: 1000, GuessBurst: 1000}
	for _, c := range change {
		c(&cfg)
	}
	log := slog.New(slog.NewTextHandler(&locked{w: b.log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	handler, err := gateway.NewTestHandler(t.Context(), log, cfg, conn, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(handler)
	s.Config.MaxHeaderBytes = gateway.MaxHeaders
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.Start()
	t.Cleanup(s.Close)
	b.url = s.URL
	return b
}

// serve runs the made-up services behind lis with the interceptors of the real
// ones.
func (b *bench) serve(lis net.Listener) {
	g := rpc.NewServer(rpc.Options{
		Authenticator: known{}, Idempotency: make([]byte, 32), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Peer: func(context.Context) string { return "gateway" },
	})
	b.services.register(g)
	healthv1.RegisterHealthServer(g, health.NewServer())
	go func() { _ = g.Serve(lis) }() // ends with the test
	b.stop = sync.OnceFunc(g.Stop)
	b.t.Cleanup(b.stop)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// field returns a part of a JSON answer, by keys.
func (a answer) field(keys ...string) any {
	var v any
	_ = json.Unmarshal([]byte(a.body), &v)
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// violation returns the first wrong field of a problem, empty where none is.
func (a answer) violation() string {
	list, _ := a.field("violations").([]any)
	if len(list) == 0 {
		return ""
	}
	first, _ := list[0].(map[string]any)
	field, _ := first["field"].(string)
	return field
}

// do makes a request with the token "everything" and a JSON body; each header is
// "Name: value" and replaces what is there.
func (b *bench) do(method, path, body string, headers ...string) answer {
	b.t.Helper()
	r, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer everything")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// want checks that an answer is the problem with this status and reason.
func (b *bench) want(what string, a answer, status int, reason string) {
	b.t.Helper()
	if a.status != status || a.field("reason") != reason {
		b.t.Errorf("%s: status %d, %s", what, a.status, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		b.t.Errorf("%s: content type %q", what, got)
	}
	if a.field("traceId") != a.header.Get("X-Request-Id") || a.field("traceId") == "" {
		b.t.Errorf("%s: trace id %v, request id %q", what, a.field("traceId"), a.header.Get("X-Request-Id"))
	}
}

// locked lets one writer at a time through.
type locked struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
