package command

import (
	"errors"
	"fmt"
	"os"

	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

type secretCommand struct {
	File string `arg:"" help:"File to make, mode 0600; it must not be there yet."`
}

// Run makes the master keyset of a service.
func (c *secretCommand) Run(t *Terminal) error {
	err := seal.CreateMaster(c.File)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s is there already: another key would open nothing that was sealed under it", c.File)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(t.Out, "Made %s. Keep a copy apart from every database: without it nothing opens.\n", c.File)
	return nil
}
