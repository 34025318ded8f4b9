// Package oidcdev is an OpenID issuer for development: anybody on this machine
// gets a token for any subject, so that the system can be tried out without an
// identity provider. It answers on the loopback only and its keys are worthless
// elsewhere.
package oidcdev

import (
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// TokenLifetime is how long a token is good: as long as services take one by default.
const TokenLifetime = time.Hour

const (
	maxBody    = 4 << 10
	maxSubject = 255
)

// Options say who the issuer is.
type Options struct {
	// Issuer is its own address, the claim iss ("http://127.0.0.1:8090"). It has
	// to stay the same: people are known by issuer and subject.
	Issuer string
	// Audience is what tokens are made for; "solidarity" where it is empty.
	Audience string
	// Dir keeps the signing key, made at first use, so that tokens outlive a
	// restart.
	Dir string
	Now func() time.Time
}

// Issuer makes tokens for one audience.
type Issuer struct {
	options Options
	key     *ecdsa.PrivateKey
	keyID   string
}

// New returns an issuer.
func New(o Options) (*Issuer, error) {
	if o.Audience == "" {
		o.Audience = "solidarity"
	}
	key, err := loadKey(o.Dir)
	if err != nil {
		return nil, err
	}
	id, err := keyID(key)
	if err != nil {
		return nil, err
	}
	return &Issuer{options: o, key: key, keyID: id}, nil
}

// claims are those of an access token.
type claims struct {
	jwt.Claims
	// AuthTime is when the person signed in: now.
	AuthTime int64 `json:"auth_time"`
}

// Mint returns an access token for subject, signed in at this moment.
func (i *Issuer) Mint(subject string) (string, error) {
	if subject == "" || len(subject) > maxSubject {
		return "", errors.New("the subject must have 1 to 255 bytes")
	}
	now := i.options.Now()
	return i.Sign("at+jwt", claims{
		Claims: jwt.Claims{
			Issuer: i.options.Issuer, Subject: subject, Audience: jwt.Audience{i.options.Audience},
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
			Expiry: jwt.NewNumericDate(now.Add(TokenLifetime)),
		},
		AuthTime: now.Unix(),
	})
}

// Sign returns a token of any kind (typ, left out where empty) that says anything,
// for tests that forge tokens.
func (i *Issuer) Sign(kind string, claims any) (string, error) {
	options := &jose.SignerOptions{}
	if kind != "" {
		options = options.WithType(jose.ContentType(kind))
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.key, KeyID: i.keyID}}, options)
	if err != nil {
		return "", fmt.Errorf("make token signer: %w", err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return token, nil
}

// Handler answers discovery, the key set and POST /token {"subject": "…"}. It
// refuses whoever does not come from the loopback, and web pages.
func (i *Issuer) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /jwks", i.keys)
	mux.HandleFunc("POST /token", i.token)
	return loopbackOnly(mux)
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	address := i.options.Issuer
	writeJSON(w, map[string]any{
		"issuer": address, "jwks_uri": address + "/jwks", "token_endpoint": address + "/token",
		"authorization_endpoint":                address + "/authorize",
		"response_types_supported":              []string{"code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{string(jose.ES256)},
	})
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: i.key.Public(), KeyID: i.keyID, Algorithm: string(jose.ES256), Use: "sig",
	}}})
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	var req struct {
		Subject string `json:"subject"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&req); err != nil {
		http.Error(w, `the body must be {"subject": "…"}`, http.StatusBadRequest)
		return
	}
	token, err := i.Mint(req.Subject)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	writeJSON(w, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": int(TokenLifetime.Seconds()),
	})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

// loopbackOnly refuses peers from elsewhere, and requests that a web page makes
// or that reach the loopback under another name (DNS rebinding).
func loopbackOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !loopback(r.RemoteAddr) || !loopback(r.Host) || r.Header.Get("Origin") != "" {
			http.Error(w, "this development issuer answers programs on its own machine only", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func loopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
