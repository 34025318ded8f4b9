package main

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/command"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

type oidcCommand struct {
	Listen string `help:"Address to listen on." default:"127.0.0.1:0"`
	Issuer string `help:"The issuer's own address." required:""`
	Dir    string `help:"Folder with the issuer's keys." required:""`
}

// Run serves the development issuer.
func (c *oidcCommand) Run(ctx context.Context, t *command.Terminal) error {
	lis, err := rpc.Listen(c.Listen)
	if err != nil {
		return err
	}
	return oidcdev.Run(ctx, lis, oidcdev.Options{Issuer: c.Issuer, Dir: c.Dir, Now: t.Clock.Now})
}

type stripeCommand struct {
	config.Logging `embed:""`
	Listen         string `help:"Address to listen on." default:"127.0.0.1:0"`
	BaseURL        string `name:"base-url" help:"The fake's own address." required:""`
	WebhookURL     string `name:"webhook-url" help:"Address that events are sent to." required:""`
	WebhookSecret  string `help:"Secret that events are signed with." required:"" secret:"true"`
	Dir            string `help:"Folder with the fake's data." required:""`
}

// Run serves the fake Stripe.
func (c *stripeCommand) Run(ctx context.Context, t *command.Terminal) error {
	lis, err := rpc.Listen(c.Listen)
	if err != nil {
		return err
	}
	return stripefake.Run(ctx, lis, stripefake.Options{
		Dir: c.Dir, PublicURL: c.BaseURL, Log: command.ServiceLog(t, "stripe", c.Logging), Now: t.Clock.Now, Clock: t.Clock,
		Webhooks: stripefake.Webhooks{URL: c.WebhookURL, Secrets: []string{c.WebhookSecret}},
	})
}
