package decision

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Record gives the ledger decisions, as its client's RecordByRule does. A repeat is
// answered with the first result.
type Record = func(ctx context.Context, req *ledgerv1.RecordByRuleRequest, opts ...grpc.CallOption) (*ledgerv1.RecordByRuleResponse, error)

// Recorder does the duty to record what is owed. It is safe for concurrent use.
type Recorder struct {
	db     *postgres.DB
	record Record
	now    func() time.Time
}

// NewRecorder returns who records what is owed in db.
func NewRecorder(db *postgres.DB, record Record, now func() time.Time) *Recorder {
	return &Recorder{db: db, record: record, now: now}
}

// Owed lists the references of decisions that have been owed since before a time,
// those after the given one.
func (r *Recorder) Owed(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return postgres.Many(ctx, r.db.Pool, "owed decisions", pgx.RowTo[string], `
		SELECT reference FROM owed_decisions
		WHERE recorded_at IS NULL AND created_at < $1 AND reference > $2
		ORDER BY reference LIMIT $3`, before, after, limit)
}

// Do records a decision, and notes that the ledger has confirmed it. Running twice is
// safe.
func (r *Recorder) Do(ctx context.Context, reference string) error {
	draft, err := r.load(ctx, reference)
	if err != nil || draft == nil {
		return err
	}
	if _, err := r.record(ctx, &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{draft}}); err != nil {
		return fmt.Errorf("record decision %s: %w", reference, err)
	}
	err = r.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE owed_decisions SET recorded_at = $2
			WHERE reference = $1 AND recorded_at IS NULL`, reference, r.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("note decision %s as recorded: %w", reference, err)
	}
	return nil
}

// load returns nil for a decision that is not owed any more.
func (r *Recorder) load(ctx context.Context, reference string) (*ledgerv1.DecisionDraft, error) {
	draft := &ledgerv1.DecisionDraft{Reference: reference}
	var name string
	var day time.Time
	var content []byte
	err := r.db.Pool.QueryRow(ctx, `
		SELECT kind, resource, person, day, commitment, content FROM owed_decisions
		WHERE reference = $1 AND recorded_at IS NULL`, reference).
		Scan(&name, &draft.Resource, &draft.Person, &day, &draft.Commitment, &content)
	if postgres.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read owed decision %s: %w", reference, err)
	}
	if len(content) > 0 {
		draft.Content = new(Content)
		if err := proto.Unmarshal(content, draft.Content); err != nil {
			return nil, fmt.Errorf("read content of decision %s: %w", reference, err)
		}
	}
	draft.Kind, draft.Day = enumOf(name), day.Format(time.DateOnly)
	return draft, nil
}
