// Package disbursements wires the service that matches money to families and
// pays it: rounds, plans, payments, statements. It decides nothing itself.
package disbursements

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// Config are the service's settings.
type Config struct {
	config.Common   `embed:""`
	config.Access   `embed:""`
	config.Ledger   `embed:""`
	config.Database `embed:""`
	config.Sealed   `embed:""`
	config.Secrets  `embed:""`
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

// Run serves until ctx ends.
func Run(ctx context.Context, log *slog.Logger, cfg Config) (err error) {
	sender, err := cfg.sender()
	if err != nil {
		return err
	}
	secrets, err := seal.LoadMaster(cfg.SecretFile, cfg.Development)
	if err != nil {
		return fmt.Errorf("load secrets: %w", err)
	}
	db, keyStore, err := databases(ctx, log, cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	defer keyStore.Close()
	tls, err := mtls.Load(cfg.TLSDir)
	if err != nil {
		return err
	}
	peers, err := dial(cfg, tls)
	if err != nil {
		return err
	}
	defer peers.close()

	keep := store.New(db, runner.NewQueue(), time.Now)
	if err := keep.AddRails(ctx, sepa.ID); err != nil {
		return fmt.Errorf("add rails: %w", err)
	}
	files := sepa.New(keep, seal.New(secrets, keyStore), []rail.Sender{sender}, cfg.Remittance, time.Now)
	decisions := duty.InOrder(keep, decision.Duty(db, peers.posting))
	w := duty.New(duty.Options{
		Store: keep, Posting: peers.posting, Requests: peers.requests, Release: peers.release,
		Rails: map[string]rail.Rail{sepa.ID: files}, Files: files, Record: decisions.Do, Log: log,
	})
	stopDuties, err := runner.Run(ctx, db, log, time.Now, append(w.Duties(), decisions)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopDuties()) }()

	people, err := signin.New(ctx, cfg.OIDCIssuer, cfg.OIDCAudience, accessv1.NewAccessServiceClient(peers.access), time.Now)
	if err != nil {
		return err
	}
	g := rpc.NewServer(rpc.Options{TLS: tls.Server(), Authenticator: people, Log: log, Now: time.Now})
	server.New(server.Options{
		Store: keep, Funds: peers.funds, Posting: peers.posting, Requests: peers.requests, Release: peers.release,
		Committer: w, Files: files, Pager: page.New(secrets.Derive("disbursements/page")), Log: log, Now: time.Now,
		Rails: []rail.Config{{ID: sepa.ID, Currencies: []string{sender.Currency}, Senders: []rail.Sender{sender}, Files: true}},
	}).Register(g)
	lis, err := rpc.Listen(cfg.Listen)
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "serving", "address", lis.Addr().String(), "development", cfg.Development)
	return rpc.Serve(ctx, g, lis)
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

func databases(ctx context.Context, log *slog.Logger, cfg Config) (db, keyStore *postgres.DB, err error) {
	if err := postgres.Upgrade(ctx, log, cfg.DatabaseURL, cfg.MigrateURL, store.Migrations()); err != nil {
		return nil, nil, fmt.Errorf("migrate: %w", err)
	}
	if err := seal.MigrateKeyStore(ctx, cfg.KeyStoreURL, cfg.KeyStoreMigrateURL); err != nil {
		return nil, nil, err
	}
	if db, err = postgres.Open(ctx, cfg.DatabaseURL); err != nil {
		return nil, nil, err
	}
	if keyStore, err = postgres.Open(ctx, cfg.KeyStoreURL); err != nil {
		db.Close()
		return nil, nil, fmt.Errorf("open key store: %w", err)
	}
	return db, keyStore, nil
}
