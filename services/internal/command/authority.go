package command

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

// certified are the services that have certificates.
var certified = []string{"access", "donations", "families", "disbursements", "ledger", "gateway"}

type authorityCommand struct {
	Init  authorityInitCommand  `cmd:"" help:"Make the authority, once."`
	Issue authorityIssueCommand `cmd:"" help:"Issue certificates for services, each for 90 days."`
	Renew authorityRenewCommand `cmd:"" help:"Issue anew the certificates that end within 30 days."`
}

type authorityInitCommand struct {
	Dir string `arg:"" help:"Folder of the authority, best on a machine of its own." type:"path"`
}

// Run makes an authority.
func (c *authorityInitCommand) Run(t *Terminal) error {
	a, err := mtls.CreateAuthority(c.Dir, t.Clock.Now)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	fmt.Fprintf(t.Out, "Made the authority in %s, until %s. Whoever reads its key.pem can be every service.\n", c.Dir, day(a.Until()))
	return nil
}

type authorityIssueCommand struct {
	JSONFlag
	Dir     string   `arg:"" help:"Folder of the authority." type:"existingdir"`
	Out     string   `arg:"" help:"Folder under which each service gets a folder with ca.pem, cert.pem and key.pem." type:"path"`
	Service []string `arg:"" optional:"" help:"Services; all where none is named."`
}

// certificate is what is printed of each certificate.
type certificate struct {
	Service string `json:"service"`
	Folder  string `json:"folder"`
	Until   string `json:"until"`
	Renewed bool   `json:"renewed"`
}

// Run issues certificates.
func (c *authorityIssueCommand) Run(t *Terminal) error {
	a, err := mtls.LoadAuthority(c.Dir, t.Clock.Now)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	names := c.Service
	if len(names) == 0 {
		names = certified
	}
	var made []certificate
	for _, name := range names {
		folder := filepath.Join(c.Out, name)
		if err := a.Issue(folder, name); err != nil {
			return err
		}
		issued, err := mtls.Inspect(folder)
		if err != nil {
			return err
		}
		made = append(made, certificate{Service: name, Folder: folder, Until: day(issued.Until), Renewed: true})
	}
	return c.Print(t, made, func(w io.Writer) { printCertificates(w, made) })
}

// Validate refuses names that no service has.
func (c *authorityIssueCommand) Validate() error {
	for _, name := range c.Service {
		if !slices.Contains(certified, name) {
			return fmt.Errorf("there is no service %q", name)
		}
	}
	return nil
}

type authorityRenewCommand struct {
	JSONFlag
	Dir    string   `arg:"" help:"Folder of the authority." type:"existingdir"`
	Folder []string `arg:"" help:"Folders of services, each with its certificate." type:"existingdir"`
	All    bool     `help:"Renew also what does not end within 30 days."`
}

// authorityRenewal is how long before its end the authority itself is renewed: its
// new certificate must reach every service, which read it when they start.
const authorityRenewal = 365 * 24 * time.Hour

// Run renews what ends soon. Whatever cannot be renewed is said after the rest is.
func (c *authorityRenewCommand) Run(t *Terminal) error {
	a, err := mtls.LoadAuthority(c.Dir, t.Clock.Now)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Dir, err)
	}
	if a.Until().Sub(t.Clock.Now()) < authorityRenewal {
		if a, err = a.Renewed(c.Dir); err != nil {
			return err
		}
	}
	var done []certificate
	var failed []error
	for _, folder := range c.Folder {
		renewed, err := c.renew(a, folder, t.Clock.Now())
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", folder, err))
			continue
		}
		done = append(done, renewed)
	}
	return errors.Join(c.Print(t, done, func(w io.Writer) { printCertificates(w, done) }), errors.Join(failed...))
}

func (c *authorityRenewCommand) renew(a *mtls.Authority, folder string, now time.Time) (certificate, error) {
	before, err := mtls.Inspect(folder)
	if err != nil {
		return certificate{}, err
	}
	out := certificate{Service: before.Service, Folder: folder, Until: day(before.Until)}
	if !c.All && before.Until.Sub(now) >= mtls.RenewBefore && before.AuthorityUntil.Equal(a.Until()) {
		return out, nil
	}
	if err := a.Issue(folder, before.Service); err != nil {
		return certificate{}, err
	}
	after, err := mtls.Inspect(folder)
	if err != nil {
		return certificate{}, err
	}
	out.Until, out.Renewed = day(after.Until), true
	return out, nil
}

func printCertificates(w io.Writer, all []certificate) {
	for _, c := range all {
		what := "is good"
		if c.Renewed {
			what = "was made"
		}
		fmt.Fprintf(w, "%-14s %s until %s: %s\n", c.Service, what, c.Until, c.Folder)
	}
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
