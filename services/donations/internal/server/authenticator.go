package server

import (
	"context"
	"time"

	"google.golang.org/grpc/metadata"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// headerOrigin is the metadata in which the gateway hands on a browser's Origin.
const headerOrigin = "origin"

// Why a partner's key opens nothing. Keys of the other mode and keys in a browser
// are refused with reasons of their own.
const (
	unknownKey fault.Cause = "no such partner's key"
	revokedKey fault.Cause = "the partner's key is revoked"
)

var _ rpc.Authenticator = (*Authenticator)(nil)

// Authenticator knows partners by their keys, and asks another authenticator about
// staff. It looks a key up at each call, so that a revoked one is refused from the
// next call on.
type Authenticator struct {
	store *store.Store
	mode  partner.Mode
	staff rpc.Authenticator
	now   func() time.Time
}

// NewAuthenticator returns an authenticator for keys of mode, which end by now; staff judges
// every other bearer.
func NewAuthenticator(s *store.Store, mode partner.Mode, staff rpc.Authenticator, now func() time.Time) *Authenticator {
	return &Authenticator{store: s, mode: mode, staff: staff, now: now}
}

// Authenticate returns the partner or person behind a bearer.
func (a *Authenticator) Authenticate(ctx context.Context, bearer string) (identity.Caller, error) {
	if !partner.IsCredential(bearer) {
		return a.staff.Authenticate(ctx, bearer)
	}
	if err := partner.CheckMode(bearer, a.mode); err != nil {
		return identity.Caller{}, err
	}
	key, owner, err := a.store.Credential(ctx, partner.Digest(bearer))
	switch {
	case fault.OfKind(err, fault.NotFound):
		return identity.Caller{}, refusedKey(unknownKey)
	case err != nil:
		return identity.Caller{}, err
	case key.Ended(a.now()):
		return identity.Caller{}, refusedKey(revokedKey)
	}
	if err := checkOrigin(ctx, key, owner); err != nil {
		return identity.Caller{}, err
	}
	role := policyv1.Role_ROLE_PARTNER
	if key.Kind == partner.Publishable {
		role = policyv1.Role_ROLE_PARTNER_PUBLIC
	}
	return identity.Caller{
		Partner: resource.Partner.Of(owner.ID), Credential: string(key.Kind), Known: owner, Roles: []policyv1.Role{role},
	}, nil
}

// refusedKey is one answer for every key that opens nothing; only the operator's log
// says which it was.
func refusedKey(why fault.Cause) error {
	return fault.New(fault.Unauthenticated, fault.ReasonUnauthenticated, "A valid credential is needed.").With(why)
}

// checkOrigin judges a call from a browser's page. A publishable key may be used
// from its partner's own origins only. A secret key may be used from none: everybody
// could read it in the page.
func checkOrigin(ctx context.Context, key partner.Key, owner partner.Partner) error {
	origins := metadata.ValueFromIncomingContext(ctx, headerOrigin)
	if len(origins) == 0 {
		return nil
	}
	if key.Kind == partner.Secret {
		return fault.New(fault.PermissionDenied, fault.ReasonSecretKeyInBrowser, "A secret key must not be used in a browser; revoke it.")
	}
	for _, origin := range origins {
		if !owner.AllowsOrigin(origin) {
			return fault.New(fault.PermissionDenied, fault.ReasonOriginNotAllowed, "The key may not be used from this origin.")
		}
	}
	return nil
}
