package gateway_test

import (
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/solidarity-fund/solidarity/api/openapi"
	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Whoever steals the gateway's certificate calls what services let the gateway call.
func TestTheGatewaysCertificateOpensNothingThatItDoesNotServe(t *testing.T) {
	t.Parallel()
	// given every method that lets the gateway in, for itself or with people
	open := openToTheGateway(t)
	if len(open) < 80 {
		t.Fatalf("only %d methods are open to the gateway", len(open))
	}
	// when every path is called
	called := calledByTheGateway(t)
	// then
	for _, method := range open {
		if !called[method] {
			t.Errorf("%s lets the gateway in, which never calls it", method)
		}
		delete(called, method)
	}
	for method := range called {
		t.Errorf("%s is called and lets nobody in", method)
	}
}

func openToTheGateway(t *testing.T) []string {
	t.Helper()
	var open []string
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			name := string(f.Services().Get(i).FullName())
			if !strings.HasPrefix(name, "solidarity.") {
				continue
			}
			table, err := policy.ForServices(name)
			if err != nil {
				t.Error(err)
			}
			for method, p := range table {
				if len(p.GetRoles()) > 0 || slices.Contains(p.GetCallers(), "gateway") {
					open = append(open, method)
				}
			}
		}
		return true
	})
	return open
}

// calledByTheGateway calls every path of the description and returns the methods of
// services that this has led to.
func calledByTheGateway(t *testing.T) map[string]bool {
	t.Helper()
	var (
		mu     sync.Mutex
		called = map[string]bool{}
	)
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(s)
		mu.Lock()
		defer mu.Unlock()
		called[method] = true
		return io.EOF
	}))
	lis := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(lis) }() // ends with the test
	t.Cleanup(server.Stop)
	conn, err := rpc.DialListener(lis.DialContext, func(ctx context.Context) context.Context { return ctx })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	cfg := gateway.Config{Rate: 1000, RateBurst: 1000, GuessRate: 1000, GuessBurst: 1000}
	handler, err := gateway.NewTestHandler(t.Context(), slog.New(slog.DiscardHandler), cfg, conn, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	callEverything(t, &bench{t: t, url: s.URL})
	mu.Lock()
	defer mu.Unlock()
	return called
}

func callEverything(t *testing.T, b *bench) {
	t.Helper()
	var api struct {
		Paths map[string]map[string]struct {
			RequestBody struct{ Content map[string]any } `yaml:"requestBody"`
		}
	}
	if err := yaml.Unmarshal(openapi.YAML(), &api); err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`\{[^}]*\}`)
	query := map[string]string{"get /v1/ledger/journal": "?format=csv", "post /v1/prisonerImports": "?sourceList=x"}
	for path, methods := range api.Paths {
		path := variable.ReplaceAllString(strings.NewReplacer("{level}", "0", "{tile}", "001", "{size}", "1", "{from}", "1").Replace(path), "x_1")
		for method, operation := range methods {
			headers := []string{"Stripe-Signature: t=1,v1=00"}
			for kind := range operation.RequestBody.Content {
				headers = append(headers, "Content-Type: "+kind)
			}
			body := ""
			if len(operation.RequestBody.Content) > 0 {
				body = "{}"
			}
			b.do(strings.ToUpper(method), path+query[method+" "+path], body, headers...)
		}
	}
}
