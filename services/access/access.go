// Package access wires the access service: who works for the fund, what they
// were granted, who is frozen. It decides nothing itself.
package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/server"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
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
	config.Ledger   `embed:""`
	config.Database `embed:""`
	config.Secrets  `embed:""`
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
	if err := postgres.Upgrade(ctx, log, cfg.DatabaseURL, cfg.MigrateURL, store.Migrations()); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	db, err := postgres.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	tls, err := mtls.Load(cfg.TLSDir)
	if err != nil {
		return err
	}
	ledger, err := rpc.Dial(cfg.LedgerAddr, tls.Client("ledger"))
	if err != nil {
		return err
	}
	defer ledger.Close()

	stopDuties, err := duty.Run(ctx, db, log, time.Now, decision.Duty(db, ledgerv1.NewPostingServiceClient(ledger)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopDuties()) }()

	s := server.New(server.Options{
		Store:      store.New(db, duty.NewQueue()),
		Identities: staff.NewIdentities(secrets.Derive("access/identity")),
		Pager:      page.New(secrets.Derive("access/page")),
		Now:        time.Now, Development: cfg.Development,
	})
	people, err := signin.New(ctx, cfg.OIDCIssuer, cfg.OIDCAudience, itself{s}, time.Now)
	if err != nil {
		return err
	}
	g := rpc.NewServer(rpc.Options{TLS: tls.Server(), Authenticator: people, Log: log, Now: time.Now})
	accessv1.RegisterAccessServiceServer(g, s)
	accessv1.RegisterStaffServiceServer(g, s)
	lis, err := rpc.Listen(cfg.Listen)
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "serving", "address", lis.Addr().String(), "development", cfg.Development)
	return rpc.Serve(ctx, g, lis)
}

// itself lets the service resolve its own callers without a connection.
type itself struct{ server *server.Server }

// ResolveCaller asks the server of this process.
func (i itself) ResolveCaller(ctx context.Context, req *accessv1.ResolveCallerRequest, _ ...grpc.CallOption) (*accessv1.ResolveCallerResponse, error) {
	return i.server.ResolveCaller(ctx, req)
}
