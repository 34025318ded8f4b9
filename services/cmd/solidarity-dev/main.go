// Command solidarity-dev is the program for trying and developing: all that
// solidarity can, and an installation on one machine with a fake Stripe and an
// issuer that mints tokens for made-up people. Nothing of it is in solidarity.
package main

import (
	"os"

	"github.com/solidarity-fund/solidarity/services/dev/devclock"
	"github.com/solidarity-fund/solidarity/services/internal/command"
)

// commands are the subcommands; kong makes flags of the fields.
type commands struct {
	Run      runCommand      `cmd:"" group:"To try it:" help:"Run everything on this machine, for trying and developing."`
	Demo     demoCommand     `cmd:"" group:"To try it:" help:"Play one gift all the way on a private installation that is thrown away."`
	Year     yearCommand     `cmd:"" group:"To try it:" help:"Live a fund of five through months of the clock on a private installation that is thrown away."`
	Clock    clockCommand    `cmd:"" group:"To try it:" help:"Move the clock of the development installation ahead, stopping at each moment at which something is due."`
	Sandbox  sandboxCommand  `cmd:"" group:"To try it:" help:"An installation for partners, with what can go wrong at will."`
	Token    tokenCommand    `cmd:"" group:"To try it:" help:"Sign in to a development installation as a made-up person with roles."`
	Generate generateCommand `cmd:"" group:"To try it:" help:"Make test input."`

	command.Shared `embed:""`

	ClockFolder string `name:"clock" hidden:"" type:"path" help:"Folder of the clock that the processes of an installation read."`

	OIDC   oidcCommand   `cmd:"" name:"oidc" hidden:"" help:"Run the development OIDC issuer."`
	Stripe stripeCommand `cmd:"" hidden:"" help:"Run the fake Stripe."`
}

// AfterApply hands the installation's clock to what runs in it.
func (c *commands) AfterApply(t *command.Terminal) error {
	if c.ClockFolder == "" {
		return nil
	}
	folder, err := devclock.Open(c.ClockFolder)
	if err != nil {
		return err
	}
	t.Clock = folder.Clock()
	return nil
}

func main() {
	os.Exit(command.Program{
		Name:        "solidarity-dev",
		Description: "A solidarity fund on this machine, for trying and developing: made-up data only.",
		Commands:    &commands{},
	}.Main())
}
