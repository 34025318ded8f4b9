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
)

// givingRow is a row of givings, without what it owes.
type givingRow struct {
	CustomerID     string         `json:"customer_id"`
	MethodID       string         `json:"method_id"`
	OldMethodID    *string        `json:"old_method_id"`
	SubscriptionID *string        `json:"subscription_id"`
	Agreed         []int64        `json:"agreed"`
	NextAt         *time.Time     `json:"next_at"`
	MoveTo         *time.Time     `json:"move_to"`
	PausedUntil    *time.Time     `json:"paused_until"`
	Trouble        pledge.Trouble `json:"trouble"`
	PayURL         *string        `json:"pay_url"`
	Version        int64          `json:"version"`
}

// giving is what a row says, nil where there is none.
func (r *givingRow) giving() *pledge.Giving {
	if r == nil {
		return nil
	}
	return &pledge.Giving{
		Customer: r.CustomerID, Method: r.MethodID, OldMethod: orZero(r.OldMethodID), Subscription: orZero(r.SubscriptionID), Agreed: r.Agreed,
		NextAt: orZero(r.NextAt).UTC(), MoveTo: orZero(r.MoveTo).UTC(), PausedUntil: orZero(r.PausedUntil).UTC(),
		Trouble: r.Trouble, PayURL: orZero(r.PayURL), Version: r.Version,
	}
}

// orZero is what a pointer leads to, the zero value where it is nil.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// notZero is the time, nil where it is zero.
func notZero(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Card is a card that was saved on a page.
type Card struct{ Customer, Method string }

// CardSaved records the card that was saved on a page. A pledge that waited for it
// becomes Active and is paid from now on; of one that goes on the card before is
// forgotten. Of one that has ended, nothing is recorded: ended is true, and the card is
// to be forgotten. NotFound where there is no such page.
func (s *Store) CardSaved(ctx context.Context, pledgeID, sessionID string, c Card) (ended bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		locked, err := s.lockedPledge(ctx, tx, Everything, pledgeID)
		if err == nil {
			err = s.kept(ctx, locked)
		}
		p := locked.Pledge
		if err != nil {
			return err
		}
		if ended = p.State.Ended() || !p.Recurring(); ended || p.Giving != nil && p.Giving.Method == c.Method {
			return postgres.ReplayWrite(ctx, tx)
		}
		q := &pgx.Batch{}
		q.Queue(`UPDATE checkouts SET state = 'PAID', url = NULL, open_owed_at = NULL, expire_owed_at = NULL, reread_owed_at = NULL
			WHERE pledge_id = $1 AND session_id = $2`, pledgeID, sessionID)
		q.Queue(`UPDATE pledges SET state = 'ACTIVE' WHERE id = $1 AND state = 'PENDING'`, pledgeID)
		q.Queue(`INSERT INTO givings AS g (pledge_id, customer_id, method_id, agreed, trouble, version, tell_owed_at)
			VALUES ($1, $2, $3, $4, '', 1, $5) ON CONFLICT (pledge_id) DO UPDATE SET
				method_id = EXCLUDED.method_id, old_method_id = g.method_id, version = g.version + 1, tell_owed_at = EXCLUDED.tell_owed_at`,
			pledgeID, c.Customer, c.Method, []int64{p.Charge().MinorUnits}, s.now())
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("record saved card: %w", err)
		}
		return s.queue.Enqueue(ctx, tx, DutyGiving, pledgeID)
	})
	return ended, err
}

// CardRefused records why the card that was saved on a page is not taken, and that the
// page is over. A pledge that waited for it lapses; one that goes on keeps its card.
func (s *Store) CardRefused(ctx context.Context, pledgeID, sessionID string, why donation.Failure) error {
	id, err := postgres.One(ctx, s.db.Pool, "checkout", pgx.RowTo[string],
		`UPDATE checkouts SET failure = $3 WHERE pledge_id = $1 AND session_id = $2 RETURNING id`, pledgeID, sessionID, why)
	if err != nil {
		return err
	}
	return s.CheckoutExpired(ctx, id)
}

// OwedGiving returns a recurring pledge of which Stripe was not told the latest;
// NotFound where it was.
func (s *Store) OwedGiving(ctx context.Context, id string) (pledge.Pledge, error) {
	return s.ownPledge(ctx, s.db.Pool, `p.id = $1 AND EXISTS (SELECT 1 FROM givings AS o WHERE o.pledge_id = p.id AND o.tell_owed_at IS NOT NULL)`, id)
}

// Told records that Stripe knows a version of how a pledge is paid, and what it has made
// of it. What was changed meanwhile is still owed.
func (s *Store) Told(ctx context.Context, pledgeID string, version int64, subscriptionID string, next time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE givings SET subscription_id = COALESCE(NULLIF($3, ''), subscription_id), next_at = $4,
				tell_owed_at = CASE WHEN version = $2 THEN NULL ELSE tell_owed_at END,
				move_to = CASE WHEN version = $2 THEN NULL ELSE move_to END,
				old_method_id = CASE WHEN version = $2 THEN NULL ELSE old_method_id END
			WHERE pledge_id = $1`, pledgeID, version, subscriptionID, notZero(next))
		if err != nil {
			return fmt.Errorf("note what Stripe was told: %w", err)
		}
		return nil
	})
}

// ChangePledge lets change make a recurring pledge within scope another, and owes it to
// Stripe.
func (s *Store) ChangePledge(ctx context.Context, scope Scope, id string, change func(pledge.Pledge) (pledge.Pledge, error)) (pledge.Pledge, error) {
	return once(ctx, s, func(ctx context.Context, tx pgx.Tx) (string, pledge.Pledge, error) {
		locked, err := s.lockedPledge(ctx, tx, scope, id)
		if err == nil {
			err = s.kept(ctx, locked)
		}
		if err != nil {
			return "", locked.Pledge, err
		}
		p, err := change(locked.Pledge)
		if err != nil {
			return "", p, err
		}
		return id, p, s.writeChanged(ctx, tx, p)
	}, func(ctx context.Context, id string) (pledge.Pledge, error) { return s.Pledge(ctx, scope, id) })
}

func (s *Store) writeChanged(ctx context.Context, tx pgx.Tx, p pledge.Pledge) error {
	g, q := p.Giving, &pgx.Batch{}
	q.Queue(`UPDATE pledges SET state = $2, amount = $3, tip = $4, version = $5, mac = $6 WHERE id = $1`,
		p.ID, p.State, p.Amount.MinorUnits, p.Tip, p.Version, s.rows.Sign(promised(p)))
	for _, d := range p.Designations {
		q.Queue(`UPDATE pledge_designations SET amount = $3 WHERE pledge_id = $1 AND fund_id = $2`, p.ID, d.Fund, d.Amount)
	}
	q.Queue(`UPDATE givings SET agreed = $2, move_to = $3, paused_until = $4, version = $5, tell_owed_at = $6 WHERE pledge_id = $1`,
		p.ID, g.Agreed, notZero(g.MoveTo), notZero(g.PausedUntil), g.Version, s.now())
	if err := tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("change pledge: %w", err)
	}
	return s.queue.Enqueue(ctx, tx, DutyGiving, p.ID)
}

// endGiving owes it to Stripe that a recurring pledge has ended.
func (s *Store) endGiving(ctx context.Context, tx pgx.Tx, pledgeID string) error {
	tag, err := tx.Exec(ctx, `UPDATE givings SET version = version + 1, tell_owed_at = $2 WHERE pledge_id = $1`, pledgeID, s.now())
	if err != nil {
		return fmt.Errorf("end giving: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	return s.queue.Enqueue(ctx, tx, DutyGiving, pledgeID)
}

// Invoiced records what the newest invoice of a recurring pledge says: what is wrong with
// it, and where the donor pays; nothing is wrong any more once the pledge has ended. Older ones, and those of no pledge of ours, say nothing:
// fault Precondition, UNKNOWN_PAYMENT for the latter.
func (s *Store) Invoiced(ctx context.Context, pledgeID string, made time.Time, trouble pledge.Trouble, payURL string) error {
	if trouble == pledge.NoTrouble {
		payURL = ""
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE givings AS g SET
				trouble = CASE WHEN p.state NOT IN ('ACTIVE', 'PAUSED') THEN '' WHEN g.invoice_at > $2 THEN g.trouble ELSE $3 END,
				pay_url = CASE WHEN p.state NOT IN ('ACTIVE', 'PAUSED') THEN NULL WHEN g.invoice_at > $2 THEN g.pay_url ELSE NULLIF($4, '') END,
				invoice_at = GREATEST(g.invoice_at, $2)
			FROM pledges AS p WHERE g.pledge_id = $1 AND p.id = g.pledge_id`, pledgeID, made, trouble, payURL)
		switch {
		case err != nil:
			return fmt.Errorf("record invoice: %w", err)
		case tag.RowsAffected() == 0:
			return fault.New(fault.Precondition, fault.ReasonUnknownPayment, "The invoice belongs to no pledge.")
		}
		return nil
	})
}

// Subscribed is what was read of a recurring pledge's subscription.
type Subscribed struct {
	ID     string
	Ended  bool // nothing more is paid
	Failed bool // since nothing was paid
	Paused bool
	NextAt time.Time
}

// SubscriptionRead records it. One that has ended ends its pledge: Lapsed where nothing was
// paid, else Cancelled. A pause whose end has come ends. Of another subscription than the
// pledge's nothing is recorded.
func (s *Store) SubscriptionRead(ctx context.Context, pledgeID string, r Subscribed) error {
	end := pledge.State("") // it goes on
	switch {
	case r.Ended && r.Failed:
		end = pledge.Lapsed
	case r.Ended:
		end = pledge.Cancelled
	}
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE givings SET next_at = CASE WHEN $3 THEN NULL ELSE $4::timestamptz END,
				trouble = CASE WHEN $3 THEN '' ELSE trouble END, pay_url = CASE WHEN $3 THEN NULL ELSE pay_url END
			WHERE pledge_id = $1 AND (subscription_id = $2 OR subscription_id IS NULL)`, pledgeID, r.ID, r.Ended, r.NextAt)
		switch {
		case err != nil:
			return fmt.Errorf("record subscription: %w", err)
		case tag.RowsAffected() == 0:
			return nil
		}
		_, err = tx.Exec(ctx, `UPDATE pledges AS p SET state = CASE WHEN $2 <> '' THEN $2 ELSE 'ACTIVE' END
			FROM givings AS g WHERE p.id = $1 AND g.pledge_id = p.id AND (
				$2 <> '' AND p.state IN ('ACTIVE', 'PAUSED')
				OR $2 = '' AND NOT $3 AND p.state = 'PAUSED' AND g.tell_owed_at IS NULL AND g.paused_until <= $4)`,
			pledgeID, end, r.Paused, s.now())
		if err != nil {
			return fmt.Errorf("follow subscription: %w", err)
		}
		return nil
	})
}
