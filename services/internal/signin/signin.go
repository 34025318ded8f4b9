// Package signin knows staff by their access tokens: it checks that the pinned
// OpenID issuer made the token for this installation, and asks the access
// service who the person is and what they may do now. The token's own claims
// about roles count for nothing.
package signin

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// Limits of a sign-in.
const (
	keepFor     = time.Second     // how long an answer is good: revocation acts within it
	maxToken    = 8 << 10         // bytes of a token
	resolveTime = 5 * time.Second // for keys and the access service together
)

// Resolver is what of accessv1.AccessServiceClient is used.
type Resolver interface {
	ResolveCaller(ctx context.Context, req *accessv1.ResolveCallerRequest, opts ...grpc.CallOption) (*accessv1.ResolveCallerResponse, error)
}

// Authenticator knows people by their tokens. It is safe for concurrent use.
type Authenticator struct {
	tokens *verifier
	access Resolver
	now    func() time.Time
	known  cache
	asking singleflight.Group

	stops  *Stops // nil where nobody tells
	strict bool   // access says by stops alone who is stopped

	unengaged bool // tests see by it what engagements keep out
}

// Heed drops what is known of somebody once they are stopped. Strict refuses whoever is
// stopped: for who does not ask access who somebody is.
func (a *Authenticator) Heed(stops *Stops, strict bool) {
	a.stops, a.strict = stops, strict
	stops.told(a.known.forget)
}

// Issuer says whose tokens are taken.
type Issuer struct {
	// Address is that of the OpenID issuer, the claim iss. Plain http is taken only
	// from the loopback.
	Address string
	// Audience is for whom tokens must be made.
	Audience string
	// TokenLife is how long a token may live, from its issue to its end: a minute to
	// a day.
	TokenLife time.Duration
}

// Check says what is wrong with the settings.
func (i Issuer) Check() error {
	if err := checkAddress(i.Address); err != nil {
		return fmt.Errorf("OIDC issuer: %w", err)
	}
	if i.Audience == "" {
		return errors.New("OIDC audience: must not be empty")
	}
	if i.TokenLife < time.Minute || i.TokenLife > 24*time.Hour {
		return errors.New("OIDC token life: must be from a minute to a day")
	}
	return nil
}

// New returns an authenticator for the tokens of an issuer. The issuer need not
// answer yet: its keys are fetched when the first token comes.
func New(ctx context.Context, issuer Issuer, access Resolver, now func() time.Time) (*Authenticator, error) {
	if err := issuer.Check(); err != nil {
		return nil, err
	}
	return &Authenticator{
		tokens: newVerifier(ctx, issuer, now),
		access: access, now: now, known: newCache(),
	}, nil
}

// Authenticate returns the person behind a token. Whatever is wrong with the
// token, or with knowing its subject, the fault is the same; a frozen person is
// told so, and a silent issuer or access service makes the call unavailable.
func (a *Authenticator) Authenticate(ctx context.Context, bearer string) (identity.Caller, error) {
	if len(bearer) > maxToken {
		return identity.Caller{}, refused(fault.Cause("longer than any token"))
	}
	key := sha256.Sum256([]byte(bearer))
	if c, ok := a.known.get(key, a.now()); ok {
		return c, nil
	}
	// Callers with one token wait for one look-up, which none of them can cancel
	// for the others.
	found := a.asking.DoChan(string(key[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resolveTime)
		defer cancel()
		return a.resolve(ctx, key, bearer)
	})
	select {
	case <-ctx.Done():
		return identity.Caller{}, ctx.Err()
	case r := <-found:
		if r.Err != nil {
			return identity.Caller{}, r.Err
		}
		return r.Val.(identity.Caller), nil
	}
}

func (a *Authenticator) resolve(ctx context.Context, key [sha256.Size]byte, bearer string) (identity.Caller, error) {
	asked := a.now()
	token, err := a.tokens.verify(ctx, bearer)
	if err != nil {
		return identity.Caller{}, err
	}
	// The caller's own identity must not travel along: nobody is known yet.
	resp, err := a.access.ResolveCaller(identity.Into(ctx, identity.Caller{}), &accessv1.ResolveCallerRequest{
		Issuer: token.Issuer, Subject: token.Subject, IssueTime: timestamppb.New(token.Issued.at),
	})
	switch {
	case fault.OfKind(err, fault.NotFound) || fault.OfKind(err, fault.Invalid):
		return identity.Caller{}, refused(fault.Cause("nobody has enrolled the person"))
	case err != nil:
		return identity.Caller{}, unavailable(fmt.Errorf("%w: %w", fault.Cause("access does not answer"), err))
	case resp.GetFrozen():
		return identity.Caller{}, fault.New(fault.PermissionDenied, fault.ReasonFrozen, "The caller is frozen.")
	case resp.GetSessionEnded():
		return identity.Caller{}, refused(fault.Cause("the session was ended"))
	}
	if a.strict {
		if err := a.stops.check(ctx, resp.GetPerson(), token.Issued.at); err != nil {
			return identity.Caller{}, err
		}
	}
	c := identity.Caller{Person: resp.GetPerson(), Roles: resp.GetRoles(), Resting: resp.GetRestingRoles(), Lapsed: resp.GetLapsedOfficer(), AuthTime: token.AuthTime.at, Bearer: bearer}
	if err := a.engage(ctx, &c, resp); err != nil {
		return identity.Caller{}, err
	}
	a.known.put(key, c, asked, token.Expires.at)
	return c, nil
}

// refused is the one answer to a credential that is not good.
func refused(cause error) error {
	return fault.New(fault.Unauthenticated, fault.ReasonUnauthenticated, "A valid credential is needed.").With(cause)
}

func unavailable(cause error) error {
	f := fault.New(fault.Unavailable, fault.ReasonSignInUnavailable, "Sign-in cannot be checked at the moment; try again.").With(cause)
	f.RetryAfter = time.Second
	return f
}
