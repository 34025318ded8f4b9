// Package donations wires the donations service: partners, funds, pledges, gifts
// and what Stripe says about them. It decides nothing itself.
package donations

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/duty"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/posting"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/donations/internal/webhook"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
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
	// StripeKey is the account's secret key; its kind, test or live, is also that
	// of the partners' keys and of the events that are taken.
	StripeKey string `name:"stripe-key" help:"Secret key of the Stripe account: sk_test_…, sk_live_… or rk_…." required:"" secret:"true"`
	// StripeWebhookSecrets sign events; two while they are being changed.
	StripeWebhookSecrets []string `name:"stripe-webhook-secrets" help:"Signing secrets of Stripe's webhooks, two while they are being changed." required:"" secret:"true"`
	// StripeURL is where Stripe answers; empty for Stripe itself.
	StripeURL string `name:"stripe-url" help:"Address of another Stripe, for development."`
}

// mode is test or live, by the kind of the Stripe key.
func (c Config) mode() (partner.Mode, error) {
	_, rest, _ := strings.Cut(c.StripeKey, "_")
	switch {
	case strings.HasPrefix(rest, "test_"):
		return partner.Test, nil
	case !strings.HasPrefix(rest, "live_"):
		return partner.Test, errors.New("the Stripe key is neither a test key nor a live key")
	case c.Development || c.StripeURL != "":
		return partner.Live, errors.New("a live Stripe key is refused in development and with another Stripe's address")
	default:
		return partner.Live, nil
	}
}

// Run serves until ctx ends.
func Run(ctx context.Context, log *slog.Logger, cfg Config) (err error) {
	mode, err := cfg.mode()
	if err != nil {
		return err
	}
	if err := cfg.Check(); err != nil {
		return err
	}
	secrets, err := seal.LoadMaster(cfg.SecretFile, cfg.Development)
	if err != nil {
		return fmt.Errorf("load secrets: %w", err)
	}
	if err := migrate(ctx, log, cfg); err != nil {
		return err
	}
	db, err := postgres.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	keyStore, err := postgres.Open(ctx, cfg.KeyStoreURL)
	if err != nil {
		return fmt.Errorf("open key store: %w", err)
	}
	defer keyStore.Close()
	tls, err := mtls.Load(cfg.TLSDir)
	if err != nil {
		return err
	}
	ledger, err := rpc.Dial(cfg.LedgerAddr, tls.Client("ledger"))
	if err != nil {
		return err
	}
	defer ledger.Close()
	access, err := rpc.Dial(cfg.AccessAddr, tls.Client("access"))
	if err != nil {
		return err
	}
	defer access.Close()

	s := store.New(db, runner.NewQueue(), time.Now)
	stripe, keys := stripeapi.New(cfg.StripeKey, cfg.StripeURL), seal.New(secrets, keyStore)
	worker := duty.New(duty.Options{
		Store: s, Pages: stripe, Objects: stripe, Keys: keys,
		Poster: posting.New(s, ledgerv1.NewPostingServiceClient(ledger), secrets.Derive("donations/reference")),
		Log:    log, Now: time.Now, Development: cfg.Development,
	})
	stopDuties, err := runner.Run(ctx, db, log, time.Now, worker.Duties()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopDuties()) }()

	people, err := signin.New(ctx, cfg.OIDCIssuer, cfg.OIDCAudience, accessv1.NewAccessServiceClient(access), time.Now)
	if err != nil {
		return err
	}
	g := rpc.NewServer(rpc.Options{
		TLS: tls.Server(), Authenticator: server.NewAuthenticator(s, mode, people), Log: log, Now: time.Now,
	})
	server.New(server.Options{
		Store: s, Pages: worker, Events: webhook.New(s, keys, cfg.StripeWebhookSecrets, mode == partner.Live, time.Now),
		Statements: ledgerv1.NewLedgerServiceClient(ledger), Holdings: stripe, Mode: mode, Development: cfg.Development,
		Pager: page.New(secrets.Derive("donations/page")), Now: time.Now,
	}).Register(g)
	lis, err := rpc.Listen(cfg.Listen)
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "serving", "address", lis.Addr().String(), "development", cfg.Development)
	return rpc.Serve(ctx, g, lis)
}

func migrate(ctx context.Context, log *slog.Logger, cfg Config) error {
	if err := postgres.Upgrade(ctx, log, cfg.DatabaseURL, cfg.MigrateURL, store.Migrations()); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return seal.MigrateKeyStore(ctx, cfg.KeyStoreURL, cfg.KeyStoreMigrateURL)
}
