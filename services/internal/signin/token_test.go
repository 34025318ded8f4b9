package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// accessKind is the typ of access tokens.
const accessKind = "at+jwt"

const day = 24 * time.Hour

// set are claims or header fields that differ from those of a good token; nil leaves
// one out.
type set map[string]any

// moment is a claim's time, counted from the world's present one.
type moment time.Duration

func after(d time.Duration) moment { return moment(d) }

// claims are those of a token that the world would take, changed.
func (w *world) claims(change set) map[string]any {
	now := w.clock.Now()
	claims := map[string]any{
		"iss": w.server.URL, "sub": "ada", "aud": "solidarity", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Unix(),
	}
	for name, v := range change {
		switch v := v.(type) {
		case nil:
			delete(claims, name)
		case moment:
			claims[name] = now.Add(time.Duration(v)).Unix()
		default:
			claims[name] = v
		}
	}
	return claims
}

// said has the issuer sign a token of a kind, with claims that are changed.
func said(kind string, change set) func(w *world) string {
	return func(w *world) string {
		token, err := w.issuer.Sign(kind, w.claims(change))
		if err != nil {
			w.t.Fatal(err)
		}
		return token
	}
}

func without(causes ...fault.Cause) func(*signin.Authenticator) {
	return func(a *signin.Authenticator) {
		for _, c := range causes {
			a.Without(c)
		}
	}
}

// sign makes an access token with a key of the forger's own.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, options *jose.SignerOptions, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options.WithType(accessKind))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func part(v any) string {
	b, _ := json.Marshal(v)
	return base64.RawURLEncoding.EncodeToString(b)
}

func unsigned(w *world) string {
	return part(map[string]any{"alg": "none", "typ": accessKind}) + "." + part(w.claims(nil)) + "."
}

func signatureLeftOut(w *world) string {
	pieces := strings.Split(w.token(w.issuer, "ada"), ".")
	return pieces[0] + "." + pieces[1] + "."
}

func payloadExchanged(w *world) string {
	pieces := strings.Split(w.token(w.issuer, "ada"), ".")
	return pieces[0] + "." + part(w.claims(set{"sub": "eva"})) + "." + pieces[2]
}

func byPublicKey(w *world) string {
	published := w.publicKey()
	secret, _ := published.MarshalJSON()
	return sign(w.t, jose.HS256, secret, named(published.KeyID, nil), w.claims(nil))
}

func byAnotherKey(options jose.SignerOptions) func(w *world) string {
	return func(w *world) string { return sign(w.t, jose.ES256, newKey(w.t), &options, w.claims(nil)) }
}

// byNamesake signs with a key that says to be the issuer's.
func byNamesake(header set) func(w *world) string {
	return func(w *world) string {
		return sign(w.t, jose.ES256, newKey(w.t), named(w.publicKey().KeyID, header), w.claims(nil))
	}
}

// named are options of a token that names a key, and has more in its header.
func named(keyID string, header set) *jose.SignerOptions {
	extra := map[jose.HeaderKey]any{"kid": keyID}
	for name, v := range header {
		extra[jose.HeaderKey(name)] = v
	}
	return &jose.SignerOptions{ExtraHeaders: extra}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// publicKey returns the issuer's public key as it is published.
func (w *world) publicKey() jose.JSONWebKey {
	w.t.Helper()
	resp, err := http.Get(w.server.URL + "/jwks")
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		w.t.Fatal(err)
	}
	return set.Keys[0]
}
