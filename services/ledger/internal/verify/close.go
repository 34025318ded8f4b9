package verify

import (
	"context"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// close checks a period close and holds later transactions to it.
func (b *books) close(ctx context.Context, at int64, c *leaf.PeriodClose) error {
	if c.ProposedBy == c.ConfirmedBy {
		b.find(at, c.Reference, RuleClose, "proposed and confirmed by the same person, %s", c.ProposedBy)
	}
	if about, _ := strings.CutSuffix(c.Reference, "/close"); b.closers[about] != c.ConfirmedBy {
		b.find(at, c.Reference, RuleClose, "has no PERIOD_CLOSED for %s by %s, who confirmed it, before this", about, c.ConfirmedBy)
	}
	if b.closed > 0 && c.First != b.closed+1 {
		b.find(at, c.Reference, RuleClose, "begins on %s, but the period before ended on %s", c.First, b.closed)
	}
	b.closed = max(b.closed, c.Last)
	totals, err := b.totals(ctx, at, c.Last)
	if err != nil {
		return err
	}
	figures, accounts, digest := leaf.Trial(totals)
	if !slices.Equal(figures, c.Figures) || accounts != c.Accounts || digest != c.TrialBalance {
		b.find(at, c.Reference, RuleClose, "its figures are not the balances at the end of %s", c.Last)
	}
	return nil
}

// totals returns all balances at the end of a day, of what stands before at. It
// takes what was booked on later days off the present balances; those leaves are
// read again, from the first that has such a day.
func (b *books) totals(ctx context.Context, at int64, last leaf.Day) ([]leaf.Total, error) {
	from := at
	for day, first := range b.days {
		if day > last {
			from = min(from, first)
		}
	}
	later := map[accountKey]int64{}
	for sequence := from; sequence < at; sequence++ {
		l, err := b.reader.at(ctx, sequence)
		if err != nil {
			return nil, err
		}
		if l.Transaction == nil || l.Transaction.BookingDate <= last {
			continue
		}
		for i := range l.Transaction.Entries {
			e := &l.Transaction.Entries[i]
			key := accountKey{e.Account, e.Currency}
			later[key], _ = add(later[key], e)
		}
	}
	totals := make([]leaf.Total, 0, len(b.accounts))
	for key, s := range b.accounts {
		totals = append(totals, leaf.Total{Account: key.path, Currency: key.currency, Balance: s.balance - later[key]})
	}
	return totals, nil
}
