package signin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// provider is an issuer that says about itself whatever a test wants.
type provider struct {
	issuer string // empty is its own address
	keys   string
	date   time.Time
	status int
}

func (p provider) start(t *testing.T) string {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.date.IsZero() {
			w.Header().Set("Date", p.date.UTC().Format(http.TimeFormat))
		}
		if p.status != 0 {
			w.WriteHeader(p.status)
			return
		}
		if r.URL.Path == "/jwks" {
			_, _ = w.Write([]byte(p.keys)) // the client is there
			return
		}
		issuer := p.issuer
		if issuer == "" {
			issuer = server.URL
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": issuer, "jwks_uri": server.URL + "/jwks", "id_token_signing_alg_values_supported": []string{"ES256"}})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// publicKey is one of P-256; the coordinates are those of RFC 7517, A.1.
const publicKey = `{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"1"`

func TestAnExaminationNamesWhatIsWrongWithTheIssuer(t *testing.T) {
	t.Parallel()
	good := `{"keys":[` + publicKey + `,"alg":"ES256"}]}`
	for name, test := range map[string]struct {
		provider
		says string // empty where nothing is wrong
	}{
		"a good one":       {provider{keys: good}, ""},
		"one without alg":  {provider{keys: `{"keys":[` + publicKey + `}]}`}, ""},
		"no answer":        {provider{status: 503}, "discover OIDC issuer"},
		"another's":        {provider{issuer: "https://id.example", keys: good}, "discover OIDC issuer"},
		"no keys":          {provider{keys: `{"keys":[]}`}, "shows no key that is taken"},
		"other algorithms": {provider{keys: `{"keys":[` + publicKey + `,"alg":"ES512"}]}`}, "shows no key that is taken"},
		"keys to encrypt":  {provider{keys: `{"keys":[` + publicKey + `,"use":"enc"}]}`}, "shows no key that is taken"},
		"broken keys":      {provider{keys: `<html>`}, "keys cannot be read"},
		"another clock":    {provider{keys: good, date: time.Now().Add(-10 * time.Minute)}, "clocks"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			issuer := signin.Issuer{Address: test.start(t), Audience: "solidarity", TokenLife: time.Hour}
			found := signin.Examine(t.Context(), issuer, time.Now)
			if test.says == "" {
				if len(found) != 0 {
					t.Errorf("%+v", found)
				}
				return
			}
			if len(found) != 1 || !strings.Contains(found[0].Problem+found[0].Remedy, test.says) || found[0].Part != "sign-in" || found[0].Remedy == "" {
				t.Errorf("%+v", found)
			}
		})
	}
}
