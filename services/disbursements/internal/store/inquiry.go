package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/inquiry"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

const inquiryColumns = `
	SELECT i.id, i.payment_id, y.family, i.reason, i.state, COALESCE(i.taken_by, '') AS taken_by, COALESCE(i.outcome, '') AS outcome,
		i.created_at, COALESCE(i.closed_at::text, '') AS closed_on, COALESCE((
			SELECT array_agg(DISTINCT h.person) FROM attempts a JOIN file_downloads d ON d.file_id = a.file_id
			CROSS JOIN LATERAL (VALUES (d.proposed_by), (d.downloaded_by)) AS h (person)
			WHERE a.payment_id = i.payment_id AND h.person IS NOT NULL), '{}') AS handlers
	FROM inquiries i JOIN payments y ON y.id = i.payment_id `

// Inquiry reads one inquiry.
func (s *Store) Inquiry(ctx context.Context, id string) (inquiry.Inquiry, error) {
	return one[inquiry.Inquiry](ctx, s.db.Pool, "inquiry", inquiryColumns+`WHERE i.id = $1`, id)
}

// Inquiries lists inquiries, newest first.
func (s *Store) Inquiries(ctx context.Context, p page.Page) ([]inquiry.Inquiry, error) {
	return list[inquiry.Inquiry](ctx, s, "inquiries", inquiryColumns, inquiryList(), p)
}

// TakeInquiry notes who works on an inquiry; involved says that they had a part in the
// family's case.
func (s *Store) TakeInquiry(ctx context.Context, id, person string, involved bool) error {
	return s.work(ctx, id, inquiry.Take, person, involved, `
		UPDATE inquiries SET state = 'TAKEN', taken_by = $2 WHERE id = $1`, id, person)
}

// CloseInquiry notes what came out of an inquiry.
func (s *Store) CloseInquiry(ctx context.Context, id, person string, involved bool, outcome string) error {
	return s.work(ctx, id, inquiry.Close, person, involved, `
		UPDATE inquiries SET state = 'CLOSED', outcome = $2, closed_at = $3 WHERE id = $1`, id, outcome, s.now())
}

func (s *Store) work(ctx context.Context, id string, v inquiry.Verb, person string, involved bool, sql string, args ...any) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		i, err := one[inquiry.Inquiry](ctx, tx, "inquiry", inquiryColumns+`WHERE i.id = $1 FOR UPDATE OF i`, id)
		if err != nil {
			return "", err
		}
		if err := i.May(v, person, involved); err != nil {
			return "", err
		}
		return id, exec(ctx, tx, "work on inquiry", sql, args...)
	})
	return err
}
