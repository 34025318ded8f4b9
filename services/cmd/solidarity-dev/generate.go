package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/internal/command"
)

type generateCommand struct {
	Prisoners generatePrisonersCommand `cmd:"" help:"Write a made-up list of prisoners, with the traps that real lists have."`
}

type generatePrisonersCommand struct {
	File   string `arg:"" help:"File to write; what was there is replaced."`
	Rows   int    `help:"Number of rows." default:"8700"`
	Seed   uint64 `help:"The same seed makes the same list." default:"1"`
	Format string `help:"Header of the list: registry, names, names-be or names-ru." enum:"registry,names,names-be,names-ru" default:"registry"`
}

// Run writes the list.
func (c *generatePrisonersCommand) Run(t *command.Terminal) error {
	f, err := os.Create(c.File)
	if err != nil {
		return fmt.Errorf("create list: %w", err)
	}
	w := bufio.NewWriter(f)
	if err := listfake.Generate(w, c.Seed, c.Rows, listfake.Format(c.Format)); err != nil {
		f.Close()
		return err
	}
	if err := w.Flush(); err != nil {
		f.Close()
		return fmt.Errorf("write list: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("write list: %w", err)
	}
	fmt.Fprintf(t.Out, "Wrote %d made-up rows to %s\n", c.Rows, c.File)
	return nil
}
