// Package families wires the families service: the register of prisoners and
// families, sealed, with the checks before money travels. It decides nothing
// itself.
package families

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/duty"
	"github.com/solidarity-fund/solidarity/services/families/internal/server"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
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
	// DestinationCoolingOff is how long a changed payout destination waits; none
	// in development.
	DestinationCoolingOff time.Duration `help:"How long a changed payout destination waits before it is paid to (none in development)." default:"48h"`
}

// coolingOff is how long a changed payout destination waits.
func (c Config) coolingOff() time.Duration {
	if c.Development {
		return 0
	}
	return c.DestinationCoolingOff
}

// Run serves until ctx ends.
func Run(ctx context.Context, log *slog.Logger, cfg Config) (err error) {
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
	people := accessv1.NewAccessServiceClient(access)
	staff, err := signin.New(ctx, cfg.OIDCIssuer, cfg.OIDCAudience, people, time.Now)
	if err != nil {
		return err
	}

	posting := ledgerv1.NewPostingServiceClient(ledger)
	keys := seal.New(secrets, keyStore)
	prisoners := register.New(db, keys, time.Now)
	households := household.New(household.Options{DB: db, Keys: keys, Now: time.Now, CoolingOff: cfg.coolingOff()})
	stopDuties, err := runner.Run(ctx, db, log, time.Now, append(duty.Of(prisoners), decision.Duty(db, posting))...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopDuties()) }()

	g := rpc.NewServer(rpc.Options{TLS: tls.Server(), Authenticator: staff, Log: log, Now: time.Now})
	server.New(server.Options{
		Prisoners: prisoners, Households: households, Lot: people, Decisions: posting,
		Pager: page.New(secrets.Derive("families/page")), Now: time.Now,
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
