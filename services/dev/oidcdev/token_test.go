package oidcdev_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
)

const address = "http://127.0.0.1:1"

// issuer is one that answers as if at a time.
func issuer(t *testing.T, audience string, at time.Time) *oidcdev.Issuer {
	t.Helper()
	i, err := oidcdev.New(oidcdev.Options{Issuer: address, Audience: audience, Dir: t.TempDir(), Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// What a service looks at is in the token, to the second.
func TestATokenSaysWhoWhenAndForWhom(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for audience, want := range map[string]string{"": "solidarity", "other": "other"} {
		raw, err := issuer(t, audience, at).Mint("ада")
		if err != nil {
			t.Fatal(err)
		}
		token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		var got jwt.Claims
		var more struct {
			AuthTime int64 `json:"auth_time"`
		}
		if err := token.UnsafeClaimsWithoutVerification(&got, &more); err != nil {
			t.Fatal(err)
		}
		if got.Issuer != address || got.Subject != "ада" || len(got.Audience) != 1 || got.Audience[0] != want {
			t.Errorf("%+v", got)
		}
		if !got.IssuedAt.Time().Equal(at) || !got.NotBefore.Time().Equal(at) || !got.Expiry.Time().Equal(at.Add(time.Hour)) || more.AuthTime != at.Unix() {
			t.Errorf("from %v until %v, signed in at %d", got.IssuedAt.Time(), got.Expiry.Time(), more.AuthTime)
		}
		if h := token.Headers[0]; h.ExtraHeaders["typ"] != "at+jwt" || h.KeyID == "" {
			t.Errorf("header %+v", h)
		}
	}
}

func TestASubjectHasABound(t *testing.T) {
	t.Parallel()
	i := issuer(t, "", time.Now())
	for subject, good := range map[string]bool{"": false, "a": true, strings.Repeat("x", 255): true, strings.Repeat("x", 256): false} {
		if token, err := i.Mint(subject); (err == nil) != good || (token != "") != good {
			t.Errorf("%d bytes: %v", len(subject), err)
		}
	}
}

// A key that cannot be read is never made anew: nobody would know why every token
// has become wrong.
func TestADamagedKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"", "no PEM", "-----BEGIN X-----\nAAAA\n-----END X-----\n"} {
		dir := t.TempDir()
		path := filepath.Join(dir, "oidc-key.pem")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := oidcdev.New(oidcdev.Options{Issuer: address, Dir: dir, Now: time.Now}); err == nil {
			t.Errorf("%q is a key", content)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != content {
			t.Errorf("%q was replaced, %v", content, err)
		}
	}
}

func TestWhatIsAnsweredIsNotCachedAndPointsAtTheIssuer(t *testing.T) {
	t.Parallel()
	handler := issuer(t, "", time.Now()).Handler()
	get := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, address+path, nil)
		r.RemoteAddr = "[::1]:1234"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	w := get(http.MethodGet, "/.well-known/openid-configuration")
	var found map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &found); err != nil || found["issuer"] != address || found["jwks_uri"] != address+"/jwks" || found["token_endpoint"] != address+"/token" {
		t.Errorf("%v, %v", found, err)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", w.Header())
	}
	for path, method := range map[string]string{"/token": http.MethodGet, "/jwks": http.MethodPost, "/authorize": http.MethodGet} {
		if w := get(method, path); w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound {
			t.Errorf("%s %s: status %d", method, path, w.Code)
		}
	}
}

// elsewhere is a listener at an address that others reach.
type elsewhere struct{ net.Listener }

// Addr is not on the loopback.
func (elsewhere) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 80} }

func TestTheIssuerIsNotServedToOthers(t *testing.T) {
	t.Parallel()
	err := oidcdev.Run(t.Context(), elsewhere{}, oidcdev.Options{Issuer: address, Dir: t.TempDir(), Now: time.Now})
	if err == nil || !strings.Contains(err.Error(), "loopback") {
		t.Errorf("got %v", err)
	}
}
