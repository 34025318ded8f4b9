package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// File is a payment file without its content.
type File struct {
	ID       string
	PlanID   string
	State    payment.FileState
	Payments int32
	Lines    int32
	Total    int64
	Currency string
	Rail     string
	Sender   string
	// Digest tells the same content again; the bank, who has it, cannot make it.
	Digest    []byte
	CreatedAt time.Time
	// PaidAfterFailed says that the bank has paid one of its payments by an attempt that
	// had failed.
	PaidAfterFailed bool
	Downloads       []Download `db:"-"`
}

const fileColumns = `
	SELECT f.id, f.plan_id, f.state, f.payments, f.lines, f.total, p.currency, p.rail, p.sender, f.digest, f.created_at,
		EXISTS (SELECT 1 FROM payments y JOIN file_lines i ON i.payment_id = y.id WHERE i.file_id = f.id AND ` + awardsPaidAfterFailed + `) AS paid_after_failed
	FROM payment_files f JOIN payment_plans p ON p.id = f.plan_id `

// File reads one file of a plan.
func (s *Store) File(ctx context.Context, planID, id string) (File, error) {
	f, err := one[File](ctx, s.db.Pool, "payment file", fileColumns+`WHERE f.plan_id = $1 AND f.id = $2`, planID, id)
	if err != nil {
		return f, err
	}
	return withDownloads(ctx, s.db.Pool, f)
}

// Files lists the files of a plan, or of any, newest first.
func (s *Store) Files(ctx context.Context, planID string, p page.Page) ([]File, error) {
	found, err := list[File](ctx, s, "payment files", fileColumns, fileList(), p, listing.Under("f.plan_id", planID))
	if err != nil {
		return nil, err
	}
	return found, addDownloads(ctx, s.db.Pool, found)
}

// AddLine puts an attempt's sealed instruction into its file and notes, in the
// same transaction, that it was handed over.
func (s *Store) AddLine(ctx context.Context, a payment.Attempt, sealed []byte) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var state payment.FileState
		if err := tx.QueryRow(ctx, `SELECT state FROM payment_files WHERE id = $1 FOR SHARE`, a.FileID).Scan(&state); err != nil {
			return fmt.Errorf("look at file: %w", err)
		}
		if err := payment.MoveFile(state, payment.FileSealed); err != nil {
			return err // it is complete: nothing can be added
		}
		if err := s.handed(ctx, tx, a); err != nil {
			return err
		}
		if err := exec(ctx, tx, "insert line", `
			INSERT INTO file_lines (payment_id, number, file_id, sealed, created_at) VALUES ($1, $2, $3, $4, $5)`,
			a.PaymentID, a.Number, a.FileID, sealed, s.now()); err != nil {
			return err
		}
		return s.queue.Enqueue(ctx, tx, DutySeal, a.FileID)
	})
}

// Line reads what is known of an attempt's instruction.
func (s *Store) Line(ctx context.Context, a payment.Attempt) (l payment.FileLine, err error) {
	err = s.db.Pool.QueryRow(ctx, `
		SELECT l.sealed, f.state = 'WITHDRAWN', EXISTS (
			SELECT 1 FROM file_downloads d WHERE d.file_id = f.id AND d.downloaded_at IS NOT NULL)
		FROM file_lines l JOIN payment_files f ON f.id = l.file_id WHERE l.payment_id = $1 AND l.number = $2`,
		a.PaymentID, a.Number).Scan(&l.Sealed, &l.Withdrawn, &l.Left)
	if postgres.IsNotFound(err) {
		return payment.FileLine{}, nil
	}
	if err != nil {
		return l, fmt.Errorf("look for line: %w", err)
	}
	l.Found = true
	return l, nil
}

// RailOfFile is the id of the rail that a file goes over.
func (s *Store) RailOfFile(ctx context.Context, id string) (rail string, err error) {
	err = s.db.Pool.QueryRow(ctx, `
		SELECT p.rail FROM payment_files f JOIN payment_plans p ON p.id = f.plan_id WHERE f.id = $1`, id).Scan(&rail)
	if err != nil {
		return "", fmt.Errorf("look up rail of file: %w", err)
	}
	return rail, nil
}

// onItsWay holds for a payment y that may still come into its file: it is neither there
// nor of an outcome that nobody knows.
const onItsWay = `y.state = 'SUBMITTED'
	AND NOT EXISTS (SELECT 1 FROM file_lines l WHERE l.payment_id = y.id AND l.file_id = y.file_id)
	AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.payment_id = y.id AND a.file_id = y.file_id AND a.state = 'UNKNOWN')`

// CompleteFile returns what a file is made of, once nothing is on its way into it
// any more; nil before, and where it is sealed already.
func (s *Store) CompleteFile(ctx context.Context, id string) (c *payment.FileContent, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		c = nil
		f, err := one[File](ctx, tx, "payment file", fileColumns+`WHERE f.id = $1 FOR UPDATE OF f`, id)
		if err != nil || f.State != payment.FileCollecting {
			return err
		}
		var waits bool
		if err := tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT 1 FROM payments y WHERE y.file_id = $1 AND `+onItsWay+`)`, id).Scan(&waits); err != nil || waits {
			return err
		}
		// The bank is told an attempt's id and amount: they must be those of the claim.
		if _, err := s.ownAttempts(ctx, tx, `
			JOIN file_lines l ON l.payment_id = a.payment_id AND l.number = a.number WHERE l.file_id = $1`, id); err != nil {
			return err
		}
		lines, err := many[payment.SealedLine](ctx, tx, "lines", `
			SELECT l.payment_id, l.number, '' AS end_to_end_id, y.currency, y.minor_units AS minor, l.sealed
			FROM file_lines l JOIN attempts a ON a.payment_id = l.payment_id AND a.number = l.number
			JOIN payments y ON y.id = l.payment_id
			WHERE l.file_id = $1`, id)
		for i, l := range lines {
			lines[i].EndToEndID = s.attemptID(l.PaymentID, l.Number)
		}
		// In the order of ids that nobody can make: the tables have another.
		slices.SortFunc(lines, func(a, b payment.SealedLine) int { return strings.Compare(a.EndToEndID, b.EndToEndID) })
		c = &payment.FileContent{ID: f.ID, MessageID: s.messageID(f.ID), Rail: f.Rail, Sender: f.Sender, Lines: lines}
		return err
	})
	return c, err
}

// SealFile keeps the sealed file and drops the instructions that it was made of.
// A file that is sealed already stays as it is.
func (s *Store) SealFile(ctx context.Context, f payment.SealedFile) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		state := payment.FileSealed
		if f.Lines == 0 {
			state = payment.FileEmpty
		}
		tag, err := tx.Exec(ctx, `
			UPDATE payment_files SET state = $2, sealed = $3, digest = $4, lines = $5, total = $6,
				created_at = date_trunc('day', created_at, 'UTC')
			WHERE id = $1 AND state = 'COLLECTING'
				AND $5 = (SELECT COUNT(*) FROM file_lines WHERE file_id = $1)`,
			f.ID, state, f.Sealed, s.contentDigest(f), f.Lines, f.Total)
		if err != nil {
			return fmt.Errorf("seal file: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE file_lines SET sealed = NULL WHERE file_id = $1`, f.ID); err != nil {
			return fmt.Errorf("drop instructions: %w", err)
		}
		return nil
	})
}

// OwedFiles lists files whose sealing is owed.
func (s *Store) OwedFiles(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return s.owed(ctx, `
		SELECT f.id FROM payment_files f WHERE f.state = 'COLLECTING' AND f.created_at < $1 AND f.id > $2 AND NOT EXISTS (
			SELECT 1 FROM payments y WHERE y.file_id = f.id AND `+onItsWay+`)
		ORDER BY f.id LIMIT $3`, before, after, limit)
}

// contentDigest is nil for a file without content.
func (s *Store) contentDigest(f payment.SealedFile) []byte {
	if f.SHA256 == nil {
		return nil
	}
	return s.digested(string(f.SHA256))
}
