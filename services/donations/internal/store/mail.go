package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const (
	// mailsKept is for how many days an address waits for a payment.
	mailsKept = 30
	// mailClaim is for how long who sends a message has it alone.
	mailClaim = 10 * time.Minute
)

// Mail is a message that is owed.
type Mail struct {
	PledgeID string
	Language string
	Sealed   []byte
	// Late says that it has waited for too long, and goes without being sent.
	Late bool
}

// mailOwed is the condition for mails AS m that are to go, by a time and by the first day
// that may still wait.
const mailOwed = `(m.created_on < $2 OR EXISTS (SELECT 1 FROM donations AS d WHERE d.pledge_id = m.pledge_id AND d.posted_at <= $1))`

// OwedMails lists pledges whose donor is to be told, or whose address has waited too long.
func (s *Store) OwedMails(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT m.pledge_id FROM mails AS m WHERE `+mailOwed+` AND m.pledge_id > $3 ORDER BY m.pledge_id LIMIT $4`,
		before, before.AddDate(0, 0, -mailsKept), after, limit)
}

// ClaimMail returns a message that is owed and that nobody else is sending; NotFound where
// there is none. Whoever has got it has ten minutes.
func (s *Store) ClaimMail(ctx context.Context, id string) (Mail, error) {
	now := s.now()
	return postgres.One(ctx, s.db.Pool, "message to a donor", pgx.RowToStructByName[Mail], `UPDATE mails AS m SET claimed_at = $1
		WHERE m.pledge_id = $3 AND (m.claimed_at IS NULL OR m.claimed_at < $4) AND `+mailOwed+`
		RETURNING m.pledge_id, m.language, m.sealed, m.created_on < $2 AS late`, now, now.AddDate(0, 0, -mailsKept), id, now.Add(-mailClaim))
}

// DropMail deletes an address.
func (s *Store) DropMail(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM mails WHERE pledge_id = $1`, id); err != nil {
			return fmt.Errorf("delete an address: %w", err)
		}
		return nil
	})
}
