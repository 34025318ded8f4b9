package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// donationColumns are those of donations AS d with its parts AS x.
const donationColumns = `d.id, d.pledge_id, d.partner_id, d.state, d.failure, d.charged_currency, d.charged, d.intent_id,
	COALESCE(d.charge_id, '') AS charge_id, COALESCE(d.balance_id, '') AS balance_id, COALESCE(d.currency, '') AS currency,
	COALESCE(d.gross, 0) AS gross, COALESCE(d.fee, 0) AS fee, COALESCE(d.rate, '') AS rate, d.received_on,
	d.created_at, d.posted_at, d.refunded, d.dispute_state, d.warned_until,
	(SELECT max(q.state) FROM refunds AS q WHERE q.donation_id = d.id AND q.state IN ('REQUESTED', 'PENDING')) AS refund_waits,
	x.parts, x.cleared_on, x.has_cleared`

// donationTables join each donation with its parts, and with the day on which the
// last of them had cleared where all have.
const donationTables = `donations AS d LEFT JOIN LATERAL (
	SELECT json_agg(p ORDER BY p.position) AS parts,
		CASE WHEN bool_and(p.clears = 0 OR p.taken = p.clears AND i.run_id IS NULL OR r.posted_at IS NOT NULL) THEN max(r.cleared_on) END AS cleared_on,
		COALESCE(bool_or(i.run_id IS NOT NULL), false) AS has_cleared
	FROM donation_parts AS p
	LEFT JOIN clearing_items AS i ON i.donation_id = p.donation_id AND i.position = p.position
	LEFT JOIN clearing_runs AS r ON r.id = i.run_id
	WHERE p.donation_id = d.id) AS x ON true`

// donationRow is a row of donations with its parts.
type donationRow struct {
	ID              string
	PledgeID        string
	PartnerID       string
	State           donation.State
	Failure         donation.Failure
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
	Refunded        int64
	DisputeState    dispute.State
	WarnedUntil     *time.Time
	RefundWaits     *refund.State
	Parts           []partRow
	ClearedOn       *time.Time
	HasCleared      bool
}

// partRow is a row of donation_parts.
type partRow struct {
	FundID       *string `json:"fund_id"`
	Amount       int64   `json:"amount"`
	Reserve      int64   `json:"reserve"`
	Operations   int64   `json:"operations"`
	Fee          int64   `json:"fee"`
	PromisesFull bool    `json:"promises_full"`
}

func toDonation(r pgx.CollectableRow) (donation.Donation, error) {
	row, err := pgx.RowToStructByName[donationRow](r)
	d := donation.Donation{
		ID: row.ID, Pledge: row.PledgeID, Partner: row.PartnerID, State: row.State, Failure: row.Failure,
		Charged:   money.Amount{MinorUnits: row.Charged, Currency: row.ChargedCurrency},
		Payment:   donation.Payment{IntentID: row.IntentID, ChargeID: row.ChargeID, BalanceID: row.BalanceID},
		CreatedAt: row.CreatedAt, PostedAt: row.PostedAt, ClearedOn: row.ClearedOn,
		Refunded: row.Refunded, Dispute: row.DisputeState, WarnedUntil: row.WarnedUntil, HasCleared: row.HasCleared,
	}
	if row.RefundWaits != nil {
		d.RefundWaits = *row.RefundWaits
	}
	if row.ReceivedOn != nil {
		d.Settled = &donation.Settlement{
			Gross: money.Amount{MinorUnits: row.Gross, Currency: row.Currency},
			Fee:   money.Amount{MinorUnits: row.Fee, Currency: row.Currency},
			Rate:  row.Rate, ReceivedOn: *row.ReceivedOn,
		}
	}
	for _, p := range row.Parts {
		part := donation.Part{Amount: p.Amount, Reserve: p.Reserve, Operations: p.Operations, Fee: p.Fee, PromisesFull: p.PromisesFull}
		if p.FundID != nil {
			part.Fund = *p.FundID
		}
		d.Parts = append(d.Parts, part)
	}
	return d, err
}

// Donation returns a donation within scope.
func (s *Store) Donation(ctx context.Context, scope Scope, id string) (donation.Donation, error) {
	return oneDonation(ctx, s.db.Pool, `d.id = $1 AND ($2 = '' OR d.partner_id = $2)`, id, scope)
}

// OwedDonations returns donations that the ledger has still to be told about, at most so
// many: the one with an id where it has, and others that wait.
func (s *Store) OwedDonations(ctx context.Context, id string, limit int) (list []donation.Donation, err error) {
	err = s.db.InTrips(ctx, func(q *pgx.Batch) {
		q.Queue(byIndex)
		q.Queue(`SELECT `+donationColumns+` FROM `+donationTables+`
			WHERE d.id = ANY (ARRAY(SELECT o.id FROM donations AS o WHERE o.post_owed_at IS NOT NULL ORDER BY o.id <> $1, o.post_owed_at LIMIT $2))
			ORDER BY d.id <> $1, d.post_owed_at`, id, limit).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, toDonation)
			return err
		})
	}, func(context.Context, pgx.Tx) (*pgx.Batch, error) { return nil, nil })
	if err != nil {
		return nil, fmt.Errorf("read owed donations: %w", err)
	}
	return list, nil
}

// Donations lists donations within scope, newest first.
func (s *Store) Donations(ctx context.Context, scope Scope, p page.Page) ([]donation.Donation, error) {
	return listing.Rows(ctx, s.db.Pool, "donations", toDonation, `SELECT `+donationColumns+` FROM `+donationTables,
		donationList(), p, scope.within("d.partner_id"))
}

// Received reports whether the money of the payment to which one of Stripe's objects
// belongs is recorded already, so that nothing new can be learnt about its success.
func (s *Store) Received(ctx context.Context, objectID string) (known bool, err error) {
	err = s.db.Pool.QueryRow(ctx, `SELECT `+received(`$1`, `$1`), objectID).Scan(&known)
	if err != nil {
		return false, fmt.Errorf("look for received payment: %w", err)
	}
	return known, nil
}

// DonationOfCharge returns the id of the donation that a charge of Stripe's has paid.
func (s *Store) DonationOfCharge(ctx context.Context, chargeID string) (string, error) {
	return postgres.One(ctx, s.db.Pool, "donation", pgx.RowTo[string], `SELECT id FROM donations WHERE charge_id = $1`, chargeID)
}

func oneDonation(ctx context.Context, q postgres.Querier, where string, args ...any) (donation.Donation, error) {
	return postgres.One(ctx, q, "donation", toDonation,
		`SELECT `+donationColumns+` FROM `+donationTables+` WHERE `+where, args...)
}
