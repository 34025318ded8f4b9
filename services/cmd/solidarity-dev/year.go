package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devclock"
	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/dev/year"
	"github.com/solidarity-fund/solidarity/services/internal/command"
	"github.com/solidarity-fund/solidarity/services/internal/config"
)

type yearCommand struct {
	command.JSONFlag
	Months      int    `help:"How many months are lived through." default:"12"`
	NewFamilies int    `help:"How many families come in each." default:"5"`
	Log         string `help:"File to keep the services' log in." type:"path"`
}

// Run lives through the months on a fresh private installation with the delays of
// production.
func (c *yearCommand) Run(ctx context.Context, t *command.Terminal) error {
	data, err := throwawayFolder()
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	began := time.Now()
	dev := runCommand{dataFlag: dataFlag{Data: data}, Addr: "127.0.0.1:0", Delays: "production", Logging: config.Logging{LogLevel: "info", LogFormat: "json"}}
	stack, logFile, err := dev.start(ctx, t)
	if err != nil {
		return err
	}
	defer logFile.Close()
	defer stack.Stop()
	summary, err := c.live(ctx, t, stack)
	if err != nil {
		if c.Log != "" {
			if b, readErr := os.ReadFile(stack.Layout().Logs()); readErr == nil {
				_ = os.WriteFile(c.Log, b, 0o600) // the failure itself is what is told
			}
		}
		return err
	}
	return c.Print(t, summary, func(w io.Writer) {
		fmt.Fprintf(w, "\n%d months in %.0f s: %d families, %d payments, %d months closed; nothing waited longer than %s.\n",
			summary.Months, time.Since(began).Seconds(), summary.Families, summary.Payments, summary.Closed, summary.LongestWait.Round(time.Hour))
	})
}

func (c *yearCommand) live(ctx context.Context, t *command.Terminal, stack *devstack.Stack) (year.Summary, error) {
	clock, err := devclock.Open(stack.Layout().Clock())
	if err != nil {
		return year.Summary{}, err
	}
	defer clock.Close()
	var list bytes.Buffer
	if err := listfake.Generate(&list, 1, 10*c.Months*c.NewFamilies, listfake.Registry); err != nil {
		return year.Summary{}, err
	}
	out := t.Out
	if c.JSON {
		out = t.Err
	}
	state := stack.State()
	return year.Play(ctx, year.Options{
		REST: state.REST, Stripe: state.Stripe, Officers: devstack.Officers(), List: &list, Now: clock.Now,
		Months: c.Months, NewFamilies: c.NewFamilies,
		SignIn: func(ctx context.Context, person string) (string, error) { return fetchToken(ctx, state.Issuer, person) },
		Move: func(ctx context.Context, to time.Time) error {
			_, err := clock.Move(ctx, to, state.Attending(), func(devclock.Stop) {})
			return err
		},
		Tell: func(line string) { fmt.Fprintln(out, line) },
	})
}
