package server_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// try submits a payment until nothing goes wrong any more, as the jobs do.
func (b *bench) try(paymentName string) (errors int) {
	b.t.Helper()
	for range 10 {
		if b.worker.Submit(context.Background(), strings.TrimPrefix(paymentName, "payments/")) == nil {
			return errors
		}
		errors++
	}
	b.t.Fatal("submitting never succeeds")
	return errors
}

func TestAReleasedPaymentIsSubmittedInFiveSteps(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	y := b.payments(plan)[0]
	a := b.attempts(y.GetName())
	if y.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_SUBMITTED || len(a) != 1 || a[0].GetState() != disbursementsv1.AttemptState_ATTEMPT_STATE_CLAIMED {
		t.Errorf("payment %v, attempts %v", y, a)
	}
	draft := b.ledger.Booked(reference.Submit(strings.TrimPrefix(y.GetName(), "payments/"), 1))
	if draft.GetSource() != plan+"/"+y.GetName() || draft.GetKind() != ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED {
		t.Errorf("booked: %v", draft)
	}
	if b.ledger.Sum("transit:sepa") != 10_000 || b.ledger.Sum("award:") != 0 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}
}

// TestABreakAnywhereSubmitsOnce loses each call's answer, or the call itself, and
// tries again: the provider is told once.
func TestABreakAnywhereSubmitsOnce(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"Post", "ReleaseDestination"} {
		for _, after := range []bool{false, true} {
			b := newBench(t)
			provider := &outside{taken: map[string]int{}}
			b.over(provider)
			y := b.payments(b.released(1))[0].GetName()
			switch where {
			case "ReleaseDestination":
				b.families.FailNext(where, after)
			default:
				b.ledger.FailNext(where, after)
			}
			if n := b.try(y); n != 1 || provider.sent() != 1 {
				t.Errorf("%s, after its effect %v: %d errors, sent %d times", where, after, n, provider.sent())
			}
			if got := b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED); got != 1 {
				t.Errorf("%s: %d submissions booked", where, got)
			}
		}
	}
}

// TestManyWorkersSubmitAPaymentOnce lets them at it together: one has it at a
// time, so that none takes another's posting for one of an older copy.
func TestManyWorkersSubmitAPaymentOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	provider := &outside{taken: map[string]int{}, blind: true}
	b.over(provider)
	y := b.payments(b.released(1))[0].GetName()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { _ = b.worker.Submit(context.Background(), strings.TrimPrefix(y, "payments/")) })
	}
	wg.Wait()
	b.try(y)
	list := b.attempts(y)
	if len(list) != 1 || list[0].GetState() != disbursementsv1.AttemptState_ATTEMPT_STATE_SENT || provider.sent() != 1 {
		t.Errorf("attempts %v, sent %d times", list, provider.sent())
	}
}

// TestAPaymentBelongsToOneWorkerAtATime keeps the first in the middle of its
// posting.
func TestAPaymentBelongsToOneWorkerAtATime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	y := strings.TrimPrefix(b.payments(b.released(1))[0].GetName(), "payments/")
	inside, goOn := make(chan struct{}), make(chan struct{})
	b.ledger.Meanwhile("Post", func() {
		close(inside)
		<-goOn
	})
	first := make(chan error)
	go func() { first <- b.worker.Submit(context.Background(), y) }()
	<-inside
	b.ledger.Meanwhile("Post", nil)
	refused(t, "second worker", b.worker.Submit(context.Background(), y), "BUSY")
	close(goOn)
	if err := <-first; err != nil {
		t.Errorf("first worker: %v", err)
	}
	if list := b.attempts("payments/" + y); len(list) != 1 || list[0].GetState() != disbursementsv1.AttemptState_ATTEMPT_STATE_CLAIMED {
		t.Errorf("attempts are %v", list)
	}
}

func TestARefusedReleaseFailsThePaymentAndGivesTheMoneyBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.refuse["families/f_1"] = "DESTINATION_COOLING_OFF"
	plan := b.released(2)
	b.drain()
	states := map[string]int{}
	for _, y := range b.payments(plan) {
		states[y.GetState().String()+y.GetFailureReason()]++
	}
	if states["PAYMENT_STATE_SUBMITTED"] != 1 || states["PAYMENT_STATE_FAILEDDESTINATION_COOLING_OFF"] != 1 {
		t.Errorf("states: %v", states)
	}
	if b.ledger.Sum("transit:sepa") != 10_000 || b.ledger.Sum("award:") != 10_000 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}
}

func TestADestinationThatNoBankTakesFailsAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.iban["families/f_1"] = "BY13NBRB3600900000002Z00AB00" // not in the SEPA area
	plan := b.released(2)
	b.drain()
	failed := 0
	for _, y := range b.payments(plan) {
		if y.GetFailureReason() == "DESTINATION_REFUSED" {
			failed++
		}
	}
	if files := b.files(plan); failed != 1 || len(files) != 1 || files[0].GetLineCount() != 1 {
		t.Errorf("%d failed, files %v", failed, files)
	}
}

func TestAStoppedRailSubmitsNothingUntilAnotherPersonResumesIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	y := b.payments(plan)[0].GetName()
	must[*disbursementsv1.Rail](t, "stop")(b.treasurer("a").rails.StopRail(context.Background(), &disbursementsv1.StopRailRequest{Name: "rails/sepa"}))
	err := b.worker.Submit(context.Background(), strings.TrimPrefix(y, "payments/"))
	refused(t, "submit over a stopped rail", err, "RAIL_STOPPED")
	_, err = b.treasurer("a").rails.ResumeRail(context.Background(), &disbursementsv1.ResumeRailRequest{Name: "rails/sepa"})
	refused(t, "resume by who stopped it", err, "SAME_PERSON")
	must[*disbursementsv1.Rail](t, "resume")(b.treasurer("b").rails.ResumeRail(context.Background(), &disbursementsv1.ResumeRailRequest{Name: "rails/sepa"}))
	b.drain()
	if files := b.files(plan); files[0].GetLineCount() != 1 {
		t.Errorf("files: %v", files)
	}
}

func TestAnEmptiedJobTableLosesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(3)
	if _, err := b.db.Pool.Exec(context.Background(), `DELETE FROM river_job`); err != nil {
		t.Fatal(err)
	}
	b.drain()
	var lines int32
	for _, f := range b.files(plan) {
		lines += f.GetLineCount()
	}
	if lines != 3 {
		t.Errorf("%d payments are in files", lines)
	}
}
