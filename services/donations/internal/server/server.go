// Package server answers the gRPC calls of the donations service: it translates
// between the contract and the domain, and shows each caller only what is theirs
// to see.
package server

import (
	"context"
	"time"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// Options are what a Server is made of.
type Options struct {
	Store *store.Store
	// Pages opens payment pages.
	Pages Pages
	// Events takes Stripe's events in.
	Events Receiver
	// Statements are the ledger's, for receipts.
	Statements Statements
	// Proofs are the ledger's, of single gifts; KeyOf is by what the ledger knows the balance
	// transaction of one.
	Proofs ledgerv1.ProofServiceClient
	KeyOf  func(balanceID string) string
	// Printer writes pages to print; Issuer is who was paid, as it stands there.
	Printer *sheet.Printer
	Issuer  string
	// Holdings is Stripe's balance, for the ledger.
	Holdings Holdings
	// Adjustments are the ledger's, for what nobody can explain.
	Adjustments Adjustments
	// Eligibility is families', for rules of funds.
	Eligibility Eligibility
	// Mode says which keys are made.
	Mode partner.Mode
	// Policies keeps the versions of the policy; Delay is for how long one stands before
	// it counts.
	Policies *agreed.Store
	Delay    time.Duration
	// Keys seals the secrets of partners' endpoints. Loopback lets these be on this
	// machine, for development.
	Keys     Keys
	Loopback bool
	// Mails says that donors can be told by e-mail.
	Mails bool
	// NoDelays lets totals be published at once.
	NoDelays bool
	Pager    *page.Pager
	Now      func() time.Time
}

// Server implements all services of the contract.
type Server struct {
	Options
	acts    acts
	holders action.Table[pledge.State, holding]
}

var (
	_ donationsv1.PartnerServiceServer        = (*Server)(nil)
	_ donationsv1.FundServiceServer           = (*Server)(nil)
	_ donationsv1.PledgeServiceServer         = (*Server)(nil)
	_ donationsv1.RecurringServiceServer      = (*Server)(nil)
	_ donationsv1.GivingServiceServer         = (*Server)(nil)
	_ donationsv1.ForecastServiceServer       = (*Server)(nil)
	_ donationsv1.DonationServiceServer       = (*Server)(nil)
	_ donationsv1.ReceiptServiceServer        = (*Server)(nil)
	_ donationsv1.WebhookServiceServer        = (*Server)(nil)
	_ donationsv1.ReconciliationServiceServer = (*Server)(nil)
	_ donationsv1.DonationPolicyServiceServer = (*Server)(nil)
	_ donationsv1.RefundServiceServer         = (*Server)(nil)
	_ donationsv1.StripeItemServiceServer     = (*Server)(nil)
	_ donationsv1.StripePayoutServiceServer   = (*Server)(nil)
	_ donationsv1.PartnerWebhookServiceServer = (*Server)(nil)
	_ donationsv1.BankGiftServiceServer       = (*Server)(nil)
)

// New returns a server.
func New(o Options) *Server { return &Server{o, newActs(), newHolders()} }

// Register adds all services of the contract to g.
func (s *Server) Register(g grpc.ServiceRegistrar) {
	donationsv1.RegisterPartnerServiceServer(g, s)
	donationsv1.RegisterFundServiceServer(g, s)
	donationsv1.RegisterPledgeServiceServer(g, s)
	donationsv1.RegisterRecurringServiceServer(g, s)
	donationsv1.RegisterGivingServiceServer(g, s)
	donationsv1.RegisterForecastServiceServer(g, s)
	donationsv1.RegisterDonationServiceServer(g, s)
	donationsv1.RegisterReceiptServiceServer(g, s)
	donationsv1.RegisterWebhookServiceServer(g, s)
	donationsv1.RegisterReconciliationServiceServer(g, s)
	donationsv1.RegisterDonationPolicyServiceServer(g, s)
	donationsv1.RegisterRefundServiceServer(g, s)
	donationsv1.RegisterStripeItemServiceServer(g, s)
	donationsv1.RegisterStripePayoutServiceServer(g, s)
	donationsv1.RegisterBankGiftServiceServer(g, s)
	donationsv1.RegisterPartnerWebhookServiceServer(g, s)
}

// now is the time in UTC, as precise as the database stores it: a first answer is
// made from memory and its repeat from the row.
func (s *Server) now() time.Time { return s.Now().UTC().Truncate(time.Microsecond) }

// noScope reaches nothing.
const noScope store.Scope = "-"

// caller is the calling partner as the authenticator has read it; false for others.
func caller(ctx context.Context) (partner.Partner, bool) {
	p, ok := identity.From(ctx).Known.(partner.Partner)
	return p, ok
}

// scopeOf says whose objects the caller reaches: a partner its own, staff, whom
// the policy has let in by role, all.
func scopeOf(ctx context.Context) store.Scope {
	switch p, isPartner := caller(ctx); {
	case isPartner && p.ID != "":
		return store.Scope(p.ID)
	case identity.From(ctx).Person != "":
		return store.Everything
	default:
		return noScope
	}
}
