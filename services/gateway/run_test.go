package gateway_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// serveAccess runs the made-up services over mutual TLS, as "access".
func serveAccess(t *testing.T, id *mtls.Identity, s *services) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := rpc.NewServer(rpc.Options{TLS: id.Server(), Authenticator: known{}, Idempotency: make([]byte, 32), Log: slog.New(slog.DiscardHandler), Now: time.Now})
	s.register(g)
	go func() { _ = g.Serve(lis) }() // ends with the test
	t.Cleanup(g.Stop)
	return lis.Addr().String()
}

func TestTheGatewayTalksMutualTLSAndFinishesWhatItBegan(t *testing.T) {
	t.Parallel()
	s := &services{}
	authority := tlstest.New(t)
	backend := serveAccess(t, authority.Identity("access"), s)
	cfg := gateway.Config{
		Listen: tlstest.FreeAddress(t), TLSDir: authority.Folder("gateway"), Rate: 100, RateBurst: 100, GuessRate: 100, GuessBurst: 100,
		AccessAddr: backend, DonationsAddr: backend, FamiliesAddr: backend, DisbursementsAddr: backend, LedgerAddr: backend,
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- gateway.Run(ctx, service.Host{Log: slog.New(slog.DiscardHandler)}, cfg) }()
	b := &bench{t: t, url: "http://" + cfg.Listen, services: s}
	waitFor(t, b.url+"/healthz")

	if a := b.do("GET", "/v1/staff:me", ""); a.status != http.StatusOK {
		t.Errorf("over mutual TLS: status %d, %s", a.status, a.body)
	}
	// The service at that address is access: it must not pass for another.
	b.want("access that poses as the ledger", b.do("GET", "/log/checkpoint", ""), 503, "SERVICE_UNAVAILABLE")

	// A request that is running when the gateway stops is answered.
	release := make(chan struct{})
	s.set(func(s *services) { s.hold = release })
	running := make(chan answer, 1)
	go func() { running <- b.do("GET", "/v1/staff:me", "") }()
	waitUntil(t, func() bool { return look(s, func(s *services) bool { return s.held }) })
	cancel()
	time.Sleep(50 * time.Millisecond)
	close(release)
	if a := <-running; a.status != http.StatusOK {
		t.Errorf("the running request: status %d", a.status)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func waitFor(t *testing.T, url string) {
	t.Helper()
	waitUntil(t, func() bool {
		resp, err := http.Get(url)
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func waitUntil(t *testing.T, good func() bool) {
	t.Helper()
	for range 500 {
		if good() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("it did not come to that in ten seconds")
}

func TestACertificateNeedsItsKey(t *testing.T) {
	t.Parallel()
	for _, cfg := range []gateway.Config{{HTTPSCert: "cert.pem"}, {HTTPSKey: "key.pem"}} {
		if err := gateway.Run(t.Context(), service.Host{Log: slog.New(slog.DiscardHandler)}, cfg); err == nil || !strings.Contains(err.Error(), "go together") {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
}

// Who is told to speak HTTPS never speaks plain HTTP instead.
func TestTheGatewaySpeaksHTTPSWithItsCertificate(t *testing.T) {
	t.Parallel()
	authority := tlstest.New(t)
	folder := authority.Folder("gateway")
	cfg := gateway.Config{
		Listen: tlstest.FreeAddress(t), TLSDir: folder, Rate: 100, RateBurst: 100, GuessRate: 100, GuessBurst: 100,
		HTTPSCert: filepath.Join(folder, "cert.pem"), HTTPSKey: filepath.Join(folder, "key.pem"),
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- gateway.Run(ctx, service.Host{Log: slog.New(slog.DiscardHandler)}, cfg) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: authority.Identity("cli").Client("gateway")}}
	waitUntil(t, func() bool {
		resp, err := client.Get("https://" + cfg.Listen + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	if resp, err := http.Get("http://" + cfg.Listen + "/healthz"); err == nil {
		if resp.Body.Close(); resp.StatusCode == http.StatusOK {
			t.Error("it answers without HTTPS, too")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
