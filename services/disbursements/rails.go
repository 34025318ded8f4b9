package disbursements

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Rails are the settings of all rails. This file is the one place that knows them: a new
// rail is a line in each of its functions.
type Rails struct {
	SEPA sepa.Config `embed:""`
}

// check says what of the settings is wrong.
func (c Rails) check(development bool) error {
	_, err := c.SEPA.Account(development)
	return err
}

// needs are what rails are made of.
type needs struct {
	// Lines keeps the instructions of payment files.
	Lines rail.Lines
	Keys  *seal.Keyring
	Now   func() time.Time
	// Development lets a sender be made up.
	Development bool
}

// open returns the configured rails.
func (c Rails) open(n needs) (rail.Set, error) {
	sender, err := c.SEPA.Account(n.Development)
	if err != nil {
		return nil, err
	}
	return rail.Set{
		sepa.New(n.Lines, n.Keys, []rail.Sender{sender}, c.SEPA.Remittance, n.Now),
	}, nil
}
