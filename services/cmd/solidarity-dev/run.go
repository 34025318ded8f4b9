package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/internal/command"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/logs"
)

// dataFlag is embedded by commands that use a development installation.
type dataFlag struct {
	Data string `help:"Folder of the development installation." default:".solidarity" type:"path" env:"SOLIDARITY_DEV_DATA"`
}

type runCommand struct {
	dataFlag
	Addr                string `help:"Address of the REST gateway." default:"127.0.0.1:8080"`
	DatabaseURL         string `name:"database-url" help:"Use this PostgreSQL (an administrator's URL) in place of the embedded one." secret:"true"`
	StripeKey           string `help:"Use the real Stripe with this secret test key." secret:"true"`
	StripeWebhookSecret string `help:"Secret of the webhook endpoint at the real Stripe." secret:"true"`
	OIDCIssuer          string `name:"oidc-issuer" help:"Use this OIDC issuer in place of the development one."`
	OIDCAudience        string `name:"oidc-audience" help:"Audience that the issuer's tokens carry." default:"solidarity"`
	Delays              string `help:"How long things wait: none, or as in production; the clock can be moved (solidarity-dev clock)." enum:"none,production" default:"none"`
	Verbose             bool   `help:"Show the services' logs here instead of in the log file."`
	config.Logging      `embed:""`
}

// Run starts the installation, prints where it is, and stops it on Ctrl-C.
func (c *runCommand) Run(ctx context.Context, t *command.Terminal) error {
	stack, logFile, err := c.start(ctx, t)
	if errors.Is(err, devstack.ErrStopped) {
		fmt.Fprintln(t.Err, "\nStopped while starting.")
		return nil
	}
	if err != nil {
		return err
	}
	defer logFile.Close()
	c.announce(t.Out, stack)
	<-ctx.Done()
	fmt.Fprintln(t.Err, "\nStopping …")
	stack.Stop()
	fmt.Fprintln(t.Err, "Stopped. `solidarity-dev run` with the same --data goes on from here.")
	return nil
}

// check finds what could not work later.
func (c *runCommand) check() error {
	switch {
	case c.StripeKey == "":
		return nil
	case !strings.HasPrefix(c.StripeKey, "sk_test_") && !strings.HasPrefix(c.StripeKey, "rk_test_"):
		return errors.New("--stripe-key: give a test key (sk_test_…); live keys are refused in development")
	case c.StripeWebhookSecret == "":
		return errors.New("--stripe-key needs --stripe-webhook-secret: the secret of the endpoint that Stripe calls (whsec_…)")
	}
	return nil
}

func (c *runCommand) start(ctx context.Context, t *command.Terminal) (*devstack.Stack, io.Closer, error) {
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	layout, err := devstack.NewLayout(c.Data)
	if err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(layout.Root(), 0o711); err != nil {
		return nil, nil, fmt.Errorf("make data folder: %w", err)
	}
	logFile, err := os.OpenFile(layout.Logs(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	var output io.Writer = logFile
	if c.Verbose {
		output = t.Err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("find this program: %w", err)
	}
	stack, err := devstack.Start(ctx, devstack.Options{
		Addr: c.Addr, Data: c.Data, Program: program,
		DatabaseURL: c.DatabaseURL, StripeKey: c.StripeKey, StripeWebhookSecret: c.StripeWebhookSecret,
		OIDCIssuer: c.OIDCIssuer, OIDCAudience: c.OIDCAudience, Delays: c.Delays, LogLevel: c.LogLevel,
		Output: output, Log: logs.New(output, c.LogLevel, c.LogFormat).With("service", "supervisor"), Now: time.Now,
	})
	if err != nil {
		logFile.Close()
		return nil, nil, err
	}
	return stack, logFile, nil
}

func (c *runCommand) delays() string {
	if c.Delays == "production" {
		return "the delays of production"
	}
	return "no delays"
}

// announce prints the one block that a newcomer needs.
func (c *runCommand) announce(w io.Writer, stack *devstack.Stack) {
	state, layout := stack.State(), stack.Layout()
	stripe := "the real one, with your test key"
	if state.Stripe != "" {
		stripe = "fake, at " + state.Stripe
	}
	database := layout.Postgres()
	if c.DatabaseURL != "" {
		database = "the PostgreSQL of --database-url"
	}
	token := "solidarity-dev token --role caseworker --person anna --data " + layout.Root()
	if !state.DevelopmentIssuer {
		token = "from " + state.Issuer + "; name its first officers with solidarity access init (docs/operations.md)"
	}
	fmt.Fprintf(w, `
Solidarity is running: development, %s, made-up data only. It is %s.

  REST    %s
  Docs    %s/docs
  Token   %s
  Stripe  %s
  Data    %s
  SQL     %s
  Log     %s

Ctrl-C stops it; the data stays.
`, c.delays(), stack.Now().UTC().Format(time.RFC3339), state.REST, state.REST, token, stripe, layout.Root(), database, layout.Logs())
}
