package signin

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/solidarity-fund/solidarity/services/internal/doctor"
)

// signing are the algorithms by which an issuer may sign, and what to do where it
// does not.
const signing = "let the provider sign access tokens by ES256, EdDSA or RS256 (docs/operations.md, Staff)"

// Examine says what is wrong with an issuer, as seen from here: whether it is found
// at its address, has keys that are taken, and has the time of this machine.
func Examine(ctx context.Context, issuer Issuer, now func() time.Time) []doctor.Finding {
	r := doctor.About("sign-in")
	if checkAddress(issuer.Address) != nil {
		return nil // the settings' fault, which is said there
	}
	v := newVerifier(ctx, issuer, now)
	keys, err := v.fetch()
	if err != nil {
		r.Fault(err.Error(), "check --oidc-issuer letter by letter against the provider's /.well-known/openid-configuration, and that this machine reaches it")
		return r.Findings()
	}
	set, err := keys.fetch(ctx)
	if err != nil {
		r.Fault("the issuer's keys cannot be read: "+err.Error(), "check that this machine reaches the provider's jwks_uri")
		return r.Findings()
	}
	if !slices.ContainsFunc(set, v.takes) {
		r.Fault("the issuer shows no key that is taken", signing)
	}
	r.Failed(v.clockOff(ctx), "set the clocks of this machine and of the provider by NTP: tokens of the future are refused")
	return r.Findings()
}

// takes reports whether tokens that a key signs are taken.
func (v *verifier) takes(key jose.JSONWebKey) bool {
	return key.Algorithm == "" || slices.Contains(v.algorithms, jose.SignatureAlgorithm(key.Algorithm))
}

// clockOff compares the date of the issuer's answer with the clock of this machine.
func (v *verifier) clockOff(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.issuer+"/.well-known/openid-configuration", http.NoBody)
	if err != nil {
		return fmt.Errorf("ask the issuer for its time: %w", err)
	}
	resp, err := v.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the issuer for its time: %w", err)
	}
	resp.Body.Close()
	theirs, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return nil //nolint:nilerr // a provider that tells no time is no fault
	}
	if off := v.now().Sub(theirs).Abs(); off > clockSkew {
		return fmt.Errorf("the issuer's clock and this machine's are %s apart", off.Round(time.Second))
	}
	return nil
}
