// Package decision gives the ledger every decision that moves money or opens
// what is sealed. The row is written with the decision itself and owes the ledger
// a leaf until the ledger has confirmed it.
package decision

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// kind names the duty.
const kind = "decision.record"

// enumPrefix is what the names of the ledger's DecisionKind begin with.
const enumPrefix = "DECISION_KIND_"

// Decision is what the ledger learns of a decision: who, when, about what, and a
// commitment to the rest.
type Decision struct {
	// Reference is the decision's unique name, for example
	// "paymentPlans/p_…/acts/17".
	Reference string
	// Kind is the name of the ledger's DecisionKind, "PLAN_APPROVED".
	Kind string
	// Resource is what was decided about; empty for decisions about families.
	Resource string
	// Person is the pseudonym of who decided, "staff/s_…"; empty for the program.
	Person string
	// Day is the UTC day of the decision, "2026-11-24".
	Day string
	// Commitment is 32 bytes that only fit what was decided.
	Commitment []byte
}

// Owe writes that the ledger is owed this decision, and the job to record it. The
// same decision may be owed again; another under the same reference is an error.
func Owe(ctx context.Context, tx pgx.Tx, q *duty.Queue, d Decision) error {
	day, err := check(d)
	if err != nil {
		return fmt.Errorf("owe decision %s: %w", d.Reference, err)
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO owed_decisions AS o (reference, kind, resource, person, day, commitment)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (reference) DO UPDATE SET reference = EXCLUDED.reference
		WHERE (o.kind, o.resource, o.person, o.day, o.commitment)
			= (EXCLUDED.kind, EXCLUDED.resource, EXCLUDED.person, EXCLUDED.day, EXCLUDED.commitment)`,
		d.Reference, strings.TrimPrefix(d.Kind, enumPrefix), d.Resource, d.Person, day, d.Commitment)
	if err != nil {
		return fmt.Errorf("owe decision %s: %w", d.Reference, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("owe decision %s: another decision has this reference", d.Reference)
	}
	return q.Enqueue(ctx, tx, kind, d.Reference)
}

// check finds mistakes of the program before they are in the database for good.
func check(d Decision) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, d.Day)
	switch {
	case d.Reference == "":
		return day, errors.New("it has no reference")
	case enumOf(d.Kind) == ledgerv1.DecisionKind_DECISION_KIND_UNSPECIFIED:
		return day, fmt.Errorf("the ledger knows no kind %q", d.Kind)
	case len(d.Commitment) != 32:
		return day, fmt.Errorf("its commitment has %d bytes, not 32", len(d.Commitment))
	case err != nil:
		return day, errors.New("its day is not of the form 2026-11-24")
	}
	return day, nil
}

func enumOf(name string) ledgerv1.DecisionKind {
	name = enumPrefix + strings.TrimPrefix(name, enumPrefix)
	return ledgerv1.DecisionKind(ledgerv1.DecisionKind_value[name])
}

// Duty is the duty to record what is owed. The ledger answers a repeat with its
// first result, so running twice is safe.
func Duty(db *postgres.DB, posting ledgerv1.PostingServiceClient) duty.Duty {
	return duty.Duty{
		Kind: kind,
		Owed: func(ctx context.Context, before time.Time, limit int) ([]string, error) {
			return owed(ctx, db, before, limit)
		},
		Do: func(ctx context.Context, reference string) error { return record(ctx, db, posting, reference) },
	}
}

func owed(ctx context.Context, db *postgres.DB, before time.Time, limit int) ([]string, error) {
	rows, err := db.Pool.Query(ctx, `
		SELECT reference FROM owed_decisions
		WHERE recorded_at IS NULL AND created_at < $1
		ORDER BY created_at LIMIT $2`, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read owed decisions: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func record(ctx context.Context, db *postgres.DB, posting ledgerv1.PostingServiceClient, reference string) error {
	draft, err := load(ctx, db, reference)
	if err != nil || draft == nil {
		return err
	}
	if _, err := posting.Record(ctx, &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{draft}}); err != nil {
		return fmt.Errorf("record decision %s: %w", reference, err)
	}
	err = db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE owed_decisions SET recorded_at = now()
			WHERE reference = $1 AND recorded_at IS NULL`, reference)
		return err
	})
	if err != nil {
		return fmt.Errorf("note decision %s as recorded: %w", reference, err)
	}
	return nil
}

// load returns nil for a decision that is not owed any more.
func load(ctx context.Context, db *postgres.DB, reference string) (*ledgerv1.DecisionDraft, error) {
	draft := &ledgerv1.DecisionDraft{Reference: reference}
	var name string
	var day time.Time
	err := db.Pool.QueryRow(ctx, `
		SELECT kind, resource, person, day, commitment FROM owed_decisions
		WHERE reference = $1 AND recorded_at IS NULL`, reference).
		Scan(&name, &draft.Resource, &draft.Person, &day, &draft.Commitment)
	if postgres.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read owed decision %s: %w", reference, err)
	}
	draft.Kind, draft.Day = enumOf(name), day.Format(time.DateOnly)
	return draft, nil
}
