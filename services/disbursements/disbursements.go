// Package disbursements wires the service that matches money to families and
// pays it: rounds, plans, payments, statements. It decides nothing itself.
package disbursements

import (
	"context"
	"errors"
	"fmt"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// Config are the service's settings.
type Config struct {
	config.Service `embed:""`
	config.Access  `embed:""`
	config.Ledger  `embed:""`
	config.Sealed  `embed:""`
	// FamiliesAddr is the address of the families service.
	FamiliesAddr string `help:"Address of the families service." required:""`
	// DonationsAddr is the address of the donations service.
	DonationsAddr string `help:"Address of the donations service." required:""`
	Rails         Rails  `embed:""`
}

// Check says what of the settings is wrong.
func (c Config) Check() error {
	return errors.Join(c.Rails.check(c.Development), c.Service.Check())
}

// delay is for how long a policy stands before it counts.
func (c Config) delay() time.Duration {
	if c.NoDelays() {
		return 0
	}
	return agreement.Delay
}

func (c Config) options() service.Options {
	return service.Options{
		Name: "disbursements", Migrations: store.Migrations(), KeyStore: &c.Sealed, Peers: service.Addresses{
			"access": c.AccessAddr, "ledger": c.LedgerAddr, "families": c.FamiliesAddr, "donations": c.DonationsAddr,
		},
	}
}

// Examine says all that is wrong with what the service would run with.
func Examine(ctx context.Context, host service.Host, cfg Config) []doctor.Finding {
	return service.Examine(ctx, host, cfg, cfg.options())
}

// Run serves until ctx ends.
func Run(ctx context.Context, host service.Host, cfg Config) error {
	s, err := service.Open(ctx, host, cfg, cfg.options())
	if err != nil {
		return err
	}
	defer s.Close()
	kept := store.New(s.DB, s.Queue, s.Rows(), s.Now)
	rails, err := cfg.Rails.open(needs{Lines: kept, Keys: s.Keys, Now: s.Now, Development: cfg.Development})
	if err != nil {
		return err
	}
	if err := addRails(ctx, kept, rails); err != nil {
		return err
	}
	c := clientsOf(s)
	worker := duty.New(duty.Options{
		Store: kept, Posting: c.posting, Requests: c.requests, Release: c.release, Rails: rails, People: c.people, Payouts: c.payouts,
		Log: s.Log, Now: s.Now,
	})
	return s.Serve(ctx, service.Server{
		Duties: worker.Duties(), Tasks: worker.Tasks(),
		Register: server.New(server.Options{
			Store: kept, Funds: c.funds, Posting: c.posting, Requests: c.requests, Release: c.release, People: c.people,
			Standing: c.standing, Delay: cfg.delay(), Policies: agreed.New(agreed.Options{DB: s.DB, Ledger: c.posting, Leaves: server.PolicyLeaves, Log: s.Log, Now: s.Now}),
			Committer: worker, Rails: rails, Pager: s.Pager(), Log: s.Log, Now: s.Now,
		}).Register,
	})
}

// addRails makes the switches of rails and senders that have none yet.
func addRails(ctx context.Context, kept *store.Store, rails rail.Set) error {
	for _, r := range rails {
		can := r.Capabilities()
		var senders []string
		for _, sender := range can.Senders {
			senders = append(senders, sender.ID)
		}
		if err := kept.AddRail(ctx, can.ID, senders...); err != nil {
			return fmt.Errorf("add rail %s: %w", can.ID, err)
		}
	}
	return nil
}

// clients are what of other services is called.
type clients struct {
	posting  ledgerv1.PostingServiceClient
	requests familiesv1.AllocationInputServiceClient
	release  familiesv1.ReleaseServiceClient
	funds    donationsv1.FundServiceClient
	people   accessv1.AccessServiceClient
	standing ledgerv1.StandingServiceClient
	payouts  donationsv1.ReconciliationServiceClient
}

func clientsOf(s *service.Service) clients {
	return clients{
		posting:  ledgerv1.NewPostingServiceClient(s.Peer("ledger")),
		requests: familiesv1.NewAllocationInputServiceClient(s.Peer("families")),
		release:  familiesv1.NewReleaseServiceClient(s.Peer("families")),
		funds:    donationsv1.NewFundServiceClient(s.Peer("donations")),
		people:   accessv1.NewAccessServiceClient(s.Peer("access")),
		standing: ledgerv1.NewStandingServiceClient(s.Peer("ledger")),
		payouts:  donationsv1.NewReconciliationServiceClient(s.Peer("donations")),
	}
}
