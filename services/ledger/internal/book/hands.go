package book

import (
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// filled returns a decision's content with what the ledger says of it.
func (b *Books) filled(d *Decision) leaf.Content {
	given, ok := d.Content.(*leaf.Lock)
	if !ok {
		return d.Content
	}
	row := rule.RowFor(rule.Printed(), given.Amount)
	lock := *given
	lock.Persons, lock.WaitDays = row.Persons, row.WaitDays
	return &lock
}

// asGiven returns a content of the books without what the ledger has said of it.
func asGiven(c leaf.Content) leaf.Content {
	booked, ok := c.(*leaf.Lock)
	if !ok {
		return c
	}
	lock := *booked
	lock.Persons, lock.WaitDays = blank.Persons, blank.WaitDays
	return &lock
}

// blank stands for what the ledger says, where contents are checked and compared.
var blank = leaf.Row{Persons: 2}
