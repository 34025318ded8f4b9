package verify

import (
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// close checks a period close and holds later transactions to it.
func (b *bookkeeper) close(at int64, c *leaf.PeriodClose) error {
	if c.ProposedBy == c.ConfirmedBy {
		b.find(at, c.Reference, RuleClose, "proposed and confirmed by the same person, %s", c.ProposedBy)
	}
	b.judging(at, c.Reference)
	about := reference.ClosedBy(c.Reference)
	proposed, closed := b.proposed[about], b.closers[about]
	switch {
	case proposed == nil || proposed.Person != c.ProposedBy:
		b.find(at, c.Reference, RuleClose, "has no PERIOD_PROPOSED for %s by %s, who proposed it, before this", about, c.ProposedBy)
	case !b.judge.stands(proposed, c.Day):
		b.find(at, c.Reference, RuleClose, "proposed by %s, who might do so no more on %s", c.ProposedBy, c.Day)
	case closed == nil || closed.Person != c.ConfirmedBy || closed.Sequence < proposed.Sequence || closed.Commitment != proposed.Commitment:
		b.find(at, c.Reference, RuleClose, "has no PERIOD_CLOSED of what was proposed for %s by %s, who confirmed it, before this", about, c.ConfirmedBy)
	}
	if b.closed == 0 && b.earliest != 0 && c.First != b.earliest {
		b.find(at, c.Reference, RuleClose, "begins on %s, but the first booking was on %s", c.First, b.earliest)
	}
	if b.closed > 0 && c.First != b.closed+1 {
		b.find(at, c.Reference, RuleClose, "begins on %s, but the period before ended on %s", c.First, b.closed)
	}
	if c.Last < b.closed {
		b.find(at, c.Reference, RuleClose, "ends on %s, but %s is closed already", c.Last, b.closed)
		return nil
	}
	b.shut(c.Last)
	figures, accounts, digest := leaf.Trial(b.totals())
	if slices.Equal(figures, c.Figures) && accounts == c.Accounts && digest == c.TrialBalance {
		return nil
	}
	b.find(at, c.Reference, RuleClose, "its figures are not the balances at the end of %s", c.Last)
	if b.wrongCloses++; b.wrongCloses > maxFindings {
		return errStop // each takes all accounts together
	}
	return nil
}

// later notes what is booked on a day that is not closed.
func (b *bookkeeper) later(day leaf.Day, s *state, e *leaf.Entry) {
	if day <= b.closed {
		return
	}
	if b.today == nil || b.day != day {
		if b.days[day] == nil {
			b.days[day] = map[*state]int64{}
		}
		b.day, b.today = day, b.days[day]
	}
	s.later, _ = add(s.later, e)
	b.today[s], _ = add(b.today[s], e)
}

// shut closes all days up to last.
func (b *bookkeeper) shut(last leaf.Day) {
	closing := func(day leaf.Day) {
		for s, sum := range b.days[day] {
			s.later -= sum
		}
		delete(b.days, day)
	}
	if int64(last)-int64(b.closed) < int64(len(b.days)) {
		for day := b.closed + 1; day <= last; day++ {
			closing(day)
		}
	} else {
		for day := range b.days {
			if day <= last {
				closing(day)
			}
		}
	}
	b.closed, b.today = last, nil
}

// totals returns all balances at the end of the last day that is closed.
func (b *bookkeeper) totals() []leaf.Total {
	totals := make([]leaf.Total, 0, len(b.accounts))
	for key, s := range b.accounts {
		totals = append(totals, leaf.Total{Account: key.path, Currency: key.currency, Balance: s.balance - s.later})
	}
	return totals
}
