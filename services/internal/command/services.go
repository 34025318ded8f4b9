package command

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/solidarity-fund/solidarity/services/disbursements"
	"github.com/solidarity-fund/solidarity/services/donations"
	"github.com/solidarity-fund/solidarity/services/families"
	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/logs"
	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

type donationsCommand struct {
	donations.Config `embed:""`
}

func (c *donationsCommand) Run(ctx context.Context, t *Terminal) error {
	return serve(ctx, t, "donations", c.Logging, func(h service.Host) error { return donations.Run(ctx, h, c.Config) })
}

type familiesCommand struct {
	families.Config `embed:""`
}

func (c *familiesCommand) Run(ctx context.Context, t *Terminal) error {
	return serve(ctx, t, "families", c.Logging, func(h service.Host) error { return families.Run(ctx, h, c.Config) })
}

type disbursementsCommand struct {
	disbursements.Config `embed:""`
}

func (c *disbursementsCommand) Run(ctx context.Context, t *Terminal) error {
	return serve(ctx, t, "disbursements", c.Logging, func(h service.Host) error { return disbursements.Run(ctx, h, c.Config) })
}

type ledgerCommand struct {
	ledger.Config `embed:""`
}

// ledgerGarbage is the garbage that the ledger makes before it collects, in per
// cent of what it keeps. That is little, so postings with Go's default of 100
// spent a quarter of their time on collecting. GOGC says otherwise.
const ledgerGarbage = 400

func (c *ledgerCommand) Run(ctx context.Context, t *Terminal) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(ledgerGarbage)
	}
	return serve(ctx, t, "ledger", c.Logging, func(h service.Host) error { return ledger.Run(ctx, h, c.Config) })
}

type gatewayCommand struct {
	gateway.Config `embed:""`
}

func (c *gatewayCommand) Run(ctx context.Context, t *Terminal) error {
	return serve(ctx, t, "gateway", c.Logging, func(h service.Host) error { return gateway.Run(ctx, h, c.Config) })
}

// serve runs a service. One that is told to stop while it starts has done so, and
// nothing else; so has one that was to migrate only.
func serve(ctx context.Context, t *Terminal, name string, c config.Logging, run func(service.Host) error) error {
	log := ServiceLog(t, name, c)
	err := run(service.Host{Log: log, Clock: t.Clock})
	if errors.Is(err, service.ErrMigrated) {
		log.InfoContext(ctx, err.Error())
		return nil
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		log.InfoContext(ctx, "stopped while starting")
		return nil
	}
	return err
}

// ServiceLog is the log of one service on standard error.
func ServiceLog(t *Terminal, service string, c config.Logging) *slog.Logger {
	return logs.New(t.Err, c.LogLevel, c.LogFormat).With("service", service)
}
