package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// laxRows takes every row as it is.
type laxRows struct{ store.Rows }

// Check finds nothing wrong.
func (laxRows) Check(context.Context, *rowmac.Row, []byte) error { return nil }

// lax switches the protection off.
func lax(r store.Rows) store.Rows { return laxRows{r} }

// strict leaves it on.
func strict(r store.Rows) store.Rows { return r }

// failedByHand lets a payment that was sent look like one whose money has never left,
// and gives its awards their money back.
var failedByHand = []string{
	`UPDATE attempts SET state = 'FAILED', failure = 'RAIL_REFUSED', ended_at = now()
		WHERE payment_id IN (SELECT id FROM payments WHERE plan_id = $1)`,
	`UPDATE awards SET state = 'AVAILABLE' WHERE id IN (
		SELECT s.award_id FROM payment_shares s JOIN payments y ON y.id = s.payment_id WHERE y.plan_id = $1)`,
	`UPDATE payment_shares SET live = false WHERE payment_id IN (SELECT id FROM payments WHERE plan_id = $1)`,
	`UPDATE payments SET state = 'FAILED', failure = 'RAIL_REFUSED' WHERE plan_id = $1`,
	postedByHand,
}

// postedByHand owes the ledger that the money comes back.
const postedByHand = `INSERT INTO attempt_postings (payment_id, number, transition, minor_units, occurred_on, created_at, mac)
	SELECT id, 1, 'FAIL', minor_units, now(), now(), sha256('x') FROM payments WHERE plan_id = $1`

// sentOnce makes a plan whose one payment a provider was told to make.
func sentOnce(t *testing.T, with func(store.Rows) store.Rows) (b *bench, provider *outside, plan, payment string) {
	t.Helper()
	b = newBenchWith(t, postgrestest.New(t, store.Migrations()), with)
	provider = &outside{taken: map[string]int{}}
	b.over(provider)
	plan = b.released(1)
	payment = b.payments(plan)[0].GetName()
	b.try(payment)
	if provider.sent() != 1 {
		t.Fatalf("sent %d times", provider.sent())
	}
	return b, provider, plan, payment
}

// post books what is owed about attempts.
func (b *bench) post() (err error) {
	b.t.Helper()
	owed := must[[]string](b.t, "owed postings")(b.options.Store.OwedPostings(context.Background(), b.clock.now().Add(time.Minute), "", 10))
	for _, id := range owed {
		if e := b.worker.Post(context.Background(), id); e != nil {
			err = e
		}
	}
	return err
}

func (b *bench) retry(payment string) error {
	_, err := b.treasurer("t").payments.RetryPayment(context.Background(), &disbursementsv1.RetryPaymentRequest{Name: payment, RequestId: key()})
	return err
}

// alarmed fails the test unless the log names a row.
func (b *bench) alarmed(table, row string) {
	b.t.Helper()
	if log := b.rowLog.String(); !strings.Contains(log, "alarm=true") || !strings.Contains(log, "table="+table+" row="+row) {
		b.t.Errorf("no alarm about %s %s:\n%s", table, row, log)
	}
}

// TestAnAttemptThatFailedByAnotherHandIsNotPaidTwice lets a person retry it in good
// faith.
func TestAnAttemptThatFailedByAnotherHandIsNotPaidTwice(t *testing.T) {
	t.Parallel()
	b, provider, plan, payment := sentOnce(t, strict)
	b.alter(plan, failedByHand...)
	refused(t, "post", b.post(), rowmac.Changed)
	b.alarmed("attempt_postings", "ap_")
	refused(t, "retry", b.retry(payment), rowmac.Changed)
	b.alarmed("attempts", payment+"/attempts/1")
	// Neither does it help to do what the person would.
	b.alter(plan, `UPDATE payments SET state = 'SUBMITTED' WHERE plan_id = $1`)
	refused(t, "submit", b.worker.Submit(context.Background(), strings.TrimPrefix(payment, "payments/")), rowmac.Changed)
	if provider.sent() != 1 || len(b.attempts(payment)) != 1 || b.ledger.Sum("transit:sepa") != 10_000 || b.ledger.Sum("award:") != 0 {
		t.Errorf("sent %d times, attempts %v, balances %v", provider.sent(), b.attempts(payment), b.ledger.Balances())
	}
}

// The test above must be able to see the defect that it guards against.
func TestWithoutMACsAnAttemptThatFailedByAnotherHandIsPaidTwice(t *testing.T) {
	t.Parallel()
	b, provider, plan, payment := sentOnce(t, lax)
	b.alter(plan, failedByHand...)
	if err := b.post(); err != nil {
		t.Fatalf("post: %v", err)
	}
	if err := b.retry(payment); err != nil {
		t.Fatalf("retry: %v", err)
	}
	b.try(payment)
	if provider.sent() != 2 {
		t.Errorf("sent %d times", provider.sent())
	}
}

// TestMoneyComesBackByNoPostingOfAnotherHand owes the ledger the way back of what is
// still on its way.
func TestMoneyComesBackByNoPostingOfAnotherHand(t *testing.T) {
	t.Parallel()
	b, _, plan, _ := sentOnce(t, strict)
	b.alter(plan, postedByHand)
	refused(t, "post", b.post(), rowmac.Changed)
	b.alarmed("attempt_postings", "ap_")
	if b.ledger.Sum("award:") != 0 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}

	b, _, plan, _ = sentOnce(t, lax)
	b.alter(plan, postedByHand)
	if err := b.post(); err != nil || b.ledger.Sum("award:") != 10_000 {
		t.Errorf("without the protection: %v, balances %v", err, b.ledger.Balances())
	}
}

// TestASwitchThatAnotherHandTurnedOnStaysOff stops a rail or its sender, and lets SQL
// have it go on, or hide who stopped it.
func TestASwitchThatAnotherHandTurnedOnStaysOff(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	stopRail := func(b *bench) error {
		_, err := b.treasurer("a").rails.StopRail(ctx, &disbursementsv1.StopRailRequest{Name: "rails/sepa"})
		return err
	}
	stopSender := func(b *bench) error {
		_, err := b.treasurer("a").rails.StopSender(ctx, &disbursementsv1.StopSenderRequest{Name: "rails/sepa/senders/main"})
		return err
	}
	for name, test := range map[string]struct {
		stop       func(b *bench) error
		sql        string
		table, row string
	}{
		"a rail":   {stopRail, `UPDATE rails SET stopped_by = NULL, stopped_at = NULL WHERE $1 <> ''`, "rails", "sepa"},
		"a sender": {stopSender, `UPDATE senders SET stopped_by = NULL, stopped_at = NULL WHERE $1 <> ''`, "senders", "sepa/senders/main"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, with := range []func(store.Rows) store.Rows{strict, lax} {
				b := newBenchWith(t, postgrestest.New(t, store.Migrations()), with)
				plan := b.released(1)
				if err := test.stop(b); err != nil {
					t.Fatal(err)
				}
				b.alter(plan, test.sql)
				err := b.worker.Submit(ctx, strings.TrimPrefix(b.payments(plan)[0].GetName(), "payments/"))
				state := b.payments(plan)[0].GetState()
				if _, off := b.rows.(laxRows); off {
					if err != nil || len(b.families.released) != 1 {
						t.Errorf("without the protection: %v, payment is %v", err, state)
					}
					continue
				}
				refused(t, "submit", err, rowmac.Changed)
				b.alarmed(test.table, test.row)
				if state != disbursementsv1.PaymentState_PAYMENT_STATE_SUBMITTED || len(b.families.released) != 0 {
					t.Errorf("payment is %v, %d accounts opened", state, len(b.families.released))
				}
			}
		})
	}
}

// TestAChangedAttemptHoldsUpNoStatement takes in what the bank says about two payments,
// of which another hand has changed one.
func TestAChangedAttemptHoldsUpNoStatement(t *testing.T) {
	t.Parallel()
	for _, with := range []func(store.Rows) store.Rows{strict, lax} {
		b := newBenchWith(t, postgrestest.New(t, store.Migrations()), with)
		plan := b.released(2)
		b.drain()
		content := statement(t, b.bank(plan), 0)
		b.alter(plan, `UPDATE attempts SET debited = true WHERE payment_id = (SELECT min(id) FROM payments WHERE plan_id = $1)`)
		st := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(content)).GetStatements()[0]
		if _, off := b.rows.(laxRows); off {
			if st.GetSettledCount() != 2 || st.GetUnmatchedCount() != 0 {
				t.Errorf("without the protection: %v", st)
			}
			continue
		}
		// Then its line waits, somebody is told, and the other one is settled.
		if st.GetSettledCount() != 1 || st.GetUnmatchedCount() != 1 {
			t.Errorf("statement: %v", st)
		}
		b.alarmed("attempts", "payments/")
		lines := must[*disbursementsv1.ListUnmatchedLinesResponse](t, "unmatched")(b.treasurer("t").books.ListUnmatchedLines(
			context.Background(), &disbursementsv1.ListUnmatchedLinesRequest{}))
		if l := lines.GetUnmatchedLines(); len(l) != 1 || l[0].GetReason() != disbursementsv1.UnmatchedLineReason_UNMATCHED_LINE_REASON_ROW_CHANGED {
			t.Errorf("unmatched: %v", l)
		}
	}
}

// forgetful is a ledger that says of nothing that it has booked it.
type forgetful struct{ duty.Ledger }

func (forgetful) CheckLeaves(_ context.Context, r *ledgerv1.CheckLeavesRequest, _ ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error) {
	resp := &ledgerv1.CheckLeavesResponse{}
	for range r.GetLeaves() {
		resp.Leaves = append(resp.Leaves, &ledgerv1.CheckedLeaf{State: ledgerv1.LeafState_LEAF_STATE_MISSING})
	}
	return resp, nil
}

// TestAnOlderRowOfAnAttemptThatTheBooksKnowSettledSendsNothing puts back, with its own
// MAC, the row that an attempt had before it was sent. The books know it settled.
func TestAnOlderRowOfAnAttemptThatTheBooksKnowSettledSendsNothing(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		b := newBench(t)
		provider := &outside{taken: map[string]int{}}
		b.over(provider)
		plan := b.released(1)
		name := b.payments(plan)[0].GetName()
		id := strings.TrimPrefix(name, "payments/")
		// Given a copy of an attempt's row from before it was sent,
		claim := must[*store.Claim](t, "claim")(b.options.Store.Claim(t.Context(), id))
		if err := b.options.Store.Release(t.Context(), claim); err != nil {
			t.Fatal(err)
		}
		var mac []byte
		if err := b.db.Pool.QueryRow(t.Context(), `SELECT mac FROM attempts WHERE payment_id = $1`, id).Scan(&mac); err != nil {
			t.Fatal(err)
		}
		b.try(name)
		settled := posting.AttemptSettled(posting.Attempt{
			Plan: strings.TrimPrefix(plan, "paymentPlans/"), Payment: id, Number: 1, Rail: "sepa", On: b.clock.now().Format(time.DateOnly),
			Amount: postingtest.EUR(10_000),
		}, "asset:bank:main")
		if _, err := b.ledger.Posting("disbursements").Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{settled}}); err != nil {
			t.Fatal(err)
		}
		// when it is put back, and the payment made to be submitted again,
		if _, err := b.db.Pool.Exec(t.Context(), `
			UPDATE attempts SET state = 'CLAIMED', handed_at = NULL, ended_at = NULL, failure = '', debited = false, version = 1, mac = $2
			WHERE payment_id = $1`, id, mac); err != nil {
			t.Fatal(err)
		}
		b.alter(plan, `UPDATE payments SET state = 'SUBMITTED' WHERE plan_id = $1`)
		log := b.logged()
		if off {
			b.options.Posting = forgetful{b.options.Posting}
		}
		b.over(provider)
		err := b.worker.Submit(t.Context(), id)
		// then nothing leaves, and somebody is told; without the question it leaves twice.
		if off {
			if err != nil || provider.sent() != 2 {
				t.Errorf("without the protection: %v, sent %d times", err, provider.sent())
			}
			continue
		}
		refused(t, "submit", err, rowmac.Changed)
		if provider.sent() != 1 || !strings.Contains(log.String(), "alarm=true") {
			t.Errorf("sent %d times, log %s", provider.sent(), log)
		}
	}
}
