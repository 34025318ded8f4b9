package e2e

import (
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// badTokens are tokens that the issuer itself has signed for somebody who holds roles,
// each wrong in one thing, and a good one of somebody who holds none.
func (c *cast) badTokens() []attempt {
	issuer, err := oidcdev.New(oidcdev.Options{Issuer: c.i.state.Issuer, Dir: c.i.layout.State("oidc"), Now: time.Now})
	must(c.i.t, err)
	const day = 24 * time.Hour
	in := func(d time.Duration) int64 { return time.Now().Add(d).Unix() }
	signed := func(kind string, changes map[string]any) string {
		claims := map[string]any{
			"iss": c.i.state.Issuer, "sub": "kasia", "aud": "solidarity",
			"iat": in(-time.Minute), "exp": in(30 * time.Minute), "auth_time": in(-time.Minute),
		}
		maps.Copy(claims, changes)
		token, err := issuer.Sign(kind, claims)
		must(c.i.t, err)
		return token
	}
	// the same, with nothing changed, is taken
	must(c.i.t, restclient.New(c.i.state.REST, signed("at+jwt", nil)).Get(c.i.t.Context(), "/v1/families", nil))
	reading := func(name, token string, status int) attempt {
		return attempt{name: name, token: token, method: http.MethodGet, path: "/v1/families", status: status}
	}
	return slices.Concat([]attempt{
		reading("a token for another audience", signed("at+jwt", map[string]any{"aud": "elsewhere"}), 401),
		reading("a token of another issuer", signed("at+jwt", map[string]any{"iss": "https://other.example"}), 401),
		reading("a token of tomorrow", signed("at+jwt", map[string]any{"iat": in(day), "nbf": in(day), "exp": in(day + time.Hour)}), 401),
		reading("a token of a hundred years", signed("at+jwt", map[string]any{"exp": in(100 * 365 * day)}), 401),
		reading("a token that has ended", signed("at+jwt", map[string]any{"iat": in(-2 * time.Hour), "exp": in(-time.Hour)}), 401),
		reading("an ID token", signed("JWT", nil), 401),
		reading("a logout token", signed("logout+jwt", nil), 401),
		reading("a token of nobody that staff know", signed("at+jwt", map[string]any{"sub": "stranger"}), 401),
	}, c.badDecisions(signed("at+jwt", map[string]any{"auth_time": in(-day)})))
}

// badDecisions are of people whose sign-in or grants do not allow them.
func (c *cast) badDecisions(signedInYesterday string) []attempt {
	enrolled := c.i.token("nobody", "auditor")
	return []attempt{
		{name: "a decision by a sign-in of yesterday", token: signedInYesterday, path: "/v1/staff/s_1:freeze", body: `{}`, status: 403},
		{name: "a decision without a grant for it", token: enrolled, path: "/v1/allocationRounds", body: `{}`, status: 403},
	}
}
