package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// paymentsShown is how many payments of a gift are read at most: 40 years of months.
const paymentsShown = 500

// PaymentsOf returns the donations of a pledge, newest first.
func (s *Store) PaymentsOf(ctx context.Context, pledgeID string) ([]donation.Donation, error) {
	return postgres.Many(ctx, s.db.Pool, "payments of a pledge", toDonation, `SELECT `+donationColumns+` FROM `+donationTables+`
		WHERE d.pledge_id = $1 ORDER BY d.created_at DESC, d.id DESC LIMIT $2`, pledgeID, paymentsShown)
}

// refundOf is the state of a donation's refund.
type refundOf struct {
	DonationID string
	State      refund.State
}

// LastRefunds returns the states of the newest refunds of a pledge's donations, by donation.
func (s *Store) LastRefunds(ctx context.Context, pledgeID string) (map[string]refund.State, error) {
	rows, err := postgres.Many(ctx, s.db.Pool, "refunds of a pledge", pgx.RowToStructByName[refundOf], `SELECT DISTINCT ON (r.donation_id) r.donation_id, r.state
		FROM donations AS d JOIN refunds AS r ON r.donation_id = d.id WHERE d.pledge_id = $1 ORDER BY r.donation_id, r.created_at DESC, r.id DESC`, pledgeID)
	last := make(map[string]refund.State, len(rows))
	for _, r := range rows {
		last[r.DonationID] = r.State
	}
	return last, err
}

// giversOf is how many have given to a fund.
type giversOf struct {
	FundID string
	Givers int
}

// Givers counts the pledges of which each fund had something up to a day in a currency
// and has it still, and stops where enough for publishing are counted.
func (s *Store) Givers(ctx context.Context, funds []string, currency string, through time.Time) (map[string]int, error) {
	rows, err := postgres.Many(ctx, s.db.Pool, "givers", pgx.RowToStructByName[giversOf], `SELECT f.fund_id, (SELECT count(*) FROM (
			SELECT 1 FROM pledge_designations AS g WHERE g.fund_id = f.fund_id AND EXISTS (
				SELECT 1 FROM donations AS d WHERE d.pledge_id = g.pledge_id AND d.state = 'SUCCEEDED' AND d.currency = $2 AND d.received_on <= $3 AND d.refunded < d.charged)
			LIMIT $4) AS enough) AS givers
		FROM unnest($1::text[]) AS f (fund_id)`, funds, currency, through, receipt.SmallestCell)
	by := make(map[string]int, len(rows))
	for _, r := range rows {
		by[r.FundID] = r.Givers
	}
	return by, err
}
