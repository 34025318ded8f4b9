package oidcdev_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
)

// serve runs an issuer on a port of its own, with its keys in dir.
func serve(t *testing.T, dir string) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	issuer, err := oidcdev.New(oidcdev.Options{Issuer: "http://" + s.Listener.Addr().String(), Dir: dir, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.Config.Handler = issuer.Handler()
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func ask(t *testing.T, s *httptest.Server, body string) (status int, token string) {
	t.Helper()
	resp, err := http.Post(s.URL+"/token", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.Unmarshal(text, &answer)
	return resp.StatusCode, answer.AccessToken
}

func TestATokenIsVerifiedByDiscovery(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	_, raw := ask(t, s, `{"subject": "ada"}`)
	provider, err := oidc.NewProvider(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	token, err := provider.VerifierContext(t.Context(), &oidc.Config{ClientID: "solidarity"}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		AuthTime int64 `json:"auth_time"`
	}
	if err := token.Claims(&claims); err != nil || token.Subject != "ada" || time.Since(time.Unix(claims.AuthTime, 0)) > time.Minute {
		t.Errorf("subject %q, auth_time %d: %v", token.Subject, claims.AuthTime, err)
	}
}

func TestTokensOutliveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := oidcdev.Options{Issuer: "http://127.0.0.1:1", Dir: dir, Now: time.Now}
	for range 2 {
		if _, err := oidcdev.New(o); err != nil {
			t.Fatal(err)
		}
	}
	first, second := serve(t, dir), serve(t, dir)
	if keys(t, first) != keys(t, second) {
		t.Error("the key changed with the restart")
	}
	info, err := os.Stat(filepath.Join(dir, "oidc-key.pem"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key file %v: %v", info.Mode(), err)
	}
}

func keys(t *testing.T, s *httptest.Server) string {
	t.Helper()
	resp, err := http.Get(s.URL + "/jwks")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || strings.Contains(string(text), `"d"`) {
		t.Fatalf("the key set shows a private key, or fails: %v", err)
	}
	return string(text)
}

func TestWrongTokenRequestsAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir())
	for _, body := range []string{``, `{}`, `{"subject": ""}`, `{"subject": 1}`, `{"subject": "` + strings.Repeat("x", 300) + `"}`, strings.Repeat("x", 5000)} {
		if status, token := ask(t, s, body); status != http.StatusBadRequest || token != "" {
			t.Errorf("%.20q: status %d", body, status)
		}
	}
}

func TestWebPagesAndOtherMachinesGetNoToken(t *testing.T) {
	t.Parallel()
	issuer, err := oidcdev.New(oidcdev.Options{Issuer: "http://127.0.0.1:1", Dir: t.TempDir(), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*http.Request){
		"another machine": func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1234" },
		"another name":    func(r *http.Request) { r.Host = "rebound.example" },
		"a web page":      func(r *http.Request) { r.Header.Set("Origin", "https://page.example") },
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/token", strings.NewReader(`{"subject": "ada"}`))
		r.RemoteAddr = "127.0.0.1:1234"
		change(r)
		w := httptest.NewRecorder()
		issuer.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: status %d", name, w.Code)
		}
	}
}

func TestRunAnswersUntilItsContextEnds(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + lis.Addr().String()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- oidcdev.Run(ctx, lis, oidcdev.Options{Issuer: address, Dir: t.TempDir(), Now: time.Now})
	}()
	if _, err := oidc.NewProvider(t.Context(), address); err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
