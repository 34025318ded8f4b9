package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/donations/internal/bankgift"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const bankGiftColumns = `b.id, b.line, b.bank, b.fund_id, CASE WHEN b.run_id IS NULL THEN 'RECEIVED' ELSE 'CLEARED' END,
	b.amount, b.currency, b.received_on, b.clears_at, b.created_at`

func toBankGift(r pgx.CollectableRow) (g bankgift.Gift, err error) {
	err = r.Scan(&g.ID, &g.Line, &g.Bank, &g.Fund, &g.State, &g.Amount.MinorUnits, &g.Amount.Currency, &g.ReceivedOn, &g.ClearsAt, &g.CreatedAt)
	return g, err
}

// BankGift returns one gift by bank transfer.
func (s *Store) BankGift(ctx context.Context, id string) (bankgift.Gift, error) {
	return postgres.One(ctx, s.db.Pool, "gift by transfer", toBankGift, `SELECT `+bankGiftColumns+` FROM bank_gifts AS b WHERE b.id = $1`, id)
}

// BankGifts lists gifts by bank transfer, newest first.
func (s *Store) BankGifts(ctx context.Context, p page.Page) ([]bankgift.Gift, error) {
	return listing.Rows(ctx, s.db.Pool, "gifts by transfer", toBankGift, `SELECT `+bankGiftColumns+` FROM bank_gifts AS b`, bankGiftList(), p)
}

// TakeBankGift stores a gift that a line of a bank statement brought, and returns its id;
// the ledger is owed it. A line is one gift.
func (s *Store) TakeBankGift(ctx context.Context, g bankgift.Gift) (id string, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		id = resource.NewID(resource.KindBankGift)
		tag, err := tx.Exec(ctx, `INSERT INTO bank_gifts (id, line, bank, fund_id, currency, amount, received_on, created_at, post_owed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (line) DO NOTHING`,
			id, g.Line, g.Bank, g.Fund, g.Amount.Currency, g.Amount.MinorUnits, g.ReceivedOn, s.now())
		if err != nil {
			return fmt.Errorf("take gift by transfer: %w", err)
		}
		if tag.RowsAffected() == 1 {
			return s.queue.Enqueue(ctx, tx, DutyPostBankGift, id)
		}
		if id, err = postgres.One(ctx, tx, "gift by transfer", pgx.RowTo[string], `SELECT id FROM bank_gifts WHERE line = $1`, g.Line); err != nil {
			return err
		}
		return postgres.ReplayWrite(ctx, tx)
	})
	return id, err
}

// OwedBankGift returns a gift of which the ledger has still to be told; NotFound where it
// has been.
func (s *Store) OwedBankGift(ctx context.Context, id string) (bankgift.Gift, error) {
	return postgres.One(ctx, s.db.Pool, "owed gift by transfer", toBankGift,
		`SELECT `+bankGiftColumns+` FROM bank_gifts AS b WHERE b.id = $1 AND b.post_owed_at IS NOT NULL`, id)
}

// BankGiftPosted records that the ledger has booked a gift, and when its fund may use it.
func (s *Store) BankGiftPosted(ctx context.Context, id string, clearsAt time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE bank_gifts SET posted_at = $2, post_owed_at = NULL, clears_at = $3, clear_owed_at = $3
			WHERE id = $1 AND post_owed_at IS NOT NULL`, id, s.now(), clearsAt)
		if err != nil {
			return fmt.Errorf("note posted gift by transfer: %w", err)
		}
		if tag.RowsAffected() == 0 || clearsAt.After(s.now()) {
			return nil // the sweeper finds it when its day has come
		}
		return s.queue.Enqueue(ctx, tx, DutyClearBankGift, id)
	})
}

// ClearBankGift makes a clearing run of a gift whose day has come; the run is owed to the
// ledger.
func (s *Store) ClearBankGift(ctx context.Context, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		g, err := postgres.One(ctx, tx, "gift that clears", toBankGift,
			`SELECT `+bankGiftColumns+` FROM bank_gifts AS b WHERE b.id = $1 AND b.clear_owed_at <= $2 FOR UPDATE`, id, now)
		if fault.OfKind(err, fault.NotFound) {
			return nil // it is not its day, or another run has cleared it
		}
		if err != nil {
			return err
		}
		run := resource.NewID(resource.KindClearingRun)
		q := &pgx.Batch{}
		q.Queue(`INSERT INTO clearing_runs (id, fund_id, currency, amount, cleared_on, created_at, post_owed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)`, run, g.Fund, g.Amount.Currency, g.Amount.MinorUnits, now, now)
		q.Queue(`UPDATE bank_gifts SET clear_owed_at = NULL, run_id = $2 WHERE id = $1`, id, run)
		if err := tx.SendBatch(ctx, q).Close(); err != nil {
			return fmt.Errorf("clear gift by transfer: %w", err)
		}
		return s.queue.Enqueue(ctx, tx, DutyPostCleared, run)
	})
}

// OwedBankGifts lists gifts by transfer of which the ledger was not told.
func (s *Store) OwedBankGifts(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM bank_gifts WHERE post_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}

// OwedBankClearings lists gifts by transfer whose day has come.
func (s *Store) OwedBankClearings(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.ids(ctx, `SELECT id FROM bank_gifts WHERE clear_owed_at < $1 AND id > $2 ORDER BY id LIMIT $3`, before, after, limit)
}
