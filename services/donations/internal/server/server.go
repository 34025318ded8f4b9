// Package server answers the gRPC calls of the donations service: it translates
// between the contract and the domain, and shows each caller only what is theirs
// to see.
package server

import (
	"context"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// Parts are what the servers are made of.
type Parts struct {
	Store *store.Store
	Pager *page.Pager
	// Pages opens payment pages.
	Pages Pages
	// Door takes Stripe's events in.
	Door Door
	// Statements are the ledger's, for receipts.
	Statements Statements
	// Holdings is Stripe's balance, for the ledger.
	Holdings Holdings
	// Mode says which keys are made.
	Mode partner.Mode
	// Development lets totals be published at once.
	Development bool
	Now         func() time.Time
}

// Register registers all services of the donations service.
func Register(r grpc.ServiceRegistrar, p Parts) {
	donationsv1.RegisterPartnerServiceServer(r, &Partners{store: p.Store, pager: p.Pager, mode: p.Mode, now: p.Now})
	donationsv1.RegisterFundServiceServer(r, &Funds{store: p.Store, pager: p.Pager, now: p.Now})
	donationsv1.RegisterPledgeServiceServer(r, &Pledges{store: p.Store, pager: p.Pager, pages: p.Pages, now: p.Now})
	donationsv1.RegisterDonationServiceServer(r, &Donations{store: p.Store, pager: p.Pager})
	donationsv1.RegisterReceiptServiceServer(r, &Receipts{
		store: p.Store, statements: p.Statements, development: p.Development, now: p.Now,
	})
	donationsv1.RegisterWebhookServiceServer(r, &Webhooks{door: p.Door})
	donationsv1.RegisterReconciliationServiceServer(r, &Reconciliation{stripe: p.Holdings, now: p.Now})
}

// nobody is a scope in which there is nothing.
const nobody store.Scope = "-"

// scopeOf says whose objects the caller reaches: a partner its own, staff, whom
// the policy has let in by role, all.
func scopeOf(ctx context.Context) store.Scope {
	c := identity.From(ctx)
	switch id, isPartner := strings.CutPrefix(c.Partner, "partners/"); {
	case isPartner && id != "":
		return store.Scope(id)
	case c.Person != "":
		return store.Everything
	default:
		return nobody
	}
}

// when shows a time: to an auditor only its UTC day, since moments would match
// card statements.
func when(ctx context.Context, t time.Time) *timestamppb.Timestamp {
	c := identity.From(ctx)
	if c.Person != "" && !c.Has(policyv1.Role_ROLE_TREASURER) {
		t = t.UTC().Truncate(24 * time.Hour)
	}
	return timestamppb.New(t)
}

// date shows a day, "" for none.
func date(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.DateOnly)
}
