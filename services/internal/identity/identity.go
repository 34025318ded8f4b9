// Package identity carries who is calling through a request's context: a person
// of the staff, a partner, or a service. What a caller may do is decided by
// package rpc from the method's policy; this package only says who it is.
package identity

import (
	"context"
	"slices"
	"time"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

// Caller is who makes a request. The zero Caller is nobody.
type Caller struct {
	// Service is the peer's name from its mutual TLS certificate ("gateway"),
	// empty for a connection without one.
	Service string
	// Person is the resource name of a member of staff, a random pseudonym
	// ("staff/s_…"); empty for others.
	Person string
	// Partner is the resource name of a partner ("partners/pt_…") whose key was
	// presented; empty for others.
	Partner string
	// Credential is the kind of the partner's key, empty for others. A publishable key
	// lies open in every browser, so that what it did must not be taken for what a
	// secret key does.
	Credential string
	// Known is what the authenticator has read of the caller, so that handlers of the
	// same service need not read it again; nil where it has read nothing.
	Known any
	// Roles are what the person or partner key holds now.
	Roles []policyv1.Role
	// Resting are those of the roles by which the person may not approve or release yet.
	Resting []policyv1.Role
	// Lapsed says that the person was a protection officer until at most 30 days ago,
	// which serves for granting alone.
	Lapsed bool
	// Engagement is what an auditor may look at; nil for others.
	Engagement *Terms
	// AuthTime is when the person signed in, zero for others.
	AuthTime time.Time
	// Bearer is the credential as presented, so that it can travel along to the
	// next service. Never logged, never stored.
	Bearer string
}

// Has reports whether the caller holds role.
func (c Caller) Has(role policyv1.Role) bool {
	for _, r := range c.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// Rested reports whether the caller holds role by a grant that does not rest.
func (c Caller) Rested(role policyv1.Role) bool {
	return c.Has(role) && !slices.Contains(c.Resting, role)
}

// stepUpAge is how recent a sign-in must be for what needs a fresh one, and clockSkew
// how far it may lie ahead of this machine's clock.
const (
	stepUpAge = 15 * time.Minute
	clockSkew = time.Minute
)

// Fresh reports whether the person has signed in within the last 15 minutes.
func (c Caller) Fresh(now time.Time) bool {
	age := now.Sub(c.AuthTime)
	return age <= stepUpAge && age >= -clockSkew
}

// Subject names the caller for scoping idempotency keys: the person, the partner
// with the kind of its key, or the service.
func (c Caller) Subject() string {
	switch {
	case c.Person != "":
		return c.Person
	case c.Partner != "":
		return c.Partner + "/" + c.Credential
	default:
		return "services/" + c.Service
	}
}

type contextKey struct{}

// Into returns a context that carries c.
func Into(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, contextKey{}, c)
}

// From returns the context's caller, the zero Caller where there is none.
func From(ctx context.Context) Caller {
	c, _ := ctx.Value(contextKey{}).(Caller)
	return c
}
