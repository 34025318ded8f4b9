package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

const periodColumns = `
	SELECT period, number, first_day, last_day, state, proposer, COALESCE(decider, ''), proposed_on, decided_on,
		COALESCE(sequence, 0), size, accounts, trial_balance, review
	FROM periods`

// Close reads one close.
func (s *Periods) Close(ctx context.Context, id string) (period.Close, error) {
	return s.read(ctx, s.db.Pool, id, "")
}

func (s *Periods) read(ctx context.Context, db postgres.Querier, id, lock string) (period.Close, error) {
	return postgres.One(ctx, db, "close of a period", scanClose,
		periodColumns+` WHERE ledger_id = $1 AND period = $2 `+lock, s.ledger, id)
}

// List lists closes, the latest proposal first.
func (s *Periods) List(ctx context.Context, p page.Page) ([]period.Close, error) {
	return listing.Rows(ctx, s.db.Pool, "closes", scanClose, periodColumns,
		closeList(), p, listing.Where("periods.ledger_id = %s", s.ledger))
}

func scanClose(row pgx.CollectableRow) (period.Close, error) {
	var c period.Close
	var first, last, proposed time.Time
	var decided *time.Time
	var trial, raw []byte
	err := row.Scan(&c.ID, &c.Number, &first, &last, &c.State, &c.Proposer, &c.Decider, &proposed, &decided,
		&c.Sequence, &c.Size, &c.Review.Accounts, &trial, &raw)
	if err != nil {
		return c, err
	}
	if err := keptReview(raw, &c.Review); err != nil {
		return c, err
	}
	copy(c.Review.TrialBalance[:], trial)
	c.First, c.Last, c.ProposedOn = leaf.DayOf(first), leaf.DayOf(last), leaf.DayOf(proposed)
	if decided != nil {
		c.DecidedOn = leaf.DayOf(*decided)
	}
	return c, nil
}

// review is the part of a period.Review that is kept as JSON.
type review struct {
	Figures       []leaf.Figure       `json:"figures"`
	Banks, Stripe []period.Comparison `json:",omitempty"`
	Items         []period.Item       `json:",omitempty"`
}

func reviewOf(r period.Review) review {
	return review{Figures: r.Figures, Banks: r.Banks, Stripe: r.Stripe, Items: r.Items}
}

func (r review) into(out *period.Review) {
	out.Figures, out.Banks, out.Stripe, out.Items = r.Figures, r.Banks, r.Stripe, r.Items
}
