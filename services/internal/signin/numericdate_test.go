package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// newOtherIssuer is an issuer of another make, whose tokens have the claims that a
// test says; sign returns such a token.
func newOtherIssuer(t *testing.T) (url string, mint func(claims map[string]any) string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	answer := func(path string, v any) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(v) })
	}
	answer("/.well-known/openid-configuration", map[string]any{"issuer": server.URL, "jwks_uri": server.URL + "/jwks"})
	answer("/jwks", jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Algorithm: "ES256", Use: "sig"}}})
	return server.URL, func(claims map[string]any) string {
		claims["iss"], claims["sub"], claims["aud"] = server.URL, "ada", "solidarity"
		return sign(t, jose.ES256, key, &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": "1"}}, claims)
	}
}

// Issuers write seconds as RFC 7519 lets them: 1795521600, 1795521600.417, 1.7955216e9.
func TestTimesOfATokenAreReadAsTheStandardWritesThem(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) // 1795521600
	for name, c := range map[string]struct {
		authTime, exp, iat string
		at                 time.Time // zero for none
		refused            bool
	}{
		"whole seconds":       {"1795521600", "1795525200", "1795521600", noon, false},
		"a zero fraction":     {"1795521600.0", "1795525200.0", "1795521600.0", noon, false},
		"a fraction":          {"1795521600.417", "1795525200.999", "1795521600.001", noon, false},
		"almost a second on":  {"1795521600.9999", "1795525200", "1795521600", noon, false},
		"an exponent":         {"1.7955216e9", "1.7955252e9", "1.7955216E+9", noon, false},
		"more digits":         {"17955216e2", "1795525200", "1795521600", noon, false},
		"none":                {"null", "1795525200", "1795521600", time.Time{}, false},
		"zero":                {"0", "1795525200", "1795521600", time.Time{}, false},
		"a text":              {`"1795521600"`, "1795525200", "1795521600", time.Time{}, true},
		"a day":               {`"2026-11-24"`, "1795525200", "1795521600", time.Time{}, true},
		"before 1970":         {"-1", "1795525200", "1795521600", time.Time{}, true},
		"after the year 9999": {"1e30", "1795525200", "1795521600", time.Time{}, true},
		"beyond all numbers":  {"1e999", "1795525200", "1795521600", time.Time{}, true},
		"an object":           {"{}", "1795525200", "1795521600", time.Time{}, true},
		"expired a while ago": {"1795521600", "1795521599.999", "1795521600", time.Time{}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, mint := newOtherIssuer(t)
			people := &access{}
			people.set(&accessv1.ResolveCallerResponse{Person: "staff/s_ada"}, nil)
			auth, err := signin.New(t.Context(), issuer(url), people, func() time.Time { return noon })
			if err != nil {
				t.Fatal(err)
			}
			claims := map[string]any{}
			for claim, text := range map[string]string{"auth_time": c.authTime, "exp": c.exp, "iat": c.iat, "nbf": c.iat} {
				claims[claim] = json.RawMessage(text)
			}
			caller, err := auth.Authenticate(t.Context(), mint(claims))
			if c.refused {
				if !fault.OfKind(err, fault.Unauthenticated) {
					t.Errorf("taken: %+v, %v", caller, err)
				}
				return
			}
			if err != nil || caller.Person != "staff/s_ada" || !caller.AuthTime.Equal(c.at) {
				t.Errorf("signed in at %v: %v; want %v", caller.AuthTime, err, c.at)
			}
		})
	}
}
