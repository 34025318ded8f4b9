// Command solidarity-dev is the program for trying and developing: all that
// solidarity can, and an installation on one machine with a fake Stripe and an
// issuer that mints tokens for made-up people. Nothing of it is in solidarity.
package main

import (
	"os"

	"github.com/solidarity-fund/solidarity/services/internal/command"
)

// commands are the subcommands; kong makes flags of the fields.
type commands struct {
	Run      runCommand      `cmd:"" group:"To try it:" help:"Run everything on this machine, for trying and developing."`
	Demo     demoCommand     `cmd:"" group:"To try it:" help:"Play one gift all the way on a private installation that is thrown away."`
	Token    tokenCommand    `cmd:"" group:"To try it:" help:"Sign in to a development installation as a made-up person with roles."`
	Generate generateCommand `cmd:"" group:"To try it:" help:"Make test input."`

	command.Shared `embed:""`

	OIDC   oidcCommand   `cmd:"" name:"oidc" hidden:"" help:"Run the development OIDC issuer."`
	Stripe stripeCommand `cmd:"" hidden:"" help:"Run the fake Stripe."`
}

func main() {
	os.Exit(command.Program{
		Name:        "solidarity-dev",
		Description: "A solidarity fund on this machine, for trying and developing: made-up data only.",
		Commands:    &commands{},
	}.Main())
}
