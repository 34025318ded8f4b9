package decision_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/testing/protocmp"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// ledger remembers what it was asked to record.
type ledger struct {
	ledgerv1.PostingServiceClient
	err      error
	recorded []*ledgerv1.DecisionDraft
}

func (l *ledger) RecordByRule(_ context.Context, req *ledgerv1.RecordByRuleRequest, _ ...grpc.CallOption) (*ledgerv1.RecordByRuleResponse, error) {
	if l.err != nil {
		return nil, l.err
	}
	l.recorded = append(l.recorded, req.GetDecisions()...)
	return &ledgerv1.RecordByRuleResponse{}, nil
}

// record is the duty to tell the ledger.
func record(db *postgres.DB, l *ledger) duty.Duty {
	return duty.By(decision.Kind, decision.NewRecorder(db, l.RecordByRule, time.Now))
}

// tables are those that owed decisions need.
func tables() postgres.Migrations { return postgres.Migrations{duty.Tables(), decision.Tables()} }

func approval() decision.Decision {
	return decision.Decision{
		Reference: "paymentPlans/pl_1/approve/1", Kind: "PLAN_APPROVED", Resource: "paymentPlans/pl_1",
		Person: "staff/s_1", Day: "2026-11-24", Commitment: bytes.Repeat([]byte{7}, 32),
	}
}

func owe(t *testing.T, db *postgres.DB, d decision.Decision) error {
	t.Helper()
	return db.InTx(context.Background(), func(ctx context.Context, tx pgx.Tx) error {
		return decision.Owe(ctx, tx, dutytest.Queue(t).Enqueue, time.Now(), d)
	})
}

func TestADecisionReachesTheLedgerOnce(t *testing.T) {
	t.Parallel()
	db, l := postgrestest.New(t, tables()), &ledger{}
	// Given a decision that was owed twice, as by a repeated call,
	for range 2 {
		if err := owe(t, db, approval()); err != nil {
			t.Fatal(err)
		}
	}
	// when its duty is done, and done again,
	d := record(db, l)
	dutytest.Drain(t, db, d)
	if err := d.Do(context.Background(), approval().Reference); err != nil {
		t.Fatal(err)
	}
	// then the ledger has it once, as it was.
	want := []*ledgerv1.DecisionDraft{{
		Reference: "paymentPlans/pl_1/approve/1", Kind: ledgerv1.DecisionKind_DECISION_KIND_PLAN_APPROVED,
		Resource: "paymentPlans/pl_1", Person: "staff/s_1", Day: "2026-11-24", Commitment: bytes.Repeat([]byte{7}, 32),
	}}
	if diff := cmp.Diff(want, l.recorded, protocmp.Transform()); diff != "" {
		t.Errorf("recorded (-want +got):\n%s", diff)
	}
}

func TestADecisionStaysOwedWhileTheLedgerRefuses(t *testing.T) {
	t.Parallel()
	db, l := postgrestest.New(t, tables()), &ledger{err: errors.New("down")}
	if err := owe(t, db, approval()); err != nil {
		t.Fatal(err)
	}
	if err := record(db, l).Do(context.Background(), approval().Reference); err == nil {
		t.Error("the duty hides that the ledger refused")
	}
	l.err = nil
	dutytest.Drain(t, db, record(db, l))
	if len(l.recorded) != 1 {
		t.Errorf("recorded: %d, want 1", len(l.recorded))
	}
}

func TestAnotherDecisionUnderTheSameReferenceIsRefused(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, tables())
	if err := owe(t, db, approval()); err != nil {
		t.Fatal(err)
	}
	other := approval()
	other.Person = "staff/s_2"
	if err := owe(t, db, other); err == nil {
		t.Error("a second person's decision was taken for the first's")
	}
}

func TestMistakesOfTheProgramAreFoundBeforeTheyAreStored(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, tables())
	for name, spoil := range map[string]func(*decision.Decision){
		"no reference":     func(d *decision.Decision) { d.Reference = "" },
		"unknown kind":     func(d *decision.Decision) { d.Kind = "PLAN_ADMIRED" },
		"unspecified kind": func(d *decision.Decision) { d.Kind = "UNSPECIFIED" },
		"short commitment": func(d *decision.Decision) { d.Commitment = d.Commitment[1:] },
		"time, not a day":  func(d *decision.Decision) { d.Day = "2026-11-24T10:00:00Z" },
	} {
		d := approval()
		spoil(&d)
		if err := owe(t, db, d); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
