package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger"
)

// serverFlags are embedded by commands that call a running installation.
type serverFlags struct {
	URL   string `name:"url" help:"Address of the installation." default:"http://127.0.0.1:8080"`
	Token string `help:"Token of a person with the role that this needs (in development: solidarity-dev token)." env:"SOLIDARITY_TOKEN" secret:"true"`
}

// log is the address of the transparency log.
func (f serverFlags) log() string { return strings.TrimSuffix(f.URL, "/") + "/log" }

type exportCommand struct {
	serverFlags
	JSONFlag
	Dir string `arg:"" help:"Folder to write; an export that was broken off is completed." type:"path"`
}

// Run downloads the ledger, every file checked against the checkpoint's root.
func (c *exportCommand) Run(ctx context.Context, t *Terminal) error {
	bar := newProgress(t, "Exporting", c.JSON)
	result, err := ledger.Export(ctx, ledger.ExportOptions{
		URL: c.log(), Token: c.Token, Client: patientClient(silence), Dir: c.Dir, Progress: bar.set,
	})
	bar.finish()
	if err != nil {
		return err
	}
	return c.Print(t, result, func(w io.Writer) {
		fmt.Fprintf(w, "Exported %d leaves of %s in %d files (%d bytes) to %s\n",
			result.Size, result.Origin, result.Files, result.Bytes, c.Dir)
	})
}
