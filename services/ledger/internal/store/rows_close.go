package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// closeRow is what the table of periods says of a leaf that closes one, and the
// decision before that leaf.
type closeRow struct {
	period, proposer, state     string
	decider                     *string
	first, last, proposed, day  pgtype.Date
	size, accounts              int64
	trial, review, decisionLeaf []byte
}

// closeQuery selects the rows of closes of count leaves from a sequence on, each
// with the leaf of the decision about it.
func closeQuery() string {
	decision := reference.PeriodClosed(resource.Period.Of("*"))
	return `
	SELECT p.sequence, p.period, p.proposer, p.decider, p.state, p.first_day, p.last_day, p.proposed_on, p.decided_on,
		p.size, p.accounts, p.trial_balance, p.review, l.bytes
	FROM periods p
	LEFT JOIN leaves l ON l.ledger_id = $1 AND l.reference = replace('` + decision + `', '*', p.period)
	WHERE p.ledger_id = $1 AND p.sequence >= $2 AND p.sequence < $2 + $3`
}

func (c *closeRow) into(sequence *int64) []any {
	return []any{
		sequence, &c.period, &c.proposer, &c.decider, &c.state, &c.first, &c.last, &c.proposed, &c.day,
		&c.size, &c.accounts, &c.trial, &c.review, &c.decisionLeaf,
	}
}

// wrong says in words how the row contradicts the leaf of its close, nothing where
// it does not.
func (c closeRow) wrong(x *leaf.PeriodClose) string {
	if !c.says(x) {
		return "the row of the period says something else"
	}
	decided, err := leaf.Decode(c.decisionLeaf)
	if err != nil || decided.Decision == nil || decided.Decision.Kind != leaf.DecisionPeriodClosed {
		return "there is no PERIOD_CLOSED decision of it"
	}
	reviewed, err := c.reviewed()
	if err != nil {
		return "what two persons reviewed cannot be read from the row of the period"
	}
	if reviewed.Digest() != decided.Decision.Commitment {
		return "what the row of the period says that two persons reviewed is not what its PERIOD_CLOSED decision commits to"
	}
	return ""
}

// says reports whether the row says of a close what its leaf does.
func (c closeRow) says(x *leaf.PeriodClose) bool {
	is := func(d pgtype.Date, want leaf.Day) bool {
		day, err := dayOf(d)
		return err == nil && day == want
	}
	return x.Reference == reference.PeriodClose(resource.Period.Of(c.period)) && x.ProposedBy == c.proposer &&
		c.decider != nil && x.ConfirmedBy == *c.decider && c.state == string(period.Closed) &&
		is(c.first, x.First) && is(c.last, x.Last) && is(c.day, x.Day) &&
		x.Accounts == c.accounts && string(c.trial) == string(x.TrialBalance[:])
}

// reviewed returns the part of the close that its digest is made from.
func (c closeRow) reviewed() (period.Close, error) {
	out := period.Close{ID: c.period, Proposer: c.proposer, Size: c.size, Review: period.Review{Accounts: c.accounts}}
	var err error
	for _, d := range []struct {
		from pgtype.Date
		to   *leaf.Day
	}{{c.first, &out.First}, {c.last, &out.Last}, {c.proposed, &out.ProposedOn}} {
		day, wrong := dayOf(d.from)
		*d.to, err = day, errors.Join(err, wrong)
	}
	if copy(out.Review.TrialBalance[:], c.trial) != len(out.Review.TrialBalance) {
		err = errors.Join(err, errors.New("trial balance is cut"))
	}
	return out, errors.Join(err, keptReview(c.review, &out.Review))
}

// keptReview reads the part of a review that is kept as JSON.
func keptReview(raw []byte, out *period.Review) error {
	var kept review
	if err := json.Unmarshal(raw, &kept); err != nil {
		return fmt.Errorf("decode review: %w", err)
	}
	kept.into(out)
	return nil
}
