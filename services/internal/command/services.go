package command

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

func (c *accessCommand) Run(ctx context.Context, t *Terminal) error {
	return access.Run(ctx, ServiceLog(t, "access", c.Logging), c.Config)
}

type donationsCommand struct {
	donations.Config `embed:""`
}

func (c *donationsCommand) Run(ctx context.Context, t *Terminal) error {
	return donations.Run(ctx, ServiceLog(t, "donations", c.Logging), c.Config)
}

type familiesCommand struct {
	families.Config `embed:""`
}

func (c *familiesCommand) Run(ctx context.Context, t *Terminal) error {
	return families.Run(ctx, ServiceLog(t, "families", c.Logging), c.Config)
}

type disbursementsCommand struct {
	disbursements.Config `embed:""`
}

func (c *disbursementsCommand) Run(ctx context.Context, t *Terminal) error {
	return disbursements.Run(ctx, ServiceLog(t, "disbursements", c.Logging), c.Config)
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
	return ledger.Run(ctx, ServiceLog(t, "ledger", c.Logging), c.Config)
}

type gatewayCommand struct {
	gateway.Config `embed:""`
}

func (c *gatewayCommand) Run(ctx context.Context, t *Terminal) error {
	return gateway.Run(ctx, ServiceLog(t, "gateway", c.Logging), c.Config)
}

// serviceLog is the log of one service on standard error.
func ServiceLog(t *Terminal, service string, c config.Logging) *slog.Logger {
	return logs.New(t.Err, c.LogLevel, c.LogFormat).With("service", service)
}
