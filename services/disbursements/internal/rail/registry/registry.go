// Package registry is the one place that knows all rails of an installation: their
// settings, and how each is made. A new rail is a line in each of its functions.
package registry

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/file"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Config are the settings of all rails.
type Config struct {
	SEPA sepa.Config `embed:""`
}

// Check says what of the settings is wrong.
func (c Config) Check(development bool) error {
	_, err := c.SEPA.Account(development)
	return err
}

// Needs are what rails are made of.
type Needs struct {
	// Lines keeps the instructions of payment files.
	Lines file.Lines
	Keys  *seal.Keyring
	Now   func() time.Time
	// Development lets a sender be made up.
	Development bool
}

// Open returns the configured rails.
func (c Config) Open(n Needs) (rail.Set, error) {
	sender, err := c.SEPA.Account(n.Development)
	if err != nil {
		return nil, err
	}
	return rail.Set{
		sepa.New(n.Lines, n.Keys, []rail.Sender{sender}, c.SEPA.Remittance, n.Now),
	}, nil
}
