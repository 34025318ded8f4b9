package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Record writes down what one look at a payment said. An older look that comes
// late, or the same again, changes nothing. Received money is owed to the ledger
// and fulfils the pledge, whatever was decided about it meanwhile. A payment of
// no pledge of ours, or of another amount, is fault Precondition with the reasons
// UNKNOWN_PAYMENT and AMOUNT_DIFFERS.
func (s *Store) Record(ctx context.Context, r donation.Reading, clearsAt time.Time) error {
	var pledges []signedPledge
	var known []knownDonation
	return s.db.InTrips(ctx, func(q *pgx.Batch) {
		q.Queue(byIndex)
		q.Queue(`SELECT `+pledgeColumns+` FROM `+pledgeTables+` WHERE p.id = $1 FOR UPDATE OF p`, r.Pledge).Query(func(rows pgx.Rows) (err error) {
			pledges, err = pgx.CollectRows(rows, toSigned)
			return err
		})
		q.Queue(`SELECT id, state, failure FROM donations WHERE intent_id = $1`, r.Payment.IntentID).Query(func(rows pgx.Rows) (err error) {
			known, err = pgx.CollectRows(rows, pgx.RowToStructByPos[knownDonation])
			return err
		})
	}, func(ctx context.Context, tx pgx.Tx) (*pgx.Batch, error) {
		if len(pledges) == 0 {
			return nil, fault.New(fault.Precondition, fault.ReasonUnknownPayment, "The payment belongs to no pledge.")
		}
		p := pledges[0].Pledge
		if err := s.kept(ctx, pledges[0]); err != nil {
			return nil, err
		}
		if !p.Takes(r.Charged) {
			return nil, fault.New(fault.Precondition, fault.ReasonAmountDiffers, "The payment is not of the pledge's amount.")
		}
		if len(known) > 0 && !known[0].follows(r) {
			return nil, s.seenAgain(ctx, tx, p, r)
		}
		id := resource.NewID(resource.KindDonation)
		if len(known) > 0 {
			id = known[0].ID
		}
		if r.State != donation.Succeeded {
			return nil, s.writeState(ctx, tx, id, p, r)
		}
		return nil, s.receive(ctx, tx, id, p, r, clearsAt)
	})
}

// knownDonation is what is recorded of a payment.
type knownDonation struct {
	ID      string
	State   donation.State
	Failure donation.Failure
}

// follows reports whether a reading says something new.
func (k knownDonation) follows(r donation.Reading) bool {
	another := r.State == donation.Failed && k.State == donation.Failed && r.Failure != donation.NoFailure && r.Failure != k.Failure
	return another || k.State.Follows(r.State)
}

// writeState inserts or updates the row of a payment that brought no money yet.
func (s *Store) writeState(ctx context.Context, tx pgx.Tx, id string, p pledge.Pledge, r donation.Reading) error {
	_, err := tx.Exec(ctx, `INSERT INTO donations (id, pledge_id, partner_id, state, failure, charged_currency, charged, intent_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, failure = EXCLUDED.failure`,
		id, p.ID, p.Partner, r.State, r.Failure, r.Charged.Currency, r.Charged.MinorUnits, r.Payment.IntentID, s.now())
	if err != nil {
		return fmt.Errorf("write donation: %w", err)
	}
	return nil
}

// receive records received money with its division, owes it to the ledger and
// fulfils the pledge.
func (s *Store) receive(ctx context.Context, tx pgx.Tx, id string, p pledge.Pledge, r donation.Reading, clearsAt time.Time) error {
	shares, err := sharesOf(p)
	if err != nil {
		return err
	}
	parts, err := donation.Divide(*r.Settled, shares)
	if err != nil {
		return err
	}
	if p.State, err = p.Paid(); err != nil {
		return err
	}
	q := &pgx.Batch{}
	s.queueReceived(q, id, p, r, clearsAt)
	for i, part := range parts {
		q.Queue(`INSERT INTO donation_parts (donation_id, position, fund_id, amount, reserve, operations, fee, promises_full, clears)
			VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6, $7, $8, $9)`,
			id, i, part.Fund, part.Amount, part.Reserve, part.Operations, part.Fee, part.PromisesFull, part.Clears())
	}
	q.Queue(`UPDATE pledges SET state = $2 WHERE id = $1`, p.ID, p.State)
	s.queueGift(q, id, movementOf(r))
	var given []*string
	if !p.Recurring() { // whose pages save cards and take no money
		s.queuePaidBy(q, p.ID, r.Session, &given)
	}
	s.queueTold(q, r.Payment.IntentID)
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("record received donation: %w", err)
	}
	if err := s.closePages(ctx, tx, given); err != nil {
		return err
	}
	return s.queue.Enqueue(ctx, tx, DutyPost, id)
}

// seenAgain records nothing of a look that says nothing new, but which page was paid
// on, where it is the first to know.
func (s *Store) seenAgain(ctx context.Context, tx pgx.Tx, p pledge.Pledge, r donation.Reading) error {
	if r.State != donation.Succeeded {
		return postgres.ReplayWrite(ctx, tx)
	}
	q := &pgx.Batch{}
	var given []*string
	if r.Session != "" && !p.Recurring() {
		s.queuePaidBy(q, p.ID, r.Session, &given)
	}
	s.queueTold(q, r.Payment.IntentID)
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("record a payment that is known: %w", err)
	}
	if err := s.closePages(ctx, tx, given); err != nil {
		return err
	}
	return postgres.ReplayWrite(ctx, tx)
}

// queuePaidBy records which of a pledge's pages the money came by: Stripe's page, or, where
// that is not known, the only one. The others are given up, and those that Stripe has
// made are owed the closing, so that nobody pays twice: their ids are given. They are still
// read again: whoever has paid on them, too, has given twice.
func (s *Store) queuePaidBy(q *pgx.Batch, pledgeID, session string, given *[]*string) {
	q.Queue(`WITH newest AS (
			SELECT max(number) AS number FROM checkouts WHERE pledge_id = $1)
		UPDATE checkouts AS c SET url = NULL, open_owed_at = NULL,
			state = CASE WHEN c.state = 'REFUSED' THEN c.state
				WHEN c.session_id = $2 OR $2 = '' AND newest.number = 1 OR c.state = 'PAID' THEN 'PAID' ELSE 'EXPIRED' END,
			expire_owed_at = CASE WHEN c.session_id = $2 OR $2 = '' AND newest.number = 1 THEN NULL
				WHEN c.state = 'OPEN' THEN $3::timestamptz ELSE c.expire_owed_at END,
			reread_owed_at = CASE WHEN c.session_id = $2 OR $2 = '' AND newest.number = 1 THEN NULL ELSE c.reread_owed_at END
		FROM newest WHERE c.pledge_id = $1
		RETURNING CASE WHEN c.expire_owed_at = $3 THEN c.id END`, pledgeID, session, s.now()).Query(func(rows pgx.Rows) (err error) {
		*given, err = pgx.CollectRows(rows, pgx.RowTo[*string])
		return err
	})
}

// closePages has pages closed that were given up; nil is none.
func (s *Store) closePages(ctx context.Context, tx pgx.Tx, given []*string) error {
	for _, id := range given {
		if id == nil {
			continue
		}
		if err := s.queue.Enqueue(ctx, tx, DutyExpire, *id); err != nil {
			return err
		}
	}
	return nil
}

// queueReceived inserts or updates the row of a payment that brought money.
func (s *Store) queueReceived(q *pgx.Batch, id string, p pledge.Pledge, r donation.Reading, clearsAt time.Time) {
	q.Queue(`INSERT INTO donations (id, pledge_id, partner_id, state, charged_currency, charged, intent_id, created_at,
			charge_id, balance_id, currency, gross, fee, rate, received_on, post_owed_at, clears_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $8, $16)
		ON CONFLICT (id) DO UPDATE SET state = EXCLUDED.state, failure = '', charge_id = EXCLUDED.charge_id, balance_id = EXCLUDED.balance_id,
			currency = EXCLUDED.currency, gross = EXCLUDED.gross, fee = EXCLUDED.fee, rate = EXCLUDED.rate,
			received_on = EXCLUDED.received_on, post_owed_at = EXCLUDED.post_owed_at, clears_at = EXCLUDED.clears_at`,
		id, p.ID, p.Partner, r.State, r.Charged.Currency, r.Charged.MinorUnits, r.Payment.IntentID, s.now(),
		r.Payment.ChargeID, r.Payment.BalanceID, r.Settled.Gross.Currency, r.Settled.Gross.MinorUnits,
		r.Settled.Fee.MinorUnits, r.Settled.Rate, r.Settled.ReceivedOn, clearsAt)
}

// sharesOf says what a pledge promised to each fund, and the tip last.
func sharesOf(p pledge.Pledge) ([]donation.Share, error) {
	var shares []donation.Share
	for _, d := range p.Designations {
		stays, reserve, operations, err := d.Shares()
		if err != nil {
			return nil, fmt.Errorf("split designation: %w", err)
		}
		shares = append(shares, donation.Share{
			Fund: d.Fund, Stays: stays, Reserve: reserve, Operations: operations, PromisesFull: d.Terms.PromisesFull,
		})
	}
	if p.Tip > 0 {
		shares = append(shares, donation.Share{Operations: p.Tip})
	}
	return shares, nil
}
