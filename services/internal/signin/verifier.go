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
	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// discoveryPause keeps a silent issuer from being asked with every call.
const discoveryPause = time.Second

// verifier checks tokens against one issuer, whose configuration it fetches
// when it is first needed.
type verifier struct {
	ctx    context.Context // carries the HTTP client, for go-oidc
	issuer string
	client *http.Client
	now    func() time.Time

	// What a token must satisfy; only tests change these three.
	algorithms []jose.SignatureAlgorithm // never "none", never a shared secret
	open       func(context.Context, *jwt.JSONWebToken) ([]byte, error)
	rules      []rule

	mu    sync.Mutex // guards what follows
	keys  *keySet    // nil until the issuer has answered
	asked time.Time  // when it was last asked
	last  error      // what it answered then
}

func newVerifier(ctx context.Context, issuer Issuer, now func() time.Time) *verifier {
	client := &http.Client{
		Timeout: 3 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // keys come from the pinned issuer only
		},
	}
	v := &verifier{
		ctx: oidc.ClientContext(context.WithoutCancel(ctx), client), client: client, issuer: issuer.Address, now: now,
		algorithms: []jose.SignatureAlgorithm{jose.ES256, jose.EdDSA, jose.RS256},
		rules:      rules(issuer),
	}
	v.open = v.bySignature
	return v
}

// verify returns what a good token says.
func (v *verifier) verify(ctx context.Context, raw string) (token, error) {
	t, err := v.read(ctx, raw)
	if errors.Is(err, silent) {
		return token{}, unavailable(err)
	}
	if err != nil {
		return token{}, refused(err)
	}
	now := v.now()
	for _, r := range v.rules {
		if !r.holds(t, now) {
			return token{}, refused(r.cause)
		}
	}
	return t, nil
}

// read returns what the issuer has signed.
func (v *verifier) read(ctx context.Context, raw string) (token, error) {
	signed, err := jwt.ParseSigned(raw, v.algorithms)
	var other *jose.ErrUnexpectedSignatureAlgorithm
	switch {
	case errors.As(err, &other):
		return token{}, fault.Cause("signed in a way that is not allowed")
	case err != nil || len(signed.Headers) != 1:
		return token{}, fault.Cause("not a signed token")
	}
	payload, err := v.open(ctx, signed)
	if err != nil {
		return token{}, err
	}
	var t token
	if err := json.Unmarshal(payload, &t); err != nil {
		return token{}, fault.Cause("claims cannot be read")
	}
	t.kind, _ = signed.Headers[0].ExtraHeaders[jose.HeaderType].(string)
	return t, nil
}

// bySignature returns the payload of a token that the issuer has signed.
func (v *verifier) bySignature(ctx context.Context, signed *jwt.JSONWebToken) ([]byte, error) {
	keys, err := v.discover()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", silent, err)
	}
	return keys.payload(ctx, signed)
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
