// Command solidarity is the whole system in one program: a subcommand for each
// service, and some for people. `solidarity dev` runs all of it on one machine.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"
	"unicode/utf8"

	"github.com/alecthomas/kong"
	"golang.org/x/term"
)

// commands are the subcommands; kong makes flags of the fields.
type commands struct {
	Dev      devCommand      `cmd:"" group:"To try it:" help:"Run everything on this machine, for trying and developing."`
	Demo     demoCommand     `cmd:"" group:"To try it:" help:"Play one gift all the way on a private installation that is thrown away."`
	Token    tokenCommand    `cmd:"" group:"To try it:" help:"Sign in to a development installation as a made-up person with roles."`
	Generate generateCommand `cmd:"" group:"To try it:" help:"Make test input."`
	Import   importCommand   `cmd:"" group:"To try it:" help:"Import files."`

	Export  exportCommand  `cmd:"" group:"For auditors:" help:"Download the ledger as a self-contained bundle."`
	Verify  verifyCommand  `cmd:"" group:"For auditors:" help:"Verify a bundle or a running server, without trusting it."`
	Witness witnessCommand `cmd:"" group:"For auditors:" help:"Cosign the checkpoints of other people's ledgers (C2SP tlog-witness)."`

	Access        accessCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the access service: staff, roles, freezes."`
	Donations     donationsCommand     `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the donations service."`
	Families      familiesCommand      `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the families service."`
	Disbursements disbursementsCommand `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the disbursements service."`
	Ledger        ledgerCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the ledger service."`
	Gateway       gatewayCommand       `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the REST gateway."`
	Config        configCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Print a service's settings, secrets left out."`
	Secret        secretCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Make the master keyset of a service."`
	Version       versionCommand       `cmd:"" group:"To run it for real (docs/operations.md):" help:"Print the version."`

	OIDC   oidcCommand   `cmd:"" name:"oidc" hidden:"" help:"Run the development OIDC issuer."`
	Stripe stripeCommand `cmd:"" hidden:"" help:"Run the fake Stripe."`
}

// terminal is where a command reads and writes.
type terminal struct {
	out, err io.Writer
	// interactive says that err is a terminal on which progress can be shown.
	interactive bool
}

// fail prints an error on one line. Parts of it may come from a server or a bundle
// that is not trusted: what is not printable could move the cursor and write over
// what was said before.
func (t *terminal) fail(err error) {
	fmt.Fprintln(t.err, "solidarity:", printable(err.Error()))
}

// printable returns a text as one line, with a question mark for what cannot be
// printed.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, text)
}

func main() {
	os.Exit(run(os.Args[1:], &terminal{
		out: os.Stdout, err: os.Stderr, interactive: term.IsTerminal(int(os.Stderr.Fd())),
	}))
}

// run executes one command line and returns the exit code: 0 done, 1 failed, 2
// wrong usage.
func run(args []string, t *terminal) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("solidarity"),
		kong.Description("The open backend of a solidarity fund: gifts in, verified families paid, every cent provable."),
		kong.DefaultEnvars("SOLIDARITY"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Writers(t.out, t.err),
		kong.Exit(func(code int) { exited = code }),
		kong.Bind(t),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		t.fail(err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		t.fail(fmt.Errorf("%w (see `%s --help`)", err, meant(err)))
		return 2
	}
	if err := command.Run(); err != nil {
		if !errors.Is(err, errReported) {
			t.fail(err)
		}
		return 1
	}
	return 0
}

// meant is the command whose usage was wrong, as far as it was named.
func meant(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		return wrong.Context.Selected().FullPath()
	}
	return "solidarity"
}

// errReported ends a command whose output has told the failure already.
var errReported = errors.New("failed")

// jsonFlag is embedded by commands whose result machines can read.
type jsonFlag struct {
	JSON bool `name:"json" help:"Print the result as JSON."`
}

// print writes a result as JSON or through text.
func (f jsonFlag) print(t *terminal, result any, text func(io.Writer)) error {
	if !f.JSON {
		text(t.out)
		return nil
	}
	e := json.NewEncoder(t.out)
	e.SetIndent("", "  ")
	return e.Encode(result)
}
