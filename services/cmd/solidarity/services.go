package main

import (
	"context"
	"log/slog"
	"os"
	"runtime/debug"

	"github.com/solidarity-fund/solidarity/services/access"
	"github.com/solidarity-fund/solidarity/services/disbursements"
	"github.com/solidarity-fund/solidarity/services/donations"
	"github.com/solidarity-fund/solidarity/services/families"
	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/logs"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

type accessCommand struct {
	access.Config `embed:""`
}

func (c *accessCommand) Run(ctx context.Context, t *terminal) error {
	return access.Run(ctx, serviceLog(t, "access", c.Logging), c.Config)
}

type donationsCommand struct {
	donations.Config `embed:""`
}

func (c *donationsCommand) Run(ctx context.Context, t *terminal) error {
	return donations.Run(ctx, serviceLog(t, "donations", c.Logging), c.Config)
}

type familiesCommand struct {
	families.Config `embed:""`
}

func (c *familiesCommand) Run(ctx context.Context, t *terminal) error {
	return families.Run(ctx, serviceLog(t, "families", c.Logging), c.Config)
}

type disbursementsCommand struct {
	disbursements.Config `embed:""`
}

func (c *disbursementsCommand) Run(ctx context.Context, t *terminal) error {
	return disbursements.Run(ctx, serviceLog(t, "disbursements", c.Logging), c.Config)
}

type ledgerCommand struct {
	ledger.Config `embed:""`
}

// ledgerGarbage is the garbage that the ledger makes before it collects, in per
// cent of what it keeps. That is little, so postings with Go's default of 100
// spent a quarter of their time on collecting. GOGC says otherwise.
const ledgerGarbage = 400

func (c *ledgerCommand) Run(ctx context.Context, t *terminal) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(ledgerGarbage)
	}
	return ledger.Run(ctx, serviceLog(t, "ledger", c.Logging), c.Config)
}

type gatewayCommand struct {
	gateway.Config `embed:""`
}

func (c *gatewayCommand) Run(ctx context.Context, t *terminal) error {
	return gateway.Run(ctx, serviceLog(t, "gateway", c.Logging), c.Config)
}

// serviceLog is the log of one service on standard error.
func serviceLog(t *terminal, service string, c config.Logging) *slog.Logger {
	return logs.New(t.err, c.LogLevel, c.LogFormat).With("service", service)
}
