package store

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// closeRow is what the table of periods says of a leaf that closes one.
type closeRow struct {
	period, proposer string
	decider          *string
	state            int16
	first, last, day pgtype.Date
	accounts         int64
	trial            []byte
}

// closeQuery selects the rows of closes of count leaves from a sequence on.
const closeQuery = `
	SELECT sequence, period, proposer, decider, state, first_day, last_day, decided_on, accounts, trial_balance FROM periods
	WHERE ledger_id = $1 AND sequence >= $2 AND sequence < $2 + $3`

func (c *closeRow) into(sequence *int64) []any {
	return []any{sequence, &c.period, &c.proposer, &c.decider, &c.state, &c.first, &c.last, &c.day, &c.accounts, &c.trial}
}

// says reports whether the row says of a close what its leaf does.
func (c closeRow) says(x *leaf.PeriodClose) bool {
	is := func(d pgtype.Date, want leaf.Day) bool {
		day, err := dayOf(d)
		return err == nil && day == want
	}
	return x.Reference == periodPrefix+c.period+"/close" && x.ProposedBy == c.proposer &&
		c.decider != nil && x.ConfirmedBy == *c.decider && c.state == int16(period.Closed) &&
		is(c.first, x.First) && is(c.last, x.Last) && is(c.day, x.Day) &&
		x.Accounts == c.accounts && string(c.trial) == string(x.TrialBalance[:])
}
