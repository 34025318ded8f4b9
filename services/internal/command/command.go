// Package command is the command line of the programs: the commands that every
// installation has (Shared), and how a program runs one. cmd/solidarity is made
// of it alone; cmd/solidarity-dev adds what is for development.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// environment is what the names of settings begin with in the environment.
const environment = "SOLIDARITY"

// Shared are the subcommands of every program; kong makes flags of the fields.
type Shared struct {
	Import importCommand `cmd:"" group:"For staff:" help:"Import files."`
	Check  checkCommand  `cmd:"" group:"For staff:" help:"Check files offline before they are imported."`

	Export  exportCommand  `cmd:"" group:"For auditors:" help:"Download the ledger as a self-contained bundle."`
	Verify  verifyCommand  `cmd:"" group:"For auditors:" help:"Verify a bundle or a running server, or the proof of a gift, without trusting it."`
	Witness witnessCommand `cmd:"" group:"For auditors:" help:"Cosign the checkpoints of other people's ledgers (C2SP tlog-witness)."`

	Access        accessCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the access service: staff, roles, freezes."`
	Donations     donationsCommand     `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the donations service."`
	Families      familiesCommand      `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the families service."`
	Disbursements disbursementsCommand `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the disbursements service."`
	Ledger        ledgerCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the ledger service."`
	Gateway       gatewayCommand       `cmd:"" group:"To run it for real (docs/operations.md):" help:"Run the REST gateway."`
	CA            authorityCommand     `cmd:"" name:"ca" group:"To run it for real (docs/operations.md):" help:"Make and renew the certificates by which services know each other."`
	Config        configCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Print a service's settings, secrets left out."`
	Doctor        doctorCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Examine services and say all that is wrong at once."`
	Secret        secretCommand        `cmd:"" group:"To run it for real (docs/operations.md):" help:"Make the master keyset of a service."`
	Version       versionCommand       `cmd:"" group:"To run it for real (docs/operations.md):" help:"Print the version."`
}

// Program is a command line: its name, what it is for, and its commands, a
// pointer to a struct for kong.
type Program struct {
	Name, Description string
	Commands          any
}

// Main runs the command line of this process until it is done or interrupted. It
// returns the exit code.
func (p Program) Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return p.Run(ctx, os.Args[1:], standard())
}

// Run executes one command line and returns the exit code: 0 done, 1 failed, 2
// wrong usage.
func (p Program) Run(ctx context.Context, args []string, t *Terminal) int {
	exited := -1
	parser, err := p.parser(t, kong.Exit(func(code int) { exited = code }),
		kong.Bind(t), kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		p.fail(t, err)
		return 2
	}
	command, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		p.fail(t, fmt.Errorf("%w (see `%s --help`)", err, p.meant(err)))
		return 2
	}
	if err := command.Run(); err != nil {
		if !errors.Is(err, errReported) {
			p.fail(t, err)
		}
		return 1
	}
	return 0
}

func (p Program) parser(t *Terminal, options ...kong.Option) (*kong.Kong, error) {
	return kong.New(p.Commands, append(options,
		kong.Name(p.Name), kong.Description(p.Description), kong.DefaultEnvars(environment),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Writers(t.Out, t.Err), kong.Bind(p))...)
}

// meant is the command whose usage was wrong, as far as it was named.
func (p Program) meant(err error) string {
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context.Selected() != nil {
		return wrong.Context.Selected().FullPath()
	}
	return p.Name
}

// fail prints an error on one line. Parts of it may come from a server or a bundle
// that is not trusted: what is not printable could move the cursor and write over
// what was said before.
func (p Program) fail(t *Terminal, err error) {
	fmt.Fprintf(t.Err, "%s: %s\n", p.Name, printable(err.Error()))
}

// errReported ends a command whose output has told the failure already.
var errReported = errors.New("failed")
