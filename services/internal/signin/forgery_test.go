package signin_test

import (
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// forgery is a token that is wrong in one way, why it is refused, and the protection
// without which it would be taken.
type forgery struct {
	token      func(w *world) string
	cause      fault.Cause
	protection func(*signin.Authenticator)
}

// forgeries are wrong tokens that somebody could really have. The issuer itself has
// signed those of the first part.
func forgeries() map[string]forgery {
	unchecked := (*signin.Authenticator).WithoutSignature
	return map[string]forgery{
		"an ID token":                   {said("JWT", nil), "not an access token", without("not an access token")},
		"a logout token":                {said("logout+jwt", nil), "not an access token", without("not an access token")},
		"a token of no kind":            {said("", nil), "not an access token", without("not an access token")},
		"of another issuer":             {said(accessKind, set{"iss": "https://other.example"}), "made by another issuer", without("made by another issuer")},
		"for another audience":          {said(accessKind, set{"aud": "elsewhere"}), "made for another audience", without("made for another audience")},
		"for other audiences":           {said(accessKind, set{"aud": []string{"a", "b"}}), "made for another audience", without("made for another audience")},
		"for no audience":               {said(accessKind, set{"aud": nil}), "made for another audience", without("made for another audience")},
		"of nobody":                     {said(accessKind, set{"sub": ""}), "names nobody", without("names nobody")},
		"issued tomorrow":               {said(accessKind, set{"iat": after(day), "exp": after(day + time.Hour)}), "issued in the future", without("issued in the future")},
		"good from tomorrow":            {said(accessKind, set{"nbf": after(day)}), "not valid yet", without("not valid yet")},
		"of yesterday":                  {said(accessKind, set{"iat": after(-day), "exp": after(time.Hour - day)}), "expired", without("expired")},
		"without an end":                {said(accessKind, set{"exp": nil}), "expired", without("expired")},
		"of an hour and a second":       {said(accessKind, set{"exp": after(time.Hour + time.Second)}), "lives too long", without("lives too long")},
		"of a hundred years":            {said(accessKind, set{"exp": after(100 * 365 * day)}), "lives too long", without("lives too long")},
		"without the time of its issue": {said(accessKind, set{"iat": nil}), "does not say when it was issued", without("does not say when it was issued", "lives too long")},

		"without a signature":       {unsigned, "signed in a way that is not allowed", unchecked},
		"the public key as secret":  {byPublicKey, "signed in a way that is not allowed", unchecked},
		"the signature left out":    {signatureLeftOut, "signed by no key of the issuer", unchecked},
		"the payload exchanged":     {payloadExchanged, "signed by no key of the issuer", unchecked},
		"another key, no name":      {byAnotherKey(jose.SignerOptions{}), "signed by no key of the issuer", unchecked},
		"a key of the header's own": {byAnotherKey(jose.SignerOptions{EmbedJWK: true}), "signed by no key of the issuer", unchecked},
		"a key of the same name":    {byNamesake(nil), "signed by no key of the issuer", unchecked},
		"a key at an address":       {byNamesake(set{"jku": "https://forger.example/jwks"}), "signed by no key of the issuer", unchecked},
	}
}

// nonsense are no tokens at all, or say nothing that could be taken.
func nonsense() map[string]forgery {
	return map[string]forgery{
		"nothing":           {func(*world) string { return "" }, "no credential", nil},
		"garbage":           {func(*world) string { return "garbage" }, "not a signed token", nil},
		"three empty parts": {func(*world) string { return ".." }, "signed in a way that is not allowed", nil},
		"too long":          {func(w *world) string { return w.token(w.issuer, "ada") + strings.Repeat("x", 9000) }, "longer than any token", nil},
		"an audience of 5":  {said(accessKind, set{"aud": 5}), "claims cannot be read", nil},
		"a time in words":   {said(accessKind, set{"exp": "tomorrow"}), "claims cannot be read", nil},
	}
}

func TestForgedTokensAreRefusedAllAlikeAndTheLogSaysWhy(t *testing.T) {
	t.Parallel()
	for _, kind := range []map[string]forgery{forgeries(), nonsense()} {
		for name, f := range kind {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				// given
				w := newWorld(t)
				token := f.token(w)
				// when
				log, err := w.call(token)
				// then
				got := fault.As(err)
				if got == nil || got.Kind != fault.Unauthenticated || got.Message != "A valid credential is needed." || len(got.Violations) > 0 {
					t.Errorf("the client sees %v", err)
				}
				if !strings.Contains(log, `"cause":"`+string(f.cause)+`"`) {
					t.Errorf("the log does not say %q: %s", f.cause, log)
				}
				for _, part := range append(strings.Split(token, "."), "ada", "other.example", "elsewhere", "forger") {
					if len(part) > 0 && len(part) < 5000 && strings.Contains(log, part) {
						t.Errorf("the log has %q of the token: %s", part, log)
					}
				}
				if w.access.asked.Load() != 0 {
					t.Error("access was asked about it")
				}
			})
		}
	}
}

func TestWithItsProtectionOffEachForgedTokenIsTaken(t *testing.T) {
	t.Parallel()
	for name, f := range forgeries() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			f.protection(w.auth)
			if log, err := w.call(f.token(w)); err != nil {
				t.Errorf("refused for another reason than its own: %v: %s", err, log)
			}
		})
	}
}
