package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// disputeColumns are those of disputes AS x.
const disputeColumns = `x.id, x.donation_id, x.partner_id, x.state, x.currency, x.amount, x.stripe_id, x.created_at,
	(SELECT COALESCE(sum(CASE m.entry WHEN 'DISPUTE' THEN 1 WHEN 'DISPUTE_WON' THEN -1 END), 0) FROM stripe_movements AS m
		WHERE m.dispute_id = x.id) > 0 AS withdrawn`

// disputeRow is a row of disputes.
type disputeRow struct {
	ID         string
	DonationID string
	PartnerID  string
	State      dispute.State
	Currency   string
	Amount     int64
	StripeID   string
	CreatedAt  time.Time
	Withdrawn  bool
}

func toDispute(row pgx.CollectableRow) (dispute.Dispute, error) {
	r, err := pgx.RowToStructByName[disputeRow](row)
	return dispute.Dispute{
		ID: r.ID, Donation: r.DonationID, Partner: r.PartnerID, State: r.State, Amount: money.Amount{MinorUnits: r.Amount, Currency: r.Currency},
		StripeID: r.StripeID, Withdrawn: r.Withdrawn, CreatedAt: r.CreatedAt,
	}, err
}

// RecordDispute writes down what one look at a dispute said, and returns it. While it is
// not decided its donation does not clear. NotFound where it is of no donation.
func (s *Store) RecordDispute(ctx context.Context, r dispute.Reading) (known dispute.Dispute, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		d, err := s.lockDonation(ctx, tx, `d.charge_id = $1`, r.Charge)
		if err != nil {
			return err
		}
		list, err := postgres.Many(ctx, tx, "disputes", toDispute, `SELECT `+disputeColumns+` FROM disputes AS x WHERE x.donation_id = $1`, d.ID)
		if err != nil {
			return err
		}
		known = dispute.Dispute{
			ID: resource.NewID(resource.KindDispute), Donation: d.ID, Partner: d.Partner, State: r.State, Amount: r.Amount,
			StripeID: r.StripeID, CreatedAt: s.now(),
		}
		gravest := dispute.None
		for _, x := range list {
			if x.StripeID != r.StripeID {
				gravest = gravest.Graver(x.State)
				continue
			}
			if known = x; known.State.Follows(r.State) {
				known.State = r.State
			}
		}
		return s.writeDispute(ctx, tx, known, gravest.Graver(known.State))
	})
	return known, err
}

// writeDispute stores a dispute, and where its donation stands by all of them.
func (s *Store) writeDispute(ctx context.Context, tx pgx.Tx, x dispute.Dispute, gravest dispute.State) error {
	q := &pgx.Batch{}
	q.Queue(`INSERT INTO disputes (id, donation_id, partner_id, state, currency, amount, stripe_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state`,
		x.ID, x.Donation, x.Partner, x.State, x.Amount.Currency, x.Amount.MinorUnits, x.StripeID, x.CreatedAt)
	q.Queue(`UPDATE donations SET dispute_state = $2 WHERE id = $1`, x.Donation, gravest)
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("record dispute: %w", err)
	}
	return s.reclear(ctx, tx, x.Donation)
}

// Dispute returns a dispute of a donation within scope.
func (s *Store) Dispute(ctx context.Context, scope Scope, donationID, id string) (dispute.Dispute, error) {
	return postgres.One(ctx, s.db.Pool, "dispute", toDispute, `SELECT `+disputeColumns+` FROM disputes AS x
		WHERE x.id = $1 AND x.donation_id = $2 AND ($3 = '' OR x.partner_id = $3)`, id, donationID, scope)
}

// Disputes lists the disputes of a donation, or of any, within scope, newest first.
func (s *Store) Disputes(ctx context.Context, scope Scope, donationID string, p page.Page) ([]dispute.Dispute, error) {
	return listing.Rows(ctx, s.db.Pool, "disputes", toDispute, `SELECT `+disputeColumns+` FROM disputes AS x`,
		disputeList(), p, listing.Under("x.donation_id", donationID), scope.within("x.partner_id"))
}

// RecordWarning writes down that the card of a payment was reported for fraud, or that
// this needs nothing any more: until then, or until two people have decided, the donation
// does not clear. NotFound where it is of no donation.
func (s *Store) RecordWarning(ctx context.Context, chargeID, warningID string, actionable bool, since time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		d, err := s.lockDonation(ctx, tx, `d.charge_id = $1`, chargeID)
		if err != nil {
			return err
		}
		if !actionable {
			if _, err := tx.Exec(ctx, `UPDATE donations SET warned_until = NULL WHERE id = $1`, d.ID); err != nil {
				return fmt.Errorf("note the end of a warning: %w", err)
			}
			return s.reclear(ctx, tx, d.ID)
		}
		fresh, err := s.addWarning(ctx, tx, d.ID, warningID, since)
		if err != nil || !fresh {
			return err // two people may have decided about it
		}
		if _, err := tx.Exec(ctx, `UPDATE donations SET warned_until = $2 WHERE id = $1`, d.ID, since.Add(dispute.WarnedFor)); err != nil {
			return fmt.Errorf("note warning: %w", err)
		}
		return s.reclear(ctx, tx, d.ID)
	})
}
