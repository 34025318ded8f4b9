package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// fiveStatements take a plan that its maker has locked to where its payments are
// submitted, in the names of colleagues who know nothing of it. The service's own role
// is enough for them.
var fiveStatements = []string{
	`INSERT INTO plan_persons (plan_id, person, hat)
		VALUES ($1, 'staff/s_approver', 'APPROVER'), ($1, 'staff/s_authorizer', 'AUTHORIZER'), ($1, 'staff/s_releaser', 'RELEASER')`,
	`INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at, sequence)
		SELECT p.id, a.kind, a.person, a.hat, p.digest, now(), CASE WHEN a.kind <> 'RELEASE' THEN now() + interval '7 days' END, a.n
		FROM payment_plans p, (VALUES ('APPROVE', 'staff/s_approver', 'APPROVER', 4), ('AUTHORIZE', 'staff/s_authorizer', 'AUTHORIZER', 5),
			('RELEASE', 'staff/s_releaser', 'RELEASER', 6)) AS a (kind, person, hat, n) WHERE p.id = $1`,
	`UPDATE payment_plans SET state = 'ACCEPTED' WHERE id = $1`,
	`INSERT INTO payment_files (id, plan_id, state, message_digest, payments, created_at)
		VALUES ('pf_00000000000000000000000001', $1, 'COLLECTING', sha256('M1'), 2, now())`,
	`UPDATE payments SET state = 'SUBMITTED', submit_at = now(), file_id = 'pf_00000000000000000000000001' WHERE plan_id = $1`,
}

// attacked makes a plan that its maker has locked, and runs statements on it as the
// service's own role. What the worker logs is kept.
func attacked(t *testing.T, statements ...string) (b *bench, plan string, log *bytes.Buffer) {
	t.Helper()
	b = newBench(t)
	plan = b.planned(2)
	b.steps(plan, "lock", "submit")
	b.alter(plan, statements...)
	log = b.logged()
	return b, plan, log
}

func (b *bench) alter(plan string, statements ...string) {
	b.t.Helper()
	for _, sql := range statements {
		if _, err := b.db.Pool.Exec(context.Background(), sql, strings.TrimPrefix(plan, "paymentPlans/")); err != nil {
			b.t.Fatalf("%s: %v", sql, err)
		}
	}
}

// logged has the worker log into a buffer from now on.
func (b *bench) logged() *bytes.Buffer {
	log := &bytes.Buffer{}
	o := b.options
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	b.options, b.worker = o, duty.New(o)
	return log
}

// submitAll submits the payments of a plan and seals its file, as the duties do.
func (b *bench) submitAll(plan string) (errs []error) {
	for _, y := range b.payments(plan) {
		if err := b.worker.Submit(context.Background(), strings.TrimPrefix(y.GetName(), "payments/")); err != nil {
			errs = append(errs, err)
		}
	}
	for _, f := range b.files(plan) {
		_ = b.worker.Seal(context.Background(), f.GetName()[strings.LastIndex(f.GetName(), "/")+1:])
	}
	return errs
}

// TestFiveStatementsGetNothingPaid writes approval, authorisation and release of honest
// colleagues into the database. Their tokens are what it lacks: nothing is booked, no
// account is opened, no file is made, and the operator is told.
func TestFiveStatementsGetNothingPaid(t *testing.T) {
	t.Parallel()
	b, plan, log := attacked(t, fiveStatements...)
	errs := b.submitAll(plan)
	if len(errs) != 2 {
		t.Fatalf("submitted: %v", errs)
	}
	for _, err := range errs {
		refused(t, "submit", err, "DECISIONS_MISSING")
	}
	if n := b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED); n != 0 || len(b.families.released) != 0 {
		t.Errorf("%d booked, %d accounts opened", n, len(b.families.released))
	}
	for _, f := range b.files(plan) {
		if f.GetLineCount() != 0 || f.GetState() != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_COLLECTING {
			t.Errorf("file: %v", f)
		}
	}
	for _, d := range b.ledger.Decisions() {
		if d.GetResource() == plan && d.GetKind() != ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED &&
			d.GetKind() != ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOOKED {
			t.Errorf("the log has %v by %s", d.GetKind(), d.GetPerson())
		}
	}
	if n := strings.Count(log.String(), "alarm=true"); n != 2 || !strings.Contains(log.String(), strings.TrimPrefix(plan, "paymentPlans/")) {
		t.Errorf("%d alarms:\n%s", n, log)
	}
}

// credulous is a program that records what its rows say, in the names that stand there,
// and a ledger that believes it.
type credulous struct {
	duty.Ledger
	b *bench
}

func (c credulous) Post(ctx context.Context, r *ledgerv1.PostRequest, opts ...grpc.CallOption) (*ledgerv1.PostResponse, error) {
	list, err := c.b.db.Pool.Query(ctx, `
		SELECT a.kind, a.person, a.digest, a.plan_id, p.version FROM plan_acts a JOIN payment_plans p ON p.id = a.plan_id
		WHERE a.kind IN ('APPROVE', 'AUTHORIZE', 'RELEASE') ORDER BY a.id`)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	drafts := map[plan.Kind]func(posting.PlanStep) *ledgerv1.DecisionDraft{
		plan.Approve: posting.PlanApproved, plan.Authorize: posting.PlanAuthorized, plan.Release: posting.PlanReleased,
	}
	for list.Next() {
		var kind plan.Kind
		var person string
		var step posting.PlanStep
		if err := list.Scan(&kind, &person, &step.Digest, &step.Plan, &step.Version); err != nil {
			return nil, err
		}
		step.Person = strings.TrimPrefix(person, "staff/")
		by := c.b.ledger.PostingOf("disbursements", person, policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
		if _, err := by.Record(ctx, &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{drafts[kind](step)}}); err != nil {
			return nil, err
		}
	}
	return c.Ledger.Post(ctx, r, opts...)
}

// TestFiveStatementsPayWhereTheRowsAreBelieved switches the protection off.
func TestFiveStatementsPayWhereTheRowsAreBelieved(t *testing.T) {
	t.Parallel()
	b, plan, _ := attacked(t, fiveStatements...)
	o := b.options
	o.Posting = credulous{Ledger: o.Posting, b: b}
	b.worker = duty.New(o)
	if errs := b.submitAll(plan); len(errs) > 0 {
		t.Fatalf("submit: %v", errs)
	}
	files := b.files(plan)
	if len(files) != 1 || files[0].GetLineCount() != 2 || files[0].GetState() != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_SEALED {
		t.Errorf("files: %v", files)
	}
	if n := b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED); n != 2 {
		t.Errorf("%d booked", n)
	}
}

// TestAReleasedPlanPaysWhatItsPeopleSignedOnly changes the rows of a plan that people
// have released, before anything was submitted. With the protection off it pays.
func TestAReleasedPlanPaysWhatItsPeopleSignedOnly(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"another family": `UPDATE payments SET family = family || '_accomplice' WHERE plan_id = $1`,
		"another leaf":   `UPDATE payments SET leaf = sha256('x') WHERE plan_id = $1`,
		"another blind":  `UPDATE payments SET blind = substr(sha256('x'), 1, 16) WHERE plan_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The MACs of payments would refuse most of it: here the plan's root has to.
			b := newBenchWith(t, postgrestest.New(t, store.Migrations()), lax)
			plan := b.released(2)
			b.alter(plan, sql)
			log := b.logged()
			if errs := b.submitAll(plan); len(errs) > 0 {
				t.Fatalf("submit: %v", errs)
			}
			y := b.payments(plan)[0]
			if y.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_FAILED || y.GetFailureReason() != "NOT_IN_PLAN" || len(b.families.released) != 0 {
				t.Errorf("payment: %v, %d accounts opened", y, len(b.families.released))
			}
			if !strings.Contains(log.String(), "alarm=true") {
				t.Errorf("no alarm:\n%s", log)
			}

			b = newBenchWith(t, postgrestest.New(t, store.Migrations()), lax)
			b.families.trusting = true
			plan = b.released(2)
			b.alter(plan, sql)
			if errs := b.submitAll(plan); len(errs) > 0 || len(b.families.released) != 2 {
				t.Errorf("without the protection: %v, %d accounts opened", errs, len(b.families.released))
			}
		})
	}
}
