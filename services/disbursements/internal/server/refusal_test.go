package server_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
)

// letter is the digest of a letter of the bank.
func letter(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

func (b *bench) recordRefusal(who, payment string, n byte) (*disbursementsv1.Payment, error) {
	return b.treasurer(who).payments.RecordRefusal(context.Background(), &disbursementsv1.RecordRefusalRequest{
		Name: payment, LetterSha256: letter(n), Reason: disbursementsv1.PaymentRefusalReason_PAYMENT_REFUSAL_REASON_NO_ACCOUNT,
	})
}

func (b *bench) confirmRefusal(who, payment string, n byte) (*disbursementsv1.Payment, error) {
	return b.approver(who).payments.ConfirmRefusal(context.Background(),
		&disbursementsv1.ConfirmRefusalRequest{Name: payment, LetterSha256: letter(n)})
}

// sentToTheBank is a plan of n payments whose files the bank has.
func (b *bench) sentToTheBank(n int) (plan string, bank *bankfake.Bank) {
	b.t.Helper()
	plan = b.released(n)
	b.drain()
	return plan, b.bank(plan)
}

// refusedByTheBank has two people say that a payment was refused.
func (b *bench) refusedByTheBank(payment string) {
	b.t.Helper()
	must[*disbursementsv1.Payment](b.t, "record")(b.recordRefusal("recorder", payment, 1))
	must[*disbursementsv1.Payment](b.t, "confirm")(b.confirmRefusal("other", payment, 1))
	b.drain()
}

func TestTwoPeopleSayThatTheBankRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, _ := b.sentToTheBank(1)
	y := b.payments(plan)[0].GetName()
	// Given a payment that has left, of which one person has the bank's letter,
	_, err := b.confirmRefusal("other", y, 1)
	refused(t, "what nobody has recorded", err, "NO_REFUSAL")
	must[*disbursementsv1.Payment](t, "record a wrong letter")(b.recordRefusal("maker", y, 7))
	got := must[*disbursementsv1.Payment](t, "record")(b.recordRefusal("recorder", y, 1))
	if got.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_SENT || got.GetRefusal().GetRecordedBy() != "staff/s_recorder" || b.ledger.Sum("transit:sepa") != 10_000 {
		t.Errorf("recorded by one: %v", got)
	}
	// when others than the right one confirm it, nothing happens;
	_, err = b.confirmRefusal("recorder", y, 1)
	refused(t, "who recorded it", err, "SAME_PERSON")
	_, err = b.confirmRefusal("fetcher", y, 1)
	refused(t, "who fetched its file", err, "SAME_PERSON")
	_, err = b.confirmRefusal("other", y, 7)
	refused(t, "another letter", err, "OTHER_LETTER")
	_, err = b.treasurer("t").payments.ConfirmRefusal(context.Background(), &disbursementsv1.ConfirmRefusalRequest{Name: y, LetterSha256: letter(1)[1:]})
	names(t, "letterSha256", err)
	// when another does, it has failed, and its money is back.
	got = must[*disbursementsv1.Payment](t, "confirm")(b.confirmRefusal("other", y, 1))
	b.drain()
	if got.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_FAILED || got.GetFailureReason() != "NO_ACCOUNT" || got.GetRefusal().GetConfirmedBy() != "staff/s_other" {
		t.Errorf("confirmed: %v", got)
	}
	if b.ledger.Sum("transit:sepa") != 0 || b.ledger.Sum("award:") != 10_000 || b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_FAILED) != 1 {
		t.Errorf("balances %v", b.ledger.Balances())
	}
	n := 0
	for _, d := range b.decisionsAbout(plan) {
		if strings.Contains(d, "REFUSAL") {
			n++
		}
	}
	if n != 3 {
		t.Errorf("%d leaves of %v", n, b.decisionsAbout(plan))
	}
	_, err = b.recordRefusal("recorder", y, 1)
	refused(t, "record again", err, "ILLEGAL_STATE")
	// It is tried once more, and paid once.
	if err := b.retry(y); err != nil {
		t.Fatal(err)
	}
	b.drain()
	bank := bankfake.New(senderIBAN, "EUR", 1_000_000)
	again := slices.IndexFunc(b.files(plan), func(f *disbursementsv1.PaymentFile) bool { return len(f.GetDownloads()) == 0 })
	if _, err := bank.Take(bytes.NewReader(b.download(b.files(plan)[again].GetName()))); err != nil {
		t.Fatal(err)
	}
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(statement(t, bank, 0)))
	b.drain()
	if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 1 || b.ledger.Sum("asset:bank:main") != 10_000 || b.ledger.Sum("award:") != 0 {
		t.Errorf("states %v, balances %v", b.states(plan), b.ledger.Balances())
	}
}

// TestARefusedPaymentIsPaidByAFollowUpPlan of the same awards.
func TestARefusedPaymentIsPaidByAFollowUpPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, _ := b.sentToTheBank(1)
	b.refusedByTheBank(b.payments(plan)[0].GetName())
	p := b.plan(plan)
	again := must[*disbursementsv1.PaymentPlan](t, "follow-up")(b.treasurer("maker2").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: p.GetAllocationRound(), Rail: "sepa"}}))
	if p.GetState() != disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_FINISHED || again.GetPaymentCount() != 1 {
		t.Errorf("plan %v, follow-up %v", p, again)
	}
}

// TestARefusalThatOnlyARowKnowsIsNotConfirmed writes one's own first hand under another's
// name; with the protection off one person gets what left paid again.
func TestARefusalThatOnlyARowKnowsIsNotConfirmed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		make func(server.Options) *server.Server
		held bool
	}{"on": {server.New, true}, "off": {server.NewTrusting, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			plan, _ := b.sentToTheBank(1)
			y := b.payments(plan)[0].GetName()
			must[*disbursementsv1.Payment](t, "record")(b.recordRefusal("plotter", y, 1))
			b.alter(plan, `UPDATE payment_refusals SET recorded_by = 'staff/s_victim' WHERE $1 <> ''`)
			log := b.serverLogged()
			b.serve(test.make(b.serving))
			_, err := b.confirmRefusal("plotter", y, 1)
			if !test.held {
				if err != nil {
					t.Errorf("with its protection off: %v", err)
				}
				return
			}
			refused(t, "confirm", err, "ROW_WITHOUT_LEAF")
			if !strings.Contains(log.String(), "table=payment_refusals row="+y+"/attempts/1") || b.ledger.Sum("transit:sepa") != 10_000 {
				t.Errorf("log %s, balances %v", log, b.ledger.Balances())
			}
		})
	}
}

// TestWhatTheBankPaidAfterAllIsNotPaidTwice has the bank pay what it refused.
func TestWhatTheBankPaidAfterAllIsNotPaidTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	log := b.logged()
	b.duties = b.worker.Duties()
	// Given three refused payments: one is only that, one is tried again and waits in a
	// file, one is submitted just now,
	plan, bank := b.sentToTheBank(3)
	var ys []string
	for _, y := range b.payments(plan) {
		b.refusedByTheBank(y.GetName())
		ys = append(ys, y.GetName())
	}
	if err := b.retry(ys[1]); err != nil {
		t.Fatal(err)
	}
	b.drain()
	if err := b.retry(ys[2]); err != nil {
		t.Fatal(err)
	}
	// when the bank's statement shows all three,
	resp := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(statement(t, bank, 0)))
	b.drain()
	// then it is an alarm,
	if resp.GetStatements()[0].GetUnmatchedCount() != 3 || !strings.Contains(log.String(), "the bank has paid what had failed") {
		t.Errorf("%v\n%s", resp, log)
	}
	// and nothing leaves again: not by a new attempt, nor a new plan, nor the file, nor for the fund.
	refused(t, "retry", b.retry(ys[0]), "PAID_AFTER_FAILED")
	_, err := b.treasurer("maker2").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: b.plan(plan).GetAllocationRound(), Rail: "sepa"}})
	refused(t, "a new plan", err, "PAID_AFTER_FAILED")
	award := b.payments(plan)[0].GetShares()[0].GetAward()
	_, err = b.treasurer("t").awards.CancelAward(context.Background(), &disbursementsv1.CancelAwardRequest{Name: award, RequestId: key()})
	refused(t, "give the award up", err, "PAID_AFTER_FAILED")
	states := b.states(plan)
	if states[disbursementsv1.PaymentState_PAYMENT_STATE_FAILED] != 2 || states[disbursementsv1.PaymentState_PAYMENT_STATE_SUBMITTED] != 1 {
		t.Errorf("states %v", states)
	}
	for _, f := range b.files(plan) {
		if len(f.GetDownloads()) > 0 || f.GetLineCount() == 0 {
			continue
		}
		if err := b.propose(f.GetName(), firstHandover); err != nil {
			t.Fatal(err)
		}
		_, err := fetch(b.treasurer("fetcher2"), f.GetName())
		refused(t, "fetch", err, "PAID_AFTER_FAILED")
	}
	if b.ledger.Sum("suspense:bank:main") != -30_000 {
		t.Errorf("balances %v", b.ledger.Balances())
	}
	// Only what the bank takes back can be tried again, once two people have seen it.
	bank.Credit(b.attempts(ys[0])[0].GetEndToEndId(), 10_000)
	back := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(returned(statement(t, bank, 0)))).GetStatements()[0]
	b.drain()
	refused(t, "retry what one person has seen come back", b.retry(ys[0]), "PAID_AFTER_FAILED")
	b.confirmStatement("approver", back)
	if err := b.retry(ys[0]); err != nil || b.ledger.Sum("suspense:bank:main") != -20_000 {
		t.Errorf("retry what came back: %v, balances %v", err, b.ledger.Balances())
	}
}

func TestARefusalTellsWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, _ := b.sentToTheBank(1)
	y, all := b.triedPayment(b.payments(plan)[0].GetName()), append(b.cast(), b.actor("fetcher", policyv1.Role_ROLE_TREASURER))
	y.Check(t, all...)
	y.Take(t, "recordRefusal", all...)
	y.Take(t, "recordRefusal", all...)
	b.clock.move(3 * 24 * time.Hour)
	y.Take(t, "confirmRefusal", all...)
	y.Check(t, all...)
}

// TestWhatLeftAndIsNotSettledIsOverdue a week later, once a day.
func TestWhatLeftAndIsNotSettledIsOverdue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	log := b.logged()
	plan, bank := b.sentToTheBank(2)
	overdue := func() []*disbursementsv1.Payment {
		t.Helper()
		if err := b.worker.TellOverdue(context.Background()); err != nil {
			t.Fatal(err)
		}
		return must[*disbursementsv1.ListPaymentsResponse](t, "list")(b.treasurer("t").payments.ListPayments(context.Background(),
			&disbursementsv1.ListPaymentsRequest{Filter: "overdue = true"})).GetPayments()
	}
	b.clock.move(6 * 24 * time.Hour)
	if list := overdue(); len(list) != 0 || log.Len() > 0 {
		t.Errorf("after six days: %v\n%s", list, log)
	}
	b.clock.move(24 * time.Hour)
	for range 2 {
		if list := overdue(); len(list) != 2 || !list[0].GetOverdue() {
			t.Errorf("after seven days: %v", list)
		}
	}
	b.clock.move(24 * time.Hour)
	overdue()
	if n := strings.Count(log.String(), "payments left and are not settled"); n != 2 || !strings.Contains(log.String(), "count=2") || strings.Contains(log.String(), "y_") {
		t.Errorf("told %d times:\n%s", n, log)
	}
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(statement(t, bank, 0)))
	if list := overdue(); len(list) != 0 || b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 2 {
		t.Errorf("settled: %v", list)
	}
}
