package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const engagementColumns = `
	SELECT e.id, e.staff_id AS staff, e.state, e.firm, e.from_day, e.until_day, e.first_day, e.last_day, e.funds, e.proposer,
		COALESCE(e.confirmer, '') AS confirmer, e.proposed_sequence, e.ended_sequence, e.created_at AS created
	FROM engagements e`

// engagementRow is one row of engagementColumns.
type engagementRow struct {
	ID, Staff                       string
	State                           staff.EngagementState
	Firm                            string
	FromDay, UntilDay               time.Time
	FirstDay, LastDay               *time.Time
	Funds                           []string
	Proposer, Confirmer             string
	ProposedSequence, EndedSequence *int64
	Created                         time.Time
}

func (r engagementRow) engagement() staff.Engagement {
	day := func(t *time.Time) string {
		if t == nil {
			return ""
		}
		return staff.Day(*t)
	}
	return staff.Engagement{
		Terms: identity.Terms{
			Name: resource.Engagement.Of(r.Staff, r.ID), Firm: r.Firm, From: staff.Day(r.FromDay), Until: staff.Day(r.UntilDay),
			First: day(r.FirstDay), Last: day(r.LastDay), Funds: r.Funds,
		},
		ID: r.ID, Staff: r.Staff, State: r.State, Proposer: r.Proposer, Confirmer: r.Confirmer,
		Proposed: r.ProposedSequence != nil, EndLeaf: r.EndedSequence != nil, Created: r.Created,
	}
}

func engagementsOf(ctx context.Context, q postgres.Querier, where string, args ...any) ([]staff.Engagement, error) {
	rows, err := postgres.Many(ctx, q, "engagements", pgx.RowToStructByName[engagementRow], engagementColumns+` WHERE `+where, args...)
	out := make([]staff.Engagement, len(rows))
	for i, r := range rows {
		out[i] = r.engagement()
	}
	return out, err
}

// ProposeEngagement drafts an engagement, which waits for its leaf, or finds the one
// that the same person has proposed so already. Beside another one that is open it is a
// fault ENGAGEMENT_OPEN; a draft without a leaf, and one whose days are over, are not.
func (s *Store) ProposeEngagement(ctx context.Context, draft staff.Engagement, now time.Time) (e staff.Engagement, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		open, err := engagementsOf(ctx, tx, `e.staff_id = $1 AND e.state <> 'ENDED' AND e.until_day >= ($2 AT TIME ZONE 'UTC')::date FOR UPDATE`, draft.Staff, now)
		if err != nil {
			return err
		}
		if len(open) > 0 && open[0].Proposer == draft.Proposer && open[0].State == staff.EngagementProposed && open[0].SameTerms(draft) {
			e = open[0]
			return nil
		}
		if len(open) > 0 && open[0].Proposed {
			return staff.EngagementOpen()
		}
		if _, err := tx.Exec(ctx, `UPDATE engagements SET state = 'ENDED' WHERE staff_id = $1 AND state <> 'ENDED'`, draft.Staff); err != nil {
			return fmt.Errorf("set aside engagements that are over: %w", err)
		}
		e = draft
		_, err = tx.Exec(ctx, `
			INSERT INTO engagements (id, staff_id, state, firm, from_day, until_day, first_day, last_day, funds, proposer, created_at)
			VALUES ($1, $2, $3, $4, $5::text::date, $6::text::date, NULLIF($7, '')::date, NULLIF($8, '')::date, $9, $10, $11)`,
			e.ID, e.Staff, e.State, e.Firm, e.From, e.Until, e.First, e.Last, append([]string{}, e.Funds...), e.Proposer, e.Created)
		return err
	})
	if postgres.Violates(err, "engagements_one_open") {
		return e, staff.EngagementOpen().With(err)
	}
	if err != nil {
		return e, fmt.Errorf("propose engagement: %w", err)
	}
	return e, nil
}

// EngagementProposed notes the leaf of a proposal.
func (s *Store) EngagementProposed(ctx context.Context, id string, sequence int64) error {
	return s.exec(ctx, "note proposal of an engagement",
		`UPDATE engagements SET proposed_sequence = $2 WHERE id = $1 AND proposed_sequence IS NULL`, id, sequence)
}

// EngagementConfirmed notes with its leaf that a person has confirmed an engagement.
func (s *Store) EngagementConfirmed(ctx context.Context, id, by string, sequence int64) error {
	return s.exec(ctx, "note confirmation of an engagement", `
		UPDATE engagements SET state = 'CONFIRMED', confirmer = $2, confirmed_sequence = $3
		WHERE id = $1 AND state = 'PROPOSED'`, id, by, sequence)
}

// EndEngagement ends an engagement.
func (s *Store) EndEngagement(ctx context.Context, id string) error {
	return s.exec(ctx, "end engagement", `UPDATE engagements SET state = 'ENDED' WHERE id = $1`, id)
}

// EngagementEnded notes the leaf of its end.
func (s *Store) EngagementEnded(ctx context.Context, id string, sequence int64) error {
	return s.exec(ctx, "note end of an engagement", `UPDATE engagements SET ended_sequence = $2 WHERE id = $1 AND ended_sequence IS NULL`, id, sequence)
}

// Engagement returns the engagement with an ID of an auditor; a fault NOT_FOUND where
// there is none.
func (s *Store) Engagement(ctx context.Context, staffID, id string) (staff.Engagement, error) {
	row, err := postgres.One(ctx, s.db.Pool, "engagement", pgx.RowToStructByName[engagementRow],
		engagementColumns+` WHERE e.staff_id = $1 AND e.id = $2`, staffID, id)
	if err != nil {
		return staff.Engagement{}, err
	}
	return row.engagement(), nil
}

// Engagements lists the engagements of an auditor, or of any, the oldest first.
func (s *Store) Engagements(ctx context.Context, staffID string, p page.Page) ([]staff.Engagement, error) {
	rows, err := listing.Rows(ctx, s.db.Pool, "engagements", pgx.RowToStructByName[engagementRow], engagementColumns,
		engagementList(), p, listing.Under("e.staff_id", staffID))
	out := make([]staff.Engagement, len(rows))
	for i, r := range rows {
		out[i] = r.engagement()
	}
	return out, err
}

// EngagementsNow returns the engagements that are confirmed and not over, by who is
// engaged: of one person, or of all where the ID is empty.
func (s *Store) EngagementsNow(ctx context.Context, staffID string, now time.Time) ([]staff.Engagement, error) {
	return engagementsOf(ctx, s.db.Pool, `e.state = 'CONFIRMED' AND e.until_day >= ($1 AT TIME ZONE 'UTC')::date AND ($2 = '' OR e.staff_id = $2)
		ORDER BY e.staff_id, e.id`, now, staffID)
}

func engagementList() listing.List {
	return oldest("engagements", "e", map[string]filter.Column{
		listing.State: {SQL: "e.state", Words: filter.Words[accessv1.EngagementState]()},
	})
}
