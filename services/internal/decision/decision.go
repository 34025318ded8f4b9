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
	"google.golang.org/protobuf/proto"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
)

// Kind names the duty to record what is owed.
const Kind = "decision.record"

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
	// Content is what the leaf says beside it, for kinds that say something.
	Content *Content
}

// Content is what a leaf says beside its commitment; package posting makes it.
type Content = ledgerv1.DecisionContent

// Enqueue makes a job of a kind for a row in the transaction that owes it, as
// duty.Queue does.
type Enqueue = func(ctx context.Context, tx pgx.Tx, kind, id string) error

// Owe writes that the ledger is owed this decision from now on, and makes the job to
// record it. The same decision may be owed again; another under the same reference is
// an error.
func Owe(ctx context.Context, tx pgx.Tx, enqueue Enqueue, now time.Time, d Decision) error {
	day, err := check(d)
	if err != nil {
		return fmt.Errorf("owe decision %s: %w", d.Reference, err)
	}
	content, err := proto.MarshalOptions{Deterministic: true}.Marshal(d.Content)
	if err != nil {
		return fmt.Errorf("owe decision %s: write its content: %w", d.Reference, err)
	}
	tag, err := tx.Exec(ctx, `
		INSERT INTO owed_decisions AS o (reference, kind, resource, person, day, commitment, content, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (reference) DO UPDATE SET reference = EXCLUDED.reference
		WHERE (o.kind, o.resource, o.person, o.day, o.commitment, o.content)
			= (EXCLUDED.kind, EXCLUDED.resource, EXCLUDED.person, EXCLUDED.day, EXCLUDED.commitment, EXCLUDED.content)`,
		d.Reference, strings.TrimPrefix(d.Kind, enumPrefix), d.Resource, d.Person, day, d.Commitment, notNull(content), now)
	if err != nil {
		return fmt.Errorf("owe decision %s: %w", d.Reference, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("owe decision %s: another decision has this reference", d.Reference)
	}
	return enqueue(ctx, tx, Kind, d.Reference)
}

// notNull is a column's value for bytes of which there may be none.
func notNull(b []byte) []byte { return append([]byte{}, b...) }

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
