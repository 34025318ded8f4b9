package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const donationColumns = `d.id, d.pledge_id, d.partner_id, d.state, d.charged_currency, d.charged, d.intent_id,
	COALESCE(d.charge_id, '') AS charge_id, COALESCE(d.balance_id, '') AS balance_id, COALESCE(d.currency, '') AS currency,
	COALESCE(d.gross, 0) AS gross, COALESCE(d.fee, 0) AS fee, COALESCE(d.rate, '') AS rate, d.received_on,
	d.created_at, d.posted_at`

var donationStates = words[donation.State]{
	donation.Pending: "PENDING", donation.Succeeded: "SUCCEEDED", donation.Failed: "FAILED",
}

// donationRow is a row of donations.
type donationRow struct {
	ID              string
	PledgeID        string
	PartnerID       string
	State           string
	ChargedCurrency string
	Charged         int64
	IntentID        string
	ChargeID        string
	BalanceID       string
	Currency        string
	Gross           int64
	Fee             int64
	Rate            string
	ReceivedOn      *time.Time
	CreatedAt       time.Time
	PostedAt        *time.Time
}

func (r donationRow) donation() donation.Donation {
	d := donation.Donation{
		ID: r.ID, Pledge: r.PledgeID, Partner: r.PartnerID, State: donationStates.of(r.State),
		Charged:   money.Amount{MinorUnits: r.Charged, Currency: r.ChargedCurrency},
		Payment:   donation.Payment{IntentID: r.IntentID, ChargeID: r.ChargeID, BalanceID: r.BalanceID},
		CreatedAt: r.CreatedAt, PostedAt: r.PostedAt,
	}
	if r.ReceivedOn != nil {
		d.Settled = &donation.Settlement{
			Gross: money.Amount{MinorUnits: r.Gross, Currency: r.Currency},
			Fee:   money.Amount{MinorUnits: r.Fee, Currency: r.Currency},
			Rate:  r.Rate, ReceivedOn: *r.ReceivedOn,
		}
	}
	return d
}

// Filter narrows a list of donations; zero values do not.
type Filter struct {
	State  donation.State
	Pledge string // id
}

// Donation returns a donation within scope.
func (s *Store) Donation(ctx context.Context, scope Scope, id string) (donation.Donation, error) {
	list, err := donations(ctx, s.db.Pool, `d.id = $1 AND ($2 = '' OR d.partner_id = $2)`, id, scope)
	if err != nil {
		return donation.Donation{}, err
	}
	if len(list) == 0 {
		return donation.Donation{}, fault.Missing("donation")
	}
	return list[0], nil
}

// Donations lists donations within scope, newest first.
func (s *Store) Donations(ctx context.Context, scope Scope, f Filter, p page.Page) ([]donation.Donation, error) {
	at, id, err := p.NewestFirst()
	if err != nil {
		return nil, err
	}
	return donations(ctx, s.db.Pool, `($1 = '' OR d.partner_id = $1) AND ($2 = '' OR d.state = $2) AND ($3 = '' OR d.pledge_id = $3)
		AND (d.created_at, d.id) < ($4, $5) ORDER BY d.created_at DESC, d.id DESC LIMIT $6`,
		scope, donationStates[f.State], f.Pledge, at, id, p.Limit())
}

// LatestOf returns the newest donation of a pledge, nil where there is none.
func (s *Store) LatestOf(ctx context.Context, pledgeID string) (*donation.Donation, error) {
	list, err := donations(ctx, s.db.Pool, `d.pledge_id = $1 ORDER BY d.created_at DESC, d.id DESC LIMIT 1`, pledgeID)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

// Received reports whether the payment's money is recorded already, so that
// nothing new can be learnt about its success.
func (s *Store) Received(ctx context.Context, intentID string) (bool, error) {
	list, err := donations(ctx, s.db.Pool, `d.intent_id = $1 AND d.state = 'SUCCEEDED'`, intentID)
	return len(list) > 0, err
}

func donations(ctx context.Context, q postgres.Querier, where string, args ...any) ([]donation.Donation, error) {
	list, err := postgres.Many(ctx, q, "donations", func(r pgx.CollectableRow) (donation.Donation, error) {
		row, err := pgx.RowToStructByName[donationRow](r)
		return row.donation(), err
	}, `SELECT `+donationColumns+` FROM donations AS d WHERE `+where, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, addParts(ctx, q, list)
}

// addParts adds each donation's parts, and the day on which the last of them had
// cleared where all have.
func addParts(ctx context.Context, q postgres.Querier, list []donation.Donation) error {
	ids, at := make([]string, len(list)), map[string]*donation.Donation{}
	for i := range list {
		ids[i], at[list[i].ID] = list[i].ID, &list[i]
	}
	rows, err := q.Query(ctx, `SELECT p.donation_id, COALESCE(p.fund_id, ''), p.amount, p.reserve, p.operations, p.fee, p.promises_full,
			p.clears = 0 OR r.posted_at IS NOT NULL, r.cleared_on
		FROM donation_parts AS p
		LEFT JOIN clearing_items AS i ON i.donation_id = p.donation_id AND i.position = p.position
		LEFT JOIN clearing_runs AS r ON r.id = i.run_id
		WHERE p.donation_id = ANY($1) ORDER BY p.donation_id, p.position`, ids)
	if err != nil {
		return fmt.Errorf("read parts: %w", err)
	}
	var (
		id      string
		p       donation.Part
		cleared bool
		on      *time.Time
	)
	waiting := map[string]bool{}
	_, err = pgx.ForEachRow(rows, []any{&id, &p.Fund, &p.Amount, &p.Reserve, &p.Operations, &p.Fee, &p.PromisesFull, &cleared, &on}, func() error {
		d := at[id]
		d.Parts = append(d.Parts, p)
		waiting[id] = waiting[id] || !cleared
		if on != nil && (d.ClearedOn == nil || on.After(*d.ClearedOn)) {
			d.ClearedOn = on
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read parts: %w", err)
	}
	for id := range waiting {
		if waiting[id] {
			at[id].ClearedOn = nil
		}
	}
	return nil
}
