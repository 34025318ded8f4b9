package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Signature algorithms that a token may use: never "none", never a shared
// secret.
var algorithms = []string{oidc.ES256, oidc.EdDSA, oidc.RS256}

// discoveryPause keeps a silent issuer from being asked with every call.
const discoveryPause = time.Second

// token is what a verified token says.
type token struct {
	issuer, subject   string
	authTime, expires time.Time
}

// verifier checks tokens against one issuer, whose configuration it fetches
// when it is first needed.
type verifier struct {
	ctx              context.Context // carries the HTTP client, for go-oidc
	issuer, audience string
	client           *http.Client
	now              func() time.Time

	mu    sync.Mutex // guards what follows
	keys  *keySet    // nil until the issuer has answered
	asked time.Time  // when it was last asked
	last  error      // what it answered then
}

func newVerifier(ctx context.Context, issuer, audience string, now func() time.Time) *verifier {
	client := &http.Client{
		Timeout: 3 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // keys come from the pinned issuer only
		},
	}
	return &verifier{
		ctx: oidc.ClientContext(context.WithoutCancel(ctx), client), client: client,
		issuer: issuer, audience: audience, now: now,
	}
}

// verify returns what a good token says.
func (v *verifier) verify(ctx context.Context, raw string) (token, error) {
	keys, err := v.discover()
	if err != nil {
		return token{}, unavailable(err)
	}
	// go-oidc does not hand on what its key set says, so each call has its own.
	watched := &watchedKeys{keySet: keys}
	t, err := oidc.NewVerifier(v.issuer, watched, &oidc.Config{
		ClientID: v.audience, SupportedSigningAlgs: algorithms, Now: v.now,
	}).Verify(ctx, raw)
	if watched.silent != nil {
		return token{}, unavailable(watched.silent)
	}
	if err != nil {
		return token{}, refused(err)
	}
	var claims struct {
		AuthTime numericDate `json:"auth_time"`
	}
	if err := t.Claims(&claims); err != nil {
		return token{}, refused(err)
	}
	return token{issuer: t.Issuer, subject: t.Subject, expires: t.Expiry, authTime: claims.AuthTime.at}, nil
}

// watchedKeys remembers that the issuer could not be asked for its keys.
type watchedKeys struct {
	*keySet
	silent error
}

// VerifySignature does as keySet does.
func (w *watchedKeys) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	payload, err := w.keySet.VerifySignature(ctx, raw)
	if errors.Is(err, errKeys) {
		w.silent = err
	}
	return payload, err
}

// discover returns the issuer's keys, asking it for its configuration until it
// has answered once.
func (v *verifier) discover() (*keySet, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys != nil {
		return v.keys, nil
	}
	if v.last != nil && v.now().Sub(v.asked) < discoveryPause {
		return nil, v.last
	}
	v.asked = v.now()
	v.keys, v.last = v.fetch()
	return v.keys, v.last
}

func (v *verifier) fetch() (*keySet, error) {
	provider, err := oidc.NewProvider(v.ctx, v.issuer)
	if err != nil {
		return nil, fmt.Errorf("discover OIDC issuer: %w", err)
	}
	var claims struct {
		KeysURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&claims); err != nil {
		return nil, fmt.Errorf("read OIDC configuration: %w", err)
	}
	if err := checkAddress(claims.KeysURL); err != nil {
		return nil, fmt.Errorf("OIDC keys: %w", err)
	}
	return &keySet{url: claims.KeysURL, client: v.client, now: v.now}, nil
}

// checkAddress takes https anywhere, and plain http on the loopback only.
func checkAddress(raw string) error {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return errors.New("must be an absolute URL")
	}
	ip, err := netip.ParseAddr(u.Hostname())
	loopback := u.Hostname() == "localhost" || err == nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback) {
		return errors.New("must use https")
	}
	return nil
}
