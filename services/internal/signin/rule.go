package signin

import (
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// clockSkew is how far the issuer's clock may go ahead of this machine's.
const clockSkew = time.Minute

// token is what a token says: its kind from the header, the rest from its claims.
type token struct {
	kind      string
	Issuer    string       `json:"iss"`
	Subject   string       `json:"sub"`
	Audience  jwt.Audience `json:"aud"`
	Issued    numericDate  `json:"iat"`
	NotBefore numericDate  `json:"nbf"`
	Expires   numericDate  `json:"exp"`
	AuthTime  numericDate  `json:"auth_time"`
}

// rule is something that every token must satisfy, and what is wrong with one that
// does not.
type rule struct {
	cause fault.Cause
	holds func(t token, now time.Time) bool
}

// rules are those of an issuer's access tokens (RFC 9068). The life of a token is
// bounded, so that one which is lost is soon of no use, also where the issuer cannot
// take it back.
func rules(issuer Issuer) []rule {
	return []rule{
		{"not an access token", func(t token, _ time.Time) bool { return isAccess(t.kind) }},
		{"made by another issuer", func(t token, _ time.Time) bool { return t.Issuer == issuer.Address }},
		{"made for another audience", func(t token, _ time.Time) bool { return slices.Contains(t.Audience, issuer.Audience) }},
		{"names nobody", func(t token, _ time.Time) bool { return t.Subject != "" }},
		{"does not say when it was issued", func(t token, _ time.Time) bool { return !t.Issued.at.IsZero() }},
		{"issued in the future", func(t token, now time.Time) bool { return !t.Issued.at.After(now.Add(clockSkew)) }},
		{"not valid yet", func(t token, now time.Time) bool { return !t.NotBefore.at.After(now.Add(clockSkew)) }},
		{"expired", func(t token, now time.Time) bool { return now.Before(t.Expires.at) }},
		{"lives too long", func(t token, _ time.Time) bool { return t.Expires.at.Sub(t.Issued.at) <= issuer.TokenLife }},
	}
}

// isAccess reports whether a header's typ is that of access tokens. ID tokens and
// logout tokens, which go through other hands, have another or none.
func isAccess(kind string) bool {
	return strings.TrimPrefix(strings.ToLower(kind), "application/") == "at+jwt"
}
