package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/solidarity-fund/solidarity/services/access"
	"github.com/solidarity-fund/solidarity/services/disbursements"
	"github.com/solidarity-fund/solidarity/services/donations"
	"github.com/solidarity-fund/solidarity/services/families"
	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

type doctorCommand struct {
	JSONFlag
	Settings string   `help:"Folder with a file SERVICE.env of each service, as systemd reads it; without it the environment." type:"existingdir" placeholder:"DIR"`
	Service  []string `arg:"" optional:"" help:"Services to examine; without any, those that have a file in --settings."`
}

// Validate refuses what is no service, and an environment that would be of all.
func (c *doctorCommand) Validate() error {
	for _, name := range c.Service {
		if !slices.Contains(certified, name) {
			return fmt.Errorf("there is no service %q", name)
		}
	}
	if c.Settings == "" && len(c.Service) != 1 {
		return fmt.Errorf("name one service, whose settings the environment has, or give --settings")
	}
	return nil
}

// examined is what the command prints.
type examined struct {
	Services []string         `json:"services"`
	Findings []doctor.Finding `json:"findings"`
}

// Run examines services and says all that is wrong with them at once.
func (c *doctorCommand) Run(ctx context.Context, p Program, t *Terminal) error {
	out := examined{Services: c.Service, Findings: []doctor.Finding{}}
	if len(out.Services) == 0 {
		for _, name := range certified {
			if _, err := os.Stat(c.file(name)); err == nil {
				out.Services = append(out.Services, name)
			}
		}
	}
	if len(out.Services) == 0 {
		return fmt.Errorf("there is no file of a service, such as ledger.env, in %s", c.Settings)
	}
	for _, name := range out.Services {
		if t.Interactive {
			fmt.Fprintf(t.Err, "looking at %s\n", name)
		}
		out.Findings = append(out.Findings, c.examine(ctx, p, t, name)...)
	}
	if err := c.Print(t, out, out.print); err != nil {
		return err
	}
	if slices.ContainsFunc(out.Findings, func(f doctor.Finding) bool { return !f.Soon }) {
		return errReported
	}
	return nil
}

func (c *doctorCommand) file(name string) string { return filepath.Join(c.Settings, name+".env") }

// examine examines a service with the settings that it would start with.
func (c *doctorCommand) examine(ctx context.Context, p Program, t *Terminal, name string) []doctor.Finding {
	unusable := func(err error) []doctor.Finding {
		return []doctor.Finding{{Service: name, Part: "settings", Problem: err.Error(), Remedy: "mend the settings; `solidarity " + name + " --help` explains each"}}
	}
	var options []kong.Option
	if c.Settings != "" {
		set, err := readEnvironment(c.file(name))
		if err != nil {
			return unusable(err)
		}
		options = append(options, kong.Resolvers(set))
	}
	var all struct {
		Access        examination[access.Config]        `cmd:""`
		Donations     examination[donations.Config]     `cmd:""`
		Families      examination[families.Config]      `cmd:""`
		Disbursements examination[disbursements.Config] `cmd:""`
		Ledger        examination[ledger.Config]        `cmd:""`
		Gateway       examination[gateway.Config]       `cmd:""`
	}
	p.Commands = &all
	parser, err := p.parser(t, options...)
	if err != nil {
		return unusable(err)
	}
	if _, err := parser.Parse([]string{name}); err != nil {
		return unusable(err)
	}
	host := service.Host{Log: nil, Clock: t.Clock}
	switch name {
	case "access":
		return access.Examine(ctx, host, all.Access.Config)
	case "donations":
		return donations.Examine(ctx, host, all.Donations.Config)
	case "families":
		return families.Examine(ctx, host, all.Families.Config)
	case "disbursements":
		return disbursements.Examine(ctx, host, all.Disbursements.Config)
	case "ledger":
		return ledger.Examine(ctx, host, all.Ledger.Config)
	}
	return gateway.Examine(ctx, host, all.Gateway.Config)
}

// examination are the settings of one service, as flags.
type examination[C any] struct {
	Config C `embed:""`
}

func (e examined) print(w io.Writer) {
	for _, f := range e.Findings {
		kind := "FAULT"
		if f.Soon {
			kind = "soon"
		}
		fmt.Fprintf(w, "%-5s  %s, %s: %s\n       %s\n", kind, f.Service, f.Part, printable(f.Problem), printable(f.Remedy))
	}
	if len(e.Findings) == 0 {
		fmt.Fprintf(w, "All is well with %s.\n", strings.Join(e.Services, ", "))
	}
}
