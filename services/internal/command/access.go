package command

import (
	"context"
	"fmt"
	"io"

	"github.com/solidarity-fund/solidarity/services/access"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

type accessCommand struct {
	Serve accessServeCommand `cmd:"" default:"withargs" help:"Run the service (default)."`
	Init  accessInitCommand  `cmd:"" help:"Name the first protection officers of an empty installation, once."`
}

type accessServeCommand struct {
	access.Config `embed:""`
}

func (c *accessServeCommand) Run(ctx context.Context, t *Terminal) error {
	return serve(ctx, t, "access", c.Logging, func(h service.Host) error { return access.Run(ctx, h, c.Config) })
}

type accessInitCommand struct {
	JSONFlag
	access.Config `embed:""`
	Officer       []string `help:"Subject of an officer's tokens at the OIDC issuer; give two or three." required:"" sep:"none" placeholder:"SUBJECT"`
}

// founded is what the command prints.
type founded struct {
	Officers []foundedOfficer `json:"officers"`
}

type foundedOfficer struct {
	Subject string `json:"subject"`
	Person  string `json:"person"`
}

// Run founds the installation and prints the officers' pseudonyms.
func (c *accessInitCommand) Run(ctx context.Context, t *Terminal) error {
	names, err := access.Init(ctx, service.Host{Log: ServiceLog(t, "access", c.Logging), Clock: t.Clock}, c.Config, c.Officer)
	if err != nil {
		return err
	}
	var out founded
	for i, name := range names {
		out.Officers = append(out.Officers, foundedOfficer{Subject: c.Officer[i], Person: name})
	}
	return c.Print(t, out, func(w io.Writer) {
		for _, o := range out.Officers {
			fmt.Fprintf(w, "%s is protection officer as %s.\n", o.Subject, o.Person)
		}
	})
}
