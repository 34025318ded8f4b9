package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func withdraw(by person, file string) (*disbursementsv1.PaymentFile, error) {
	return by.files.WithdrawPaymentFile(context.Background(), &disbursementsv1.WithdrawPaymentFileRequest{Name: file, RequestId: key()})
}

func TestAPaymentIsSentWhenItsFileIsFetched(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(2)
	b.drain()
	// Given a complete file, which nobody has fetched,
	file := b.files(plan)[0]
	if file.GetLineCount() != 2 || b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SUBMITTED] != 2 {
		t.Fatalf("file %v, states %v", file, b.states(plan))
	}
	// when somebody only proposes to, nothing has left,
	if err := b.propose(file.GetName(), firstHandover); err != nil {
		t.Fatal(err)
	}
	if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SENT] != 0 {
		t.Errorf("states %v", b.states(plan))
	}
	// and when it is fetched, all of it has.
	must[[]byte](t, "fetch")(fetch(b.treasurer("fetcher"), file.GetName()))
	for _, y := range b.payments(plan) {
		a := b.attempts(y.GetName())
		if y.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_SENT || a[0].GetState() != disbursementsv1.AttemptState_ATTEMPT_STATE_SENT {
			t.Errorf("payment %v, attempts %v", y, a)
		}
	}
	_, err := withdraw(b.treasurer("t"), file.GetName())
	refused(t, "withdraw what has left", err, "PAYMENT_LEFT")
}

func TestAFileThatNobodyFetchedIsWithdrawnWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(2)
	b.drain()
	file := b.files(plan)[0]
	if err := b.propose(file.GetName(), firstHandover); err != nil {
		t.Fatal(err)
	}
	// When one treasurer withdraws it, also over a stopped rail,
	must[*disbursementsv1.Rail](t, "stop")(b.treasurer("a").rails.StopRail(context.Background(), &disbursementsv1.StopRailRequest{Name: "rails/sepa"}))
	got := must[*disbursementsv1.PaymentFile](t, "withdraw")(withdraw(b.treasurer("t"), file.GetName()))
	b.drain()
	// then it is gone with its key, its attempts have failed, and the money is back.
	if got.GetState() != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_WITHDRAWN {
		t.Errorf("file %v", got)
	}
	var destroyed bool
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT destroyed_on IS NOT NULL FROM payment_files`).Scan(&destroyed); err != nil || !destroyed {
		t.Errorf("key destroyed: %t, %v", destroyed, err)
	}
	for _, y := range b.payments(plan) {
		a := b.attempts(y.GetName())
		if y.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_FAILED || y.GetFailureReason() != "WITHDRAWN" ||
			a[0].GetState() != disbursementsv1.AttemptState_ATTEMPT_STATE_FAILED {
			t.Errorf("payment %v, attempts %v", y, a)
		}
	}
	if b.ledger.Sum("transit:sepa") != 0 || b.ledger.Sum("award:") != 20_000 || b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_FAILED) != 2 {
		t.Errorf("balances %v", b.ledger.Balances())
	}
	// Nobody can fetch it, nor withdraw it again,
	_, err := fetch(b.treasurer("fetcher"), file.GetName())
	refused(t, "fetch", err, "FILE_NOT_SEALED")
	must[*disbursementsv1.Rail](t, "resume")(b.treasurer("b").rails.ResumeRail(context.Background(), &disbursementsv1.ResumeRailRequest{Name: "rails/sepa"}))
	_, err = withdraw(b.treasurer("t"), file.GetName())
	refused(t, "withdraw again", err, "FILE_NOT_SEALED")
	// and each payment can be tried again, into a file of its own.
	y := b.payments(plan)[0].GetName()
	must[*disbursementsv1.Payment](t, "retry")(b.treasurer("t").payments.RetryPayment(context.Background(),
		&disbursementsv1.RetryPaymentRequest{Name: y, RequestId: key()}))
	b.drain()
	if list := b.attempts(y); len(list) != 2 || list[1].GetState() != disbursementsv1.AttemptState_ATTEMPT_STATE_CLAIMED || len(b.files(plan)) != 2 {
		t.Errorf("attempts %v, files %v", list, b.files(plan))
	}
}

func TestWhoFetchesAndWhoWithdrawsAreNotBothRight(t *testing.T) {
	t.Parallel()
	for range 3 {
		b := newBench(t)
		plan := b.released(1)
		b.drain()
		file := b.files(plan)[0].GetName()
		if err := b.propose(file, firstHandover); err != nil {
			t.Fatal(err)
		}
		var fetched, withdrawn error
		var group sync.WaitGroup
		group.Go(func() { _, fetched = fetch(b.treasurer("fetcher"), file) })
		group.Go(func() { _, withdrawn = withdraw(b.treasurer("t"), file) })
		group.Wait()
		if (fetched == nil) == (withdrawn == nil) {
			t.Errorf("fetched %v, withdrawn %v", fetched, withdrawn)
		}
	}
}

// TestAWithdrawalNeedsAttemptsThatNoOtherHandChanged plays SQL that makes a file that was
// fetched look as if nobody had: what has left would be paid a second time.
func TestAWithdrawalNeedsAttemptsThatNoOtherHandChanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	file := b.files(plan)[0].GetName()
	b.download(file)
	b.serve(server.NewForgetful(b.serving)) // here it is not the ledger that refuses
	b.alter(plan, `DELETE FROM file_downloads WHERE $1 <> ''`)
	_, err := withdraw(b.treasurer("t"), file)
	refused(t, "without its downloads", err, "PAYMENT_LEFT")
	b.alter(plan, `UPDATE attempts SET state = 'CLAIMED' WHERE payment_id IN (SELECT id FROM payments WHERE plan_id = $1)`)
	_, err = withdraw(b.treasurer("t"), file)
	refused(t, "with other attempts", err, "ROW_CHANGED")
}

// TestAFileThatTheLedgerKnowsFetchedIsNeverWithdrawn puts back, with their own MACs, the
// rows that a file's attempts had before it was fetched, and drops that it was. What the
// bank pays then would be paid once more.
func TestAFileThatTheLedgerKnowsFetchedIsNeverWithdrawn(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		b := newBench(t)
		plan := b.released(1)
		b.drain()
		file := b.files(plan)[0].GetName()
		var version int64
		var mac []byte
		if err := b.db.Pool.QueryRow(t.Context(), `SELECT version, mac FROM attempts`).Scan(&version, &mac); err != nil {
			t.Fatal(err)
		}
		b.download(file)
		b.alter(plan, `DELETE FROM file_downloads WHERE $1 <> ''`, `DELETE FROM plan_acts WHERE plan_id = $1 AND kind = 'DOWNLOAD'`,
			`UPDATE payments SET state = 'SUBMITTED' WHERE plan_id = $1`)
		if _, err := b.db.Pool.Exec(t.Context(), `UPDATE attempts SET state = 'CLAIMED', version = $1, mac = $2`, version, mac); err != nil {
			t.Fatal(err)
		}
		log := b.serverLogged()
		if off {
			b.serve(server.NewForgetful(b.serving))
		}
		_, err := withdraw(b.treasurer("t"), file)
		if off { // then its money is back, and another attempt is made
			b.drain()
			if err != nil || b.ledger.Sum("award:") != 10_000 {
				t.Errorf("without the protection: %v, balances %v", err, b.ledger.Balances())
			}
			continue
		}
		refused(t, "withdraw", err, "PAYMENT_LEFT")
		if b.ledger.Sum("award:") != 0 || !strings.Contains(log.String(), "alarm=true") {
			t.Errorf("balances %v, log %s", b.ledger.Balances(), log)
		}
	}
}

// Where the ledger does not answer nothing is withdrawn, and the file is as it was.
func TestAFileIsNotWithdrawnWhileTheLedgerIsSilent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	file := b.files(plan)[0].GetName()
	o := b.serving
	o.Posting = silentLedger{o.Posting}
	b.serve(server.New(o))
	_, err := withdraw(b.treasurer("t"), file)
	refused(t, "withdraw", err, "DOWN")
	if state := b.files(plan)[0].GetState(); state != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_SEALED {
		t.Errorf("the file is %v", state)
	}
}

// silentLedger answers no question for leaves.
type silentLedger struct{ ledgerv1.PostingServiceClient }

func (silentLedger) CheckLeaves(context.Context, *ledgerv1.CheckLeavesRequest, ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error) {
	return nil, fault.New(fault.Unavailable, "DOWN", "Try again.")
}

// serverLogged has the server log into a buffer from now on.
func (b *bench) serverLogged() *bytes.Buffer {
	log := &bytes.Buffer{}
	b.serving.Log = slog.New(slog.NewTextHandler(log, nil))
	b.serve(server.New(b.serving))
	return log
}

func TestAPlanLeavesOutWhomItsRailCannotPay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.committed(3)
	make := func(by string) (*disbursementsv1.PaymentPlan, error) {
		return b.treasurer(by).plans.CreatePaymentPlan(context.Background(), &disbursementsv1.CreatePaymentPlanRequest{
			PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "rails/sepa"},
		})
	}
	// Given a family that takes cash, and one with nowhere to be paid,
	b.families.nowhere["families/f_1"], b.families.nowhere["families/f_2"] = "FORM_NOT_TAKEN", "NO_DESTINATION"
	// when a plan is made, it pays the third and names the others,
	p := must[*disbursementsv1.PaymentPlan](t, "make plan")(make("maker"))
	why := map[string]string{}
	for _, l := range p.GetLeftOut() {
		why[l.GetFamily()] = l.GetReason()
	}
	if p.GetPaymentCount() != 1 || len(why) != 2 || why["families/f_1"] != "FORM_NOT_TAKEN" || why["families/f_2"] != "NO_DESTINATION" {
		t.Errorf("plan %v", p)
	}
	// a plan of nobody else is refused by the reason,
	delete(b.families.nowhere, "families/f_2")
	b.families.nowhere["families/f_2"] = "FORM_NOT_TAKEN"
	_, err := make("maker")
	refused(t, "a plan of nobody", err, "FORM_NOT_TAKEN")
	// and once a family has an account, its award is there to be planned.
	delete(b.families.nowhere, "families/f_1")
	p = must[*disbursementsv1.PaymentPlan](t, "make plan")(make("maker"))
	if p.GetPaymentCount() != 1 || len(p.GetLeftOut()) != 1 || !strings.HasPrefix(p.GetLeftOut()[0].GetFamily(), "families/f_2") {
		t.Errorf("plan %v", p)
	}
}
