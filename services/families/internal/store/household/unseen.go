package household

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// unseenCap bounds what a page reserves for families of whom nothing was checked
// independently.
type unseenCap struct {
	// by is who registered each such family of the page, whoever has its case now.
	by map[string]string
	// amounts are of the page's requests, at most what a cycle of each is awarded.
	amounts map[string]money.Amount
	had     aidrequest.Unseen
	policy  rules.Policy
}

// unseenCap reads what such families of a page have got in the last days, and what they
// are still to get. Pages with families of one caseworker take turns.
func (s *Store) unseenCap(ctx context.Context, tx pgx.Tx, policy rules.Policy, families []string, requests []aidrequest.Request) (unseenCap, error) {
	c := unseenCap{policy: policy, by: map[string]string{}, amounts: map[string]money.Amount{}, had: aidrequest.Unseen{}}
	for _, r := range requests {
		c.amounts[r.ID] = r.Amount
	}
	rows, err := postgres.Many(ctx, tx, "unseen families", pgx.RowToStructByPos[unseenFamily], `
		SELECT f.family_id, f.registered_by FROM families f `+latestVerification+`
		WHERE f.family_id = ANY ($1) AND v.outcome = 'CONFIRMED' AND v.independent_check IS NULL`, families)
	if err != nil || s.blind {
		return c, err
	}
	for _, r := range rows {
		c.by[r.FamilyID] = r.Caseworker
	}
	caseworkers := slices.Compact(slices.Sorted(maps.Values(c.by)))
	for _, person := range caseworkers {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('unseen|' || $1, 0))`, person); err != nil {
			return c, fmt.Errorf("wait for other rounds: %w", err)
		}
	}
	had, err := postgres.Many(ctx, tx, "what unseen families got", pgx.RowToStructByPos[unseenSum], `
		SELECT u.caseworker, r.currency, sum(r.amount)::bigint FROM unseen_awards u
		JOIN aid_requests r ON r.aid_request_id = u.aid_request_id
		JOIN aid_request_cycles c ON c.aid_request_id = u.aid_request_id AND c.cycle = u.cycle AND c.state IN ('AWARDED', 'PAID')
		WHERE u.caseworker = ANY ($1) AND (u.left_on IS NULL OR u.left_on > $2) GROUP BY u.caseworker, r.currency`,
		caseworkers, day(s.now()).AddDate(0, 0, -aidrequest.UnseenDays))
	for _, h := range had {
		c.had[aidrequest.Brought{Caseworker: h.Caseworker, Currency: h.Currency}] = h.Minor
	}
	return c, err
}

type unseenFamily struct{ FamilyID, Caseworker string }

type unseenSum struct {
	Caseworker, Currency string
	Minor                int64
}

// leaves reports whether the cap leaves a cycle, and counts it.
func (c unseenCap) leaves(k aidrequest.Key) bool {
	person, unseen := c.by[k.FamilyID]
	return !unseen || c.had.Take(person, c.amounts[k.RequestID], c.policy.UnseenCap(c.amounts[k.RequestID].Currency))
}

// noteUnseen notes those of some reserved cycles that are of unseen families.
func (s *Store) noteUnseen(ctx context.Context, tx pgx.Tx, c unseenCap, keys []aidrequest.Key) error {
	for _, k := range keys {
		person, unseen := c.by[k.FamilyID]
		if !unseen {
			continue
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO unseen_awards (aid_request_id, cycle, caseworker) VALUES ($1, $2, $3)
			ON CONFLICT (aid_request_id, cycle) DO UPDATE SET caseworker = EXCLUDED.caseworker, left_on = NULL`,
			k.RequestID, k.Cycle, person); err != nil {
			return fmt.Errorf("note award of an unseen family: %w", err)
		}
	}
	return nil
}

// unseenLeaves notes that what a payment is for leaves today: from then on its days count.
func (s *Store) unseenLeaves(ctx context.Context, tx pgx.Tx, r Release) error {
	_, requests, cycles := columns(r.keys())
	if _, err := tx.Exec(ctx, `
		UPDATE unseen_awards u SET left_on = $3 FROM unnest($1::text[], $2::integer[]) AS k (aid_request_id, cycle)
		WHERE u.aid_request_id = k.aid_request_id AND u.cycle = k.cycle`, requests, cycles, s.today()); err != nil {
		return fmt.Errorf("note payment to an unseen family: %w", err)
	}
	return nil
}
