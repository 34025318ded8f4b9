package disbursements

import (
	"errors"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/manual"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/provider"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Rails are the settings of all rails. This file is the one place that knows them: a new
// rail is a line in each of its functions.
type Rails struct {
	SEPA   sepa.Config     `embed:""`
	Manual manual.Config   `embed:"" prefix:"manual-"`
	CSV    provider.Config `embed:"" prefix:"csv-"`
}

// check says what of the settings is wrong.
func (c Rails) check(development bool) error {
	_, bank := c.SEPA.List(development)
	_, hands := c.Manual.List(development)
	_, tables := c.CSV.List()
	return errors.Join(bank, hands, tables)
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
	senders, err := c.SEPA.List(n.Development)
	if err != nil {
		return nil, err
	}
	set := rail.Set{sepa.New(n.Lines, n.Keys, senders, c.SEPA.Remittance, n.Now)}
	hands, err := c.Manual.List(n.Development)
	if err == nil && len(hands) > 0 {
		set = append(set, manual.New(n.Lines, n.Keys, hands))
	}
	if err != nil {
		return nil, err
	}
	tables, err := c.CSV.List()
	if err == nil && len(tables) > 0 {
		set = append(set, provider.New(n.Lines, n.Keys, tables))
	}
	return set, err
}
