package verify

import "github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"

// close checks a period close and holds later transactions to it.
func (b *books) close(at int64, c *leaf.PeriodClose) {
	if c.ProposedBy == c.ConfirmedBy {
		b.find(at, c.Reference, RuleClose, "proposed and confirmed by the same person, %s", c.ProposedBy)
	}
	if b.closed > 0 && c.First != b.closed+1 {
		b.find(at, c.Reference, RuleClose, "begins on %s, but the period before ended on %s", c.First, b.closed)
	}
	b.closed = max(b.closed, c.Last)
}
