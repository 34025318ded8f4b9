// Package server answers the gRPC calls of the disbursements service: it turns
// messages into the terms of the domain and back, and asks other services for
// what a round or a confirmation needs.
package server

import (
	"context"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/fetched"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Options are what a Server is made of.
type Options struct {
	Store *store.Store
	// Funds are known to donations, balances to the ledger, needs to families.
	Funds    donationsv1.FundServiceClient
	Posting  ledgerv1.PostingServiceClient
	Requests familiesv1.AllocationInputServiceClient
	Release  familiesv1.ReleaseServiceClient
	// People are known to access.
	People People
	// Standing says who holds which role, by the ledger's leaves.
	Standing Standing
	// Policies keeps the versions of policies.
	Policies *agreed.Store
	// Delay is for how long a policy stands before it counts.
	Delay time.Duration
	// Committer carries an ordered commit out.
	Committer Committer
	// Rails are those that are configured.
	Rails rail.Set
	Pager *page.Pager
	Log   *slog.Logger
	Now   func() time.Time
}

// Committer carries an ordered commit out, as far as it comes.
type Committer interface {
	Commit(ctx context.Context, roundID string) error
}

// Server implements all services of the contract.
type Server struct {
	Options
	// leaves checks that nothing holds a payment file back.
	leaves func(ctx context.Context, planID, fileID string) error
	// unfetched checks that the ledger does not know a payment file fetched.
	unfetched func(ctx context.Context, planID, fileID string) error
	// firstHand checks that the ledger knows who recorded a refusal.
	firstHand func(ctx context.Context, y payment.Payment, r payment.Refusal) error
	// reach bounds how many families a sender pays.
	reach rail.Reach
	acts  acts
}

var (
	_ disbursementsv1.AllocationRoundServiceServer = (*Server)(nil)
	_ disbursementsv1.AwardServiceServer           = (*Server)(nil)
	_ disbursementsv1.PaymentPlanServiceServer     = (*Server)(nil)
	_ disbursementsv1.PaymentFileServiceServer     = (*Server)(nil)
	_ disbursementsv1.PaymentServiceServer         = (*Server)(nil)
	_ disbursementsv1.StatementServiceServer       = (*Server)(nil)
	_ disbursementsv1.ConfirmationServiceServer    = (*Server)(nil)
	_ disbursementsv1.InquiryServiceServer         = (*Server)(nil)
	_ disbursementsv1.RailServiceServer            = (*Server)(nil)
	_ disbursementsv1.ReconciliationServiceServer  = (*Server)(nil)
	_ disbursementsv1.PolicyServiceServer          = (*Server)(nil)
)

// New returns a server.
func New(o Options) *Server {
	s := &Server{Options: o, acts: newActs(), reach: rail.Reaches()}
	s.leaves, s.firstHand = s.mayLeave, s.recordedFirst
	s.unfetched = func(ctx context.Context, planID, fileID string) error {
		return fetched.Check(forOurselves(ctx), s.Posting, s.Log, planID, fileID)
	}
	return s
}

// Register adds all services of the contract to g.
func (s *Server) Register(g grpc.ServiceRegistrar) {
	disbursementsv1.RegisterAllocationRoundServiceServer(g, s)
	disbursementsv1.RegisterAwardServiceServer(g, s)
	disbursementsv1.RegisterPaymentPlanServiceServer(g, s)
	disbursementsv1.RegisterPaymentFileServiceServer(g, s)
	disbursementsv1.RegisterPaymentServiceServer(g, s)
	disbursementsv1.RegisterStatementServiceServer(g, s)
	disbursementsv1.RegisterConfirmationServiceServer(g, s)
	disbursementsv1.RegisterInquiryServiceServer(g, s)
	disbursementsv1.RegisterRailServiceServer(g, s)
	disbursementsv1.RegisterReconciliationServiceServer(g, s)
	disbursementsv1.RegisterPolicyServiceServer(g, s)
}

// person is the pseudonym of who calls.
func person(ctx context.Context) string { return identity.From(ctx).Person }

// forOurselves drops the person from a call that this service makes for itself: it
// goes on when they are gone.
func forOurselves(ctx context.Context) context.Context { return identity.Into(ctx, identity.Caller{}) }

func moneyOf(minor int64, currency string) *typev1.Money {
	return rpc.MoneyOf(money.Amount{MinorUnits: minor, Currency: currency})
}
