// Package server answers the gRPC calls of families: it turns messages into the
// words of the domain and back. What may be told to whom is decided by the
// policies of the contract and the scope that it hands to the store.
package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/families/internal/team"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

var (
	_ familiesv1.PrisonerServiceServer        = (*Server)(nil)
	_ familiesv1.PrisonerImportServiceServer  = (*Server)(nil)
	_ familiesv1.FamilyServiceServer          = (*Server)(nil)
	_ familiesv1.HouseholdServiceServer       = (*Server)(nil)
	_ familiesv1.AidRequestServiceServer      = (*Server)(nil)
	_ familiesv1.AllocationInputServiceServer = (*Server)(nil)
	_ familiesv1.ReleaseServiceServer         = (*Server)(nil)
	_ familiesv1.FamilyPolicyServiceServer    = (*Server)(nil)
	_ familiesv1.EligibilityServiceServer     = (*Server)(nil)
)

// Decisions knows what was decided about payment plans; the ledger does.
type Decisions interface {
	// CheckPlanDecisions answers where a plan is decided.
	CheckPlanDecisions(context.Context, *ledgerv1.CheckPlanDecisionsRequest, ...grpc.CallOption) (*ledgerv1.CheckPlanDecisionsResponse, error)
}

// Options are what a Server is made of.
type Options struct {
	// Prisoners are kept with the lists that they come from, Households with what
	// belongs to them.
	Prisoners  *register.Store
	Households *household.Store
	// Access knows who is awake.
	Access    team.Access
	Decisions Decisions
	// Policies keeps the versions of the policy; Delay is for how long one stands before
	// it counts.
	Policies *agreed.Store
	Delay    time.Duration
	Pager    *page.Pager
	Now      func() time.Time
}

// Server answers all services of families.
type Server struct {
	Options
	// inPlan checks that a plan was decided about a payment to an account.
	inPlan func(r household.Release, account []byte) error
	acts   acts
}

// New makes a Server.
func New(o Options) *Server {
	return &Server{Options: o, inPlan: household.Release.InPlan, acts: newActs()}
}

// Register registers all services.
func (s *Server) Register(r grpc.ServiceRegistrar) {
	familiesv1.RegisterPrisonerServiceServer(r, s)
	familiesv1.RegisterPrisonerImportServiceServer(r, s)
	familiesv1.RegisterFamilyServiceServer(r, s)
	familiesv1.RegisterHouseholdServiceServer(r, s)
	familiesv1.RegisterAidRequestServiceServer(r, s)
	familiesv1.RegisterAllocationInputServiceServer(r, s)
	familiesv1.RegisterReleaseServiceServer(r, s)
	familiesv1.RegisterFamilyPolicyServiceServer(r, s)
	familiesv1.RegisterEligibilityServiceServer(r, s)
}

// person is the calling member of staff.
func person(ctx context.Context) string { return identity.From(ctx).Person }

// ownCases is the scope of a caller who reaches own cases and those drawn to
// them.
func ownCases(ctx context.Context) family.Scope { return family.Scope{Person: person(ctx)} }

// caseScope is own cases and those drawn to the caller, but every family for an officer,
// who reassigns cases; and for a verifier those that wait for somebody outside the case.
func caseScope(ctx context.Context) family.Scope {
	scope := casesUnless(ctx, policyv1.Role_ROLE_PROTECTION_OFFICER)
	scope.Waiting = identity.From(ctx).Has(policyv1.Role_ROLE_VERIFIER)
	return scope
}

// all is the scope of a caller whose role reaches every family.
func all(ctx context.Context) family.Scope { return family.Scope{Person: person(ctx), All: true} }

// casesUnless is ownCases, but all for who holds one of the roles.
func casesUnless(ctx context.Context, roles ...policyv1.Role) family.Scope {
	caller := identity.From(ctx)
	for _, r := range roles {
		if caller.Has(r) {
			return all(ctx)
		}
	}
	return ownCases(ctx)
}
