package command

import (
	"fmt"
	"io"
	"net/url"
	"reflect"
	"sort"
	"strings"

	"github.com/alecthomas/kong"
)

type configCommand struct {
	JSONFlag
	Service string   `arg:"" help:"Service whose settings to print: access, donations, families, disbursements, ledger, gateway."`
	Flags   []string `arg:"" optional:"" passthrough:"" help:"Flags as the service would get them, after --."`
}

// Run prints the settings that the service would start with, from its flags, the
// environment and the defaults; secrets are replaced.
func (c *configCommand) Run(p Program, t *Terminal) error {
	p.Commands = &Shared{}
	parser, err := p.parser(t)
	if err != nil {
		return err
	}
	flags := c.Flags
	if len(flags) > 0 && flags[0] == "--" {
		flags = flags[1:]
	}
	command, err := parser.Parse(append([]string{c.Service}, flags...))
	if err != nil {
		return fmt.Errorf("settings of %s: %w (see `%s --help`)", c.Service, err, p.meant(err))
	}
	settings := map[string]string{}
	for _, f := range command.Selected().Flags {
		settings[f.Name] = shown(f)
	}
	return c.Print(t, settings, func(w io.Writer) {
		names := make([]string, 0, len(settings))
		for name := range settings {
			names = append(names, name)
		}
		sort.Strings(names)
		for _, name := range names {
			fmt.Fprintf(w, "%-24s %s\n", name, settings[name])
		}
	})
}

// shown is a flag's value with what is secret left out: the whole of a secret,
// of an address its password and, where another may stand, its parameters.
func shown(f *kong.Flag) string {
	value := fmt.Sprint(reflect.Indirect(f.Target).Interface())
	if u, err := url.Parse(value); err == nil && u.User != nil {
		u.RawQuery, u.Fragment = "", ""
		return u.Redacted()
	}
	if f.Tag.Get("secret") != "" && value != "" && value != "[]" {
		return "[set]"
	}
	return strings.TrimSpace(value)
}
