package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// refundColumns are those of refunds AS r with its donation AS d.
const refundColumns = `r.id, r.donation_id, r.partner_id, r.state, r.origin, r.currency, r.amount, r.settled, COALESCE(d.currency, '') AS settled_currency,
	r.back, COALESCE(r.stripe_id, '') AS stripe_id, r.reason, r.person, r.created_at, r.started_at, r.sent_at, r.version, r.mac`

const refundTables = `refunds AS r JOIN donations AS d ON d.id = r.donation_id`

// refundRow is a row of refunds without what it owes.
type refundRow struct {
	ID              string
	DonationID      string
	PartnerID       string
	State           refund.State
	Origin          refund.Origin
	Currency        string
	Amount          int64
	Settled         int64
	SettledCurrency string
	Back            []back.Part
	StripeID        string
	Reason          string
	Person          string
	CreatedAt       time.Time
	StartedAt       *time.Time
	SentAt          *time.Time
	Version         int64
	MAC             []byte `db:"mac"`
}

// signedRefund is a refund with what its MAC covers.
type signedRefund struct {
	refund.Refund
	person  string
	version int64
	mac     []byte
}

func toSignedRefund(row pgx.CollectableRow) (signedRefund, error) {
	r, err := pgx.RowToStructByName[refundRow](row)
	return signedRefund{refund.Refund{
		ID: r.ID, Donation: r.DonationID, Partner: r.PartnerID, State: r.State, Origin: r.Origin,
		Amount:  money.Amount{MinorUnits: r.Amount, Currency: r.Currency},
		Settled: money.Amount{MinorUnits: r.Settled, Currency: r.SettledCurrency},
		Back:    r.Back, StripeID: r.StripeID, Reason: r.Reason, CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, SentAt: r.SentAt,
	}, r.Person, r.Version, r.MAC}, err
}

func toRefund(row pgx.CollectableRow) (refund.Refund, error) {
	r, err := toSignedRefund(row)
	return r.Refund, err
}

// decided is what the MAC of a refund covers: what was asked for, and whether it is to be
// made.
func (r signedRefund) decided() *rowmac.Row {
	make := r.State == refund.Pending || r.State == refund.Succeeded || r.State == refund.Failed
	return rowmac.NewRow("refunds", r.ID, r.version).Text(r.Donation).Text(string(r.Origin)).
		Text(r.Amount.Currency).Number(r.Amount.MinorUnits).Text(r.person).Flag(make)
}

// RequestRefund stores a request for a refund of a donation within scope, of an amount or
// of all that is left, by a person or by others. It is decided at once where its origin
// may decide: partners and donors up to what most says of a currency and a day.
func (s *Store) RequestRefund(ctx context.Context, scope Scope, id string, amount *money.Amount, by refund.Origin, person string, most func(currency string) int64) (refund.Refund, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, refund.Refund, error) {
		d, err := s.lockDonation(ctx, tx, `d.id = $1 AND ($2 = '' OR d.partner_id = $2)`, id, scope)
		if err != nil {
			return "", refund.Refund{}, err
		}
		gift := GiftOf(d)
		if err := gift.May(by); err != nil {
			return "", refund.Refund{}, err
		}
		asked, err := gift.Asked(amount)
		if err != nil {
			return "", refund.Refund{}, err
		}
		today, err := s.refundedToday(ctx, tx, d.Partner, by, asked.Currency)
		if err != nil {
			return "", refund.Refund{}, err
		}
		r := signedRefund{refund.Refund{
			ID: resource.NewID(resource.KindRefund), Donation: id, Partner: d.Partner, State: gift.Begins(by, asked.MinorUnits, today, most(asked.Currency)),
			Origin: by, Amount: asked, CreatedAt: s.now(),
		}, person, 1, nil}
		return r.ID, r.Refund, s.addRefund(ctx, tx, r, "")
	}, s.refundByID)
}

// refundedToday is what an origin has had back today of a partner's gifts in a currency.
// The partner's row keeps two requests from counting the same.
func (s *Store) refundedToday(ctx context.Context, tx pgx.Tx, partnerID string, by refund.Origin, currency string) (sum int64, err error) {
	if _, err := tx.Exec(ctx, `SELECT 1 FROM partners WHERE id = $1 FOR NO KEY UPDATE`, partnerID); err != nil {
		return 0, fmt.Errorf("lock partner: %w", err)
	}
	now := s.now()
	day := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	err = tx.QueryRow(ctx, `SELECT COALESCE(sum(amount), 0)::bigint FROM refunds
		WHERE partner_id = $1 AND origin = $4 AND state NOT IN ('REQUESTED', 'REJECTED') AND currency = $2 AND created_at >= $3`,
		partnerID, currency, day, by).Scan(&sum)
	if err != nil {
		return 0, fmt.Errorf("sum up refunds of today: %w", err)
	}
	return sum, nil
}

// addRefund stores a refund; one that is decided here is owed its start.
func (s *Store) addRefund(ctx context.Context, tx pgx.Tx, r signedRefund, stripeID string) error {
	start := r.State == refund.Pending && r.Origin != refund.Stripe
	_, err := tx.Exec(ctx, `INSERT INTO refunds (id, donation_id, partner_id, state, origin, currency, amount, stripe_id, reason, person,
			created_at, start_owed_at, version, mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, NULLIF($8, ''), $9, $10, $11, CASE WHEN $12 THEN $11::timestamptz END, $13, $14)`,
		r.ID, r.Donation, r.Partner, r.State, r.Origin, r.Amount.Currency, r.Amount.MinorUnits, stripeID, r.Reason, r.person,
		r.CreatedAt, start, r.version, s.rows.Sign(r.decided()))
	if err != nil {
		return fmt.Errorf("add refund: %w", err)
	}
	if err := s.reclear(ctx, tx, r.Donation); err != nil || !start {
		return err
	}
	return s.queue.Enqueue(ctx, tx, DutyStartRefund, r.ID)
}

// DecideRefund records what a person has decided about a refund of a donation that waits.
func (s *Store) DecideRefund(ctx context.Context, donationID, id string, v refund.Verb, person string) (refund.Refund, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, refund.Refund, error) {
		d, err := s.lockDonation(ctx, tx, `d.id = $1`, donationID)
		if err == nil {
			_, err = refund.Take(d.RefundWaits, v)
		}
		if err != nil {
			return "", refund.Refund{}, err
		}
		r, err := postgres.One(ctx, tx, "refund", toSignedRefund, `SELECT `+refundColumns+` FROM `+refundTables+`
			WHERE r.id = $1 AND r.donation_id = $2 FOR UPDATE OF r`, id, donationID)
		if err == nil {
			err = s.rows.Check(ctx, r.decided(), r.mac)
		}
		if err != nil {
			return "", r.Refund, err
		}
		if r.State, err = refund.Take(r.State, v); err != nil {
			return "", r.Refund, err
		}
		r.person, r.version = person, r.version+1
		if _, err := tx.Exec(ctx, `UPDATE refunds SET state = $2, person = $3, version = $4, mac = $5,
				start_owed_at = CASE WHEN $2 = 'PENDING' THEN $6::timestamptz END WHERE id = $1`,
			id, r.State, person, r.version, s.rows.Sign(r.decided()), s.now()); err != nil {
			return "", r.Refund, fmt.Errorf("decide refund: %w", err)
		}
		if err := s.reclear(ctx, tx, donationID); err != nil || r.State != refund.Pending {
			return id, r.Refund, err
		}
		return id, r.Refund, s.queue.Enqueue(ctx, tx, DutyStartRefund, id)
	}, s.refundByID)
}

func (s *Store) refundByID(ctx context.Context, id string) (refund.Refund, error) {
	return s.Refund(ctx, Everything, resource.Any, id)
}

// Refund returns a refund of a donation, or of any, within scope.
func (s *Store) Refund(ctx context.Context, scope Scope, donationID, id string) (refund.Refund, error) {
	return postgres.One(ctx, s.db.Pool, "refund", toRefund, `SELECT `+refundColumns+` FROM `+refundTables+`
		WHERE r.id = $1 AND ($2 = '-' OR r.donation_id = $2) AND ($3 = '' OR r.partner_id = $3)`, id, donationID, scope)
}

// Refunds lists the refunds of a donation, or of any, within scope, newest first.
func (s *Store) Refunds(ctx context.Context, scope Scope, donationID string, p page.Page) ([]refund.Refund, error) {
	return listing.Rows(ctx, s.db.Pool, "refunds", toRefund, `SELECT `+refundColumns+` FROM `+refundTables,
		refundList(), p, listing.Under("r.donation_id", donationID), scope.within("r.partner_id"))
}
