package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Download is a proposed or carried out download of a file.
type Download struct {
	ProposedBy   string
	Reason       string
	DownloadedBy string
	DownloadedAt *time.Time
}

// addDownloads adds the downloads of all files of a list at once.
func addDownloads(ctx context.Context, q postgres.Querier, list []File) error {
	index := indexed(list, func(f File) string { return f.ID })
	return each(ctx, q, "downloads", func(d downloadRow) {
		f := &list[index.of[d.FileID]]
		f.Downloads = append(f.Downloads, d.Download)
	}, `
		SELECT file_id, proposed_by, reason, COALESCE(downloaded_by, '') AS downloaded_by, downloaded_at
		FROM file_downloads WHERE file_id = ANY($1) ORDER BY file_id, id`, index.ids)
}

type downloadRow struct {
	FileID string
	Download
}

func withDownloads(ctx context.Context, q postgres.Querier, f File) (File, error) {
	list := []File{f}
	err := addDownloads(ctx, q, list)
	return list[0], err
}

// Fetching is what decides who may fetch the file, its way apart.
func (f File) Fetching() payment.Fetching {
	x := payment.Fetching{State: f.State, Paid: f.PaidAfterFailed}
	for _, d := range f.Downloads {
		if d.DownloadedAt == nil {
			x.Proposed, x.ProposedBy = true, d.ProposedBy
		} else {
			x.Left = true
		}
	}
	return x
}

// ProposeDownload notes that a person proposes to fetch a file.
func (s *Store) ProposeDownload(ctx context.Context, planID, id, person, reason string) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		f, err := lockFile(ctx, tx, planID, id)
		if err != nil {
			return "", err
		}
		if err := mayPropose(f, reason); err != nil {
			return "", err
		}
		if _, err := tx.Exec(ctx, `
			INSERT INTO file_downloads (file_id, proposed_by, proposed_at, reason) VALUES ($1, $2, $3, $4)`,
			id, person, s.now(), reason); err != nil {
			return "", fmt.Errorf("propose download: %w", err)
		}
		return id, s.act(ctx, tx, deed{planID: planID, person: person, kind: plan.ProposeDownload})
	})
	return err
}

// mayPropose checks what the constraints of the database check again.
func mayPropose(f File, why string) error {
	if err := f.Fetching().May(payment.ProposeDownload, ""); err != nil {
		return err
	}
	if (len(f.Downloads) == 0) != (why == "FIRST_HANDOVER") {
		return fault.Field("reason", fault.FieldNotPossible, "must be FIRST_HANDOVER for the first download, and another one afterwards")
	}
	return nil
}

// MayTake checks that a person may fetch a file now, changes nothing, and returns the
// file as it is.
func (s *Store) MayTake(ctx context.Context, planID, id, person string) (f File, err error) {
	err = s.rehearsed(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if f, err = lockFile(ctx, tx, planID, id); err != nil {
			return err
		}
		_, err := s.take(ctx, tx, planID, id, person, 0)
		return err
	})
	return f, err
}

// TakeDownload uses up a proposed download and returns the sealed file, with which its
// payments are SENT; sequence is where the log has that it is fetched.
func (s *Store) TakeDownload(ctx context.Context, planID, id, person string, sequence int64) (sealed []byte, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		sealed, err = s.take(ctx, tx, planID, id, person, sequence)
		return err
	})
	return sealed, err
}

func (s *Store) take(ctx context.Context, tx pgx.Tx, planID, id, person string, sequence int64) (sealed []byte, err error) {
	if err := lockPaymentsOf(ctx, tx, id); err != nil {
		return nil, err
	}
	f, err := lockFile(ctx, tx, planID, id)
	if err != nil {
		return nil, err
	}
	if err := f.Fetching().May(payment.Download, person); err != nil {
		return nil, err
	}
	if err := s.runs(ctx, tx, f.Rail, f.Sender); err != nil {
		return nil, err
	}
	if err := exec(ctx, tx, "take download", `
		UPDATE file_downloads SET downloaded_by = $2, downloaded_at = $3 WHERE file_id = $1 AND downloaded_at IS NULL`,
		id, person, s.now()); err != nil {
		return nil, separated(err)
	}
	if err := s.act(ctx, tx, deed{planID: planID, person: person, kind: plan.Download, leaf: sequence}); err != nil {
		return nil, err
	}
	if err := s.leave(ctx, tx, id); err != nil {
		return nil, err
	}
	err = tx.QueryRow(ctx, `SELECT sealed FROM payment_files WHERE id = $1`, id).Scan(&sealed)
	return sealed, err
}

// Leaving is what a file that is fetched rests on.
type Leaving struct {
	// Digest is what its plan's people decided about.
	Digest []byte
	// People decided about its plan, or proposed its download.
	People []string
	// Attempts are those in it that have not ended.
	Attempts []LeavingAttempt
}

// LeavingAttempt is an attempt whose instruction is in a file.
type LeavingAttempt struct {
	PaymentID string
	Number    int32
}

// Leaving reads what a file rests on, before it is fetched.
func (s *Store) Leaving(ctx context.Context, planID, id string) (l Leaving, err error) {
	p, err := readPlan(ctx, s.db.Pool, planID, "")
	if err != nil {
		return l, err
	}
	l.Digest = p.Digest
	l.People, err = postgres.Many(ctx, s.db.Pool, "people behind a file", pgx.RowTo[string], `
		SELECT person FROM plan_acts WHERE plan_id = $1 AND hat IS NOT NULL AND NOT void
		UNION SELECT proposed_by FROM file_downloads WHERE file_id = $2 AND downloaded_at IS NULL ORDER BY person`, planID, id)
	if err != nil {
		return l, err
	}
	inside, err := s.ownAttempts(ctx, s.db.Pool, `
		JOIN file_lines l ON l.payment_id = a.payment_id AND l.number = a.number JOIN payment_files f ON f.id = l.file_id
		WHERE f.plan_id = $1 AND f.id = $2 ORDER BY a.payment_id`, planID, id)
	for _, a := range inside {
		if a.State.Live() && a.State != payment.AttemptSettled {
			l.Attempts = append(l.Attempts, LeavingAttempt{PaymentID: a.PaymentID, Number: int32(a.Number)})
		}
	}
	return l, err
}

func lockFile(ctx context.Context, tx pgx.Tx, planID, id string) (File, error) {
	f, err := one[File](ctx, tx, "payment file", fileColumns+`WHERE f.plan_id = $1 AND f.id = $2 FOR UPDATE OF f`, planID, id)
	if err != nil {
		return f, err
	}
	return withDownloads(ctx, tx, f)
}
