package signin

import (
	"context"
	"slices"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Without switches the rule with a cause off, so that a test can show that it is
// this rule which refuses.
func (a *Authenticator) Without(cause fault.Cause) {
	a.tokens.rules = slices.DeleteFunc(a.tokens.rules, func(r rule) bool { return r.cause == cause })
}

// WithoutEngagements lets auditors in who are engaged for nothing, or for a part.
func (a *Authenticator) WithoutEngagements() { a.unengaged = true }

// WithoutSignature takes every algorithm, and what a token says from whomever.
func (a *Authenticator) WithoutSignature() {
	a.tokens.algorithms = append(a.tokens.algorithms, jose.HS256, "none")
	a.tokens.open = func(_ context.Context, signed *jwt.JSONWebToken) ([]byte, error) {
		var payload json.RawMessage
		err := signed.UnsafeClaimsWithoutVerification(&payload)
		return payload, err
	}
}
