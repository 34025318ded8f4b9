package ledgertest

import (
	"context"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Standing returns a client of StandingService that calls as a service.
func (l *Ledger) Standing(service string) ledgerv1.StandingServiceClient {
	return ledgerv1.NewStandingServiceClient(l.conn(service))
}

// Resolver says who somebody is by the ledger's leaves, for the sign-in of a server of
// the test's own.
func (l *Ledger) Resolver() signin.Resolver { return l.staff }

// Bearers returns who knows people by the ledger's leaves alone, as its own sign-in
// does; their token is their subject at the issuer, and they have just signed in. A
// test that wants the ledger to judge so trusts it.
func (l *Ledger) Bearers(issuer string) rpc.Authenticator { return bearers{l, issuer} }

type bearers struct {
	ledger *Ledger
	issuer string
}

// Authenticate takes the subject for a token.
func (b bearers) Authenticate(ctx context.Context, bearer string) (identity.Caller, error) {
	r, err := b.ledger.staff.ResolveCaller(ctx, &accessv1.ResolveCallerRequest{Issuer: b.issuer, Subject: bearer})
	switch {
	case err != nil:
		return identity.Caller{}, err
	case r.GetFrozen():
		return identity.Caller{}, fault.New(fault.PermissionDenied, fault.ReasonFrozen, "The caller is frozen.")
	}
	return identity.Caller{Person: r.GetPerson(), Roles: r.GetRoles(), Resting: r.GetRestingRoles(), Lapsed: r.GetLapsedOfficer(), AuthTime: b.ledger.now(), Bearer: bearer}, nil
}

// Stands lets every decision count: whoever decides in a test of others needs no grant.
func (m *memory) Stands(context.Context) (book.Stands, error) { return book.Anybody, nil }

// StaffDecisions reads the decisions about staff after a sequence.
func (m *memory) StaffDecisions(_ context.Context, after int64) ([]*leaf.Decision, error) {
	var out []*leaf.Decision
	for _, l := range m.leaves() {
		if d := l.Decision; d != nil && d.Sequence > after && d.Kind <= leaf.DecisionEngagement {
			out = append(out, d)
		}
	}
	return out, nil
}
