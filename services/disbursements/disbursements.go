// Package disbursements wires the service that matches money to families and
// pays it: rounds, plans, payments, statements. It decides nothing itself.
package disbursements

import (
	"context"
	"errors"
	"fmt"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
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
	Sender        Sender `embed:"" prefix:"sender-"`
	// Remittance is what everybody's bank reads beside a payment.
	Remittance string `help:"Neutral text of every payment." default:"Transfer"`
}

// Sender is the account that payments leave from. Its number is not secret from
// the bank, but from everybody else.
type Sender struct {
	// ID names the sender, and its account asset:bank:ID in the ledger.
	ID string `help:"Short name of the sending account." default:"main"`
	// Name, IBAN and BIC are the account's.
	Name string `help:"Name of the sending account's owner, as its bank knows it. In development a made-up one."`
	IBAN string `name:"iban" help:"IBAN of the sending account. In development a made-up one."`
	BIC  string `name:"bic" help:"BIC of the sending account's bank; may be left out."`
	// ExposureCap is how many families one file may hold.
	ExposureCap int `help:"Most families in one payment file: how many one seized file reveals." default:"10"`
}

// Check says what of the settings is wrong.
func (c Config) Check() error {
	_, err := c.sender()
	return errors.Join(err, c.Service.Check())
}

// Run serves until ctx ends.
func Run(ctx context.Context, host service.Host, cfg Config) error {
	s, err := service.Open(ctx, host, cfg, service.Options{
		Name: "disbursements", Migrations: store.Migrations(), KeyStore: &cfg.Sealed, Peers: service.Addresses{
			"access": cfg.AccessAddr, "ledger": cfg.LedgerAddr, "families": cfg.FamiliesAddr, "donations": cfg.DonationsAddr,
		},
	})
	if err != nil {
		return err
	}
	defer s.Close()
	sender, err := cfg.sender()
	if err != nil {
		return err
	}
	kept := store.New(s.DB, s.Queue, s.Rows(), s.Now)
	if err := kept.AddRail(ctx, sepa.ID, sender.ID); err != nil {
		return fmt.Errorf("add rail: %w", err)
	}
	files := sepa.New(kept, s.Keys, []rail.Sender{sender}, cfg.Remittance, s.Now)
	c := clientsOf(s)
	worker, duties := newWorker(s, kept, files, c)
	return s.Serve(ctx, service.Server{
		Duties: duties, Tasks: worker.Tasks(),
		Register: server.New(server.Options{
			Store: kept, Funds: c.funds, Posting: c.posting, Requests: c.requests, Release: c.release, People: c.people,
			Committer: worker, Files: files, Pager: s.Pager(), Log: s.Log, Now: s.Now,
			Rails: []rail.Config{{ID: sepa.ID, Currencies: []string{sender.Currency}, Senders: []rail.Sender{sender}, Files: true}},
		}).Register,
	})
}

// clients are what of other services is called.
type clients struct {
	posting  ledgerv1.PostingServiceClient
	requests familiesv1.AllocationInputServiceClient
	release  familiesv1.ReleaseServiceClient
	funds    donationsv1.FundServiceClient
	people   accessv1.AccessServiceClient
}

func clientsOf(s *service.Service) clients {
	return clients{
		posting:  ledgerv1.NewPostingServiceClient(s.Peer("ledger")),
		requests: familiesv1.NewAllocationInputServiceClient(s.Peer("families")),
		release:  familiesv1.NewReleaseServiceClient(s.Peer("families")),
		funds:    donationsv1.NewFundServiceClient(s.Peer("donations")),
		people:   accessv1.NewAccessServiceClient(s.Peer("access")),
	}
}

// newWorker returns who does the outgoing work, and all that can be owed.
func newWorker(s *service.Service, kept *store.Store, files *sepa.Rail, c clients) (*duty.Worker, []runner.Duty) {
	worker := duty.New(duty.Options{
		Store: kept, Posting: c.posting, Requests: c.requests, Release: c.release,
		Rails: map[string]rail.Rail{sepa.ID: files}, Files: files, People: c.people, Log: s.Log, Now: s.Now,
	})
	return worker, worker.Duties()
}

// sender checks the configured sender; in development it may be left out.
func (c Config) sender() (rail.Sender, error) {
	s := c.Sender
	if c.Development && s.IBAN == "" {
		s.Name, s.IBAN = "Solidarity Development", "LT121000011101001000"
	}
	if s.Name == "" {
		return rail.Sender{}, errors.New("the sender's name is missing: give --sender-name")
	}
	account, err := iban.Parse(s.IBAN)
	if err != nil || !account.SEPA() {
		return rail.Sender{}, errors.New("the sender's account is not a SEPA account: give --sender-iban")
	}
	return rail.Sender{
		ID: s.ID, Name: s.Name, IBAN: account.String(), BIC: s.BIC, Currency: "EUR", ExposureCap: max(s.ExposureCap, 1),
	}, nil
}
