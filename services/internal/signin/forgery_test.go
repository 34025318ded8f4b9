package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// goodClaims are those of a token that the world would take.
func (w *world) goodClaims() map[string]any {
	now := w.clock.Now()
	return map[string]any{
		"iss": w.server.URL, "sub": "ada", "aud": "solidarity",
		"nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Unix(),
	}
}

// sign makes a token with a key of the forger's own.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, options *jose.SignerOptions, claims any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
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

// forgeries are tokens of which each is wrong in one way.
func (w *world) forgeries() map[string]string {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	published := w.publicKey()
	publicBytes, _ := published.MarshalJSON()
	withKID := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": published.KeyID}}
	part := func(v any) string {
		b, _ := json.Marshal(v)
		return base64.RawURLEncoding.EncodeToString(b)
	}
	good := w.token(w.issuer, "ada")
	pieces := strings.Split(good, ".")
	later := w.later()
	return map[string]string{
		"empty":                  "",
		"garbage":                "garbage",
		"three empty parts":      "..",
		"too long":               good + strings.Repeat("x", 9000),
		"no signature":           part(map[string]any{"alg": "none"}) + "." + part(w.goodClaims()) + ".",
		"signature left out":     pieces[0] + "." + pieces[1] + ".",
		"payload exchanged":      pieces[0] + "." + part(w.goodClaims()) + "." + pieces[2],
		"public key as secret":   sign(w.t, jose.HS256, publicBytes, withKID, w.goodClaims()),
		"another key, same name": sign(w.t, jose.ES256, own, withKID, w.goodClaims()),
		"another key, no name":   sign(w.t, jose.ES256, own, nil, w.goodClaims()),
		"key in the header":      sign(w.t, jose.ES256, own, &jose.SignerOptions{EmbedJWK: true}, w.goodClaims()),
		"key at an address": sign(w.t, jose.ES256, own, &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{
			"jku": w.server.URL + "/jwks", "kid": published.KeyID}}, w.goodClaims()),
		"another issuer":   w.token(w.newIssuer("https://other.example", "solidarity"), "ada"),
		"another audience": w.token(w.sameKey("elsewhere"), "ada"),
		"not yet good":     w.token(later, "ada"),
	}
}

// sameKey is an issuer with the world's own key that makes tokens for others.
func (w *world) sameKey(audience string) *oidcdev.Issuer {
	return w.issuer.With(func(o *oidcdev.Options) { o.Audience = audience })
}

// later is the world's issuer an hour on.
func (w *world) later() *oidcdev.Issuer {
	return w.issuer.With(func(o *oidcdev.Options) {
		now := o.Now
		o.Now = func() time.Time { return now().Add(time.Hour) }
	})
}

func TestForgedTokensAreRefusedAndAllAlike(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Fatalf("the good token is refused: %v", err)
	}
	asked := w.access.asked.Load()
	for name, token := range w.forgeries() {
		_, err := w.auth.Authenticate(t.Context(), token)
		f := fault.As(err)
		if f == nil || f.Kind != fault.Unauthenticated || f.Message != "A valid credential is needed." || len(f.Violations) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if w.access.asked.Load() != asked {
		t.Error("access was asked about a forged token")
	}
}

func TestATokenEndsWithItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	w.clock.advance(oidcdev.TokenLifetime + time.Second)
	if _, err := w.auth.Authenticate(t.Context(), token); !fault.OfKind(err, fault.Unauthenticated) {
		t.Errorf("an expired token: %v", err)
	}
}

func TestNamesOfKeysThatDoNotExistDoNotHammerTheIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Fatal(err)
	}
	fetched := w.keys.Load()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 50 {
		options := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": fmt.Sprint(i)}}
		_, err := w.auth.Authenticate(t.Context(), sign(t, jose.ES256, own, options, w.goodClaims()))
		if !fault.OfKind(err, fault.Unauthenticated) {
			t.Fatalf("key %d: %v", i, err)
		}
	}
	if got := w.keys.Load() - fetched; got > 1 {
		t.Errorf("the keys were fetched %d times", got)
	}
}

func TestANewKeyOfTheIssuerIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Fatal(err)
	}
	w.rotate()
	w.clock.advance(time.Minute)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Errorf("a token of the new key: %v", err)
	}
}

func TestAKeyThatTheIssuerTakesBackIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	leaked := w.issuer
	if _, err := w.auth.Authenticate(t.Context(), w.token(leaked, "ada")); err != nil {
		t.Fatal(err)
	}
	w.rotate() // and nobody presents a token of the new key
	w.clock.advance(6 * time.Minute)
	if _, err := w.auth.Authenticate(t.Context(), w.token(leaked, "ada")); !fault.OfKind(err, fault.Unauthenticated) {
		t.Errorf("six minutes after its key was taken back: %v", err)
	}
}

func TestKnownKeysOutliveASilentIssuerForAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Fatal(err)
	}
	w.down.Store(true)
	w.clock.advance(30 * time.Minute)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
		t.Errorf("after half an hour of silence: %v", err)
	}
	w.clock.advance(time.Hour)
	if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err == nil {
		t.Error("keys of more than an hour ago are taken")
	}
}
