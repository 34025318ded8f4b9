package disbursements

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/worker"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// outside is a rail whose provider takes each end-to-end id as often as it is
// told to: only this service keeps it from being told twice.
type outside struct {
	trouble
	mu    sync.Mutex
	taken map[string]int
	blind bool // looking up tells nothing
}

func (o *outside) Local() bool { return false }

func (o *outside) Submit(_ context.Context, in payment.Instruction) error {
	after, err := o.before("Submit")
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken[in.Attempt.EndToEndID]++
	return after()
}

func (o *outside) Lookup(_ context.Context, a payment.Attempt) (payment.Finding, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.blind:
		return payment.NotKnown, nil
	case o.taken[a.EndToEndID] > 0:
		return payment.Taken, nil
	}
	return payment.Refused, nil // the provider keeps every id: what it has not, it never had
}

// sent counts what the provider was told to pay.
func (o *outside) sent() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := 0
	for _, times := range o.taken {
		n += times
	}
	return n
}

// over makes the service use another rail.
func (b *bench) over(r rail.Rail) {
	o := b.options
	o.Rails = map[string]rail.Rail{sepaRail: r}
	b.worker = worker.New(o)
}

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
	if y.GetState() != disbursementsv1.Payment_STATE_SENT || len(a) != 1 || a[0].GetState() != disbursementsv1.Attempt_STATE_SENT {
		t.Errorf("payment %v, attempts %v", y, a)
	}
	draft := b.ledger.booked["payment/"+strings.TrimPrefix(y.GetName(), "payments/")+"/attempts/1/submit"]
	if draft.GetSource() != plan+"/"+y.GetName() || draft.GetKind() != ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED {
		t.Errorf("booked: %v", draft)
	}
	if b.ledger.sum("transit:sepa") != 10_000 || b.ledger.sum("award:") != 0 {
		t.Errorf("balances: %v", b.ledger.balances)
	}
}

// TestABreakAnywhereSubmitsOnce loses each call's answer, or the call itself, and
// tries again: the provider is told once.
func TestABreakAnywhereSubmitsOnce(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"Record", "Post", "ReleaseDestination"} {
		for _, after := range []bool{false, true} {
			b := newBench(t)
			provider := &outside{taken: map[string]int{}}
			b.over(provider)
			y := b.payments(b.released(1))[0].GetName()
			switch where {
			case "ReleaseDestination":
				b.families.failNext(where, after)
			default:
				b.ledger.failNext(where, after)
			}
			if n := b.try(y); n != 1 || provider.sent() != 1 {
				t.Errorf("%s, after its effect %v: %d errors, sent %d times", where, after, n, provider.sent())
			}
			if got := b.ledger.kinds(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED); got != 1 {
				t.Errorf("%s: %d submissions booked", where, got)
			}
		}
	}
}

func TestALostAnswerOfTheRailIsLookedUpNeverSentAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	provider := &outside{taken: map[string]int{}, blind: true}
	b.over(provider)
	y := b.payments(b.released(1))[0].GetName()
	// Given a rail that took the payment and lost its answer,
	provider.failNext("Submit", true)
	b.try(y)
	// when nobody can tell, the attempt is UNKNOWN, however often it is tried,
	for range 3 {
		b.try(y)
	}
	if got := b.attempts(y)[0].GetState(); got != disbursementsv1.Attempt_STATE_UNKNOWN || provider.sent() != 1 {
		t.Fatalf("attempt is %v, sent %d times", got, provider.sent())
	}
	_, err := b.treasurer("t").payments.RetryPayment(context.Background(), &disbursementsv1.RetryPaymentRequest{Name: y, RequestId: key()})
	refused(t, "retry of an unknown outcome", err, "ILLEGAL_STATE")
	// and once the rail can, it is SENT.
	provider.blind = false
	b.try(y)
	if got := b.attempts(y)[0].GetState(); got != disbursementsv1.Attempt_STATE_SENT || provider.sent() != 1 {
		t.Errorf("attempt is %v, sent %d times", got, provider.sent())
	}
}

func TestWhatTheRailNeverHadFailsAndIsTriedAgainByAPerson(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	provider := &outside{taken: map[string]int{}}
	b.over(provider)
	plan := b.released(1)
	y := b.payments(plan)[0].GetName()
	provider.failNext("Submit", false)
	b.try(y)
	b.try(y)
	if got := b.payments(plan)[0]; got.GetState() != disbursementsv1.Payment_STATE_FAILED || provider.sent() != 0 {
		t.Fatalf("payment: %v", got)
	}
	must[*disbursementsv1.Payment](t, "retry")(b.treasurer("t").payments.RetryPayment(context.Background(),
		&disbursementsv1.RetryPaymentRequest{Name: y, RequestId: key()}))
	// The money of the failed attempt is still on its way back: first it comes back.
	if err := b.worker.Submit(context.Background(), strings.TrimPrefix(y, "payments/")); !fault.Is(err, "INSUFFICIENT_FUNDS") {
		t.Errorf("submitted before the money was back: %v", err)
	}
	for _, d := range b.duties {
		if d.Kind == "attempt.post" {
			id := strings.TrimPrefix(y, "payments/") + "/1/FAIL"
			if err := d.Do(context.Background(), id); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.try(y)
	list := b.attempts(y)
	if len(list) != 2 || list[1].GetState() != disbursementsv1.Attempt_STATE_SENT || provider.sent() != 1 {
		t.Errorf("attempts: %v", list)
	}
	if b.ledger.sum("transit:sepa") != 10_000 {
		t.Errorf("balances: %v", b.ledger.balances)
	}
}

// TestAnOlderCopyOfTheDatabaseSendsNothing restores the payment to before its
// claim, after it was sent: on the same day, and when the posting would have
// another day.
func TestAnOlderCopyOfTheDatabaseSendsNothing(t *testing.T) {
	t.Parallel()
	for _, later := range []time.Duration{0, 48 * time.Hour} {
		b := newBench(t)
		provider := &outside{taken: map[string]int{}, blind: true}
		b.over(provider)
		y := b.payments(b.released(1))[0].GetName()
		b.try(y)
		for _, sql := range []string{
			`DELETE FROM attempts WHERE payment_id = $1`, `UPDATE payments SET state = 'SUBMITTED' WHERE id = $1`,
		} {
			if _, err := b.db.Pool.Exec(context.Background(), sql, strings.TrimPrefix(y, "payments/")); err != nil {
				t.Fatal(err)
			}
		}
		b.clock.move(later)
		b.try(y)
		b.try(y)
		if got := b.attempts(y)[0].GetState(); got != disbursementsv1.Attempt_STATE_UNKNOWN || provider.sent() != 1 {
			t.Errorf("%v later: attempt is %v, sent %d times", later, got, provider.sent())
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
	if len(list) != 1 || list[0].GetState() != disbursementsv1.Attempt_STATE_SENT || provider.sent() != 1 {
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
	b.ledger.posting = func() {
		close(inside)
		<-goOn
	}
	first := make(chan error)
	go func() { first <- b.worker.Submit(context.Background(), y) }()
	<-inside
	b.ledger.posting = nil
	refused(t, "second worker", b.worker.Submit(context.Background(), y), "BUSY")
	close(goOn)
	if err := <-first; err != nil {
		t.Errorf("first worker: %v", err)
	}
	if got := b.attempts("payments/" + y)[0].GetState(); got != disbursementsv1.Attempt_STATE_SENT {
		t.Errorf("attempt is %v", got)
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
	if states["STATE_SENT"] != 1 || states["STATE_FAILEDDESTINATION_COOLING_OFF"] != 1 {
		t.Errorf("states: %v", states)
	}
	if b.ledger.sum("transit:sepa") != 10_000 || b.ledger.sum("award:") != 10_000 {
		t.Errorf("balances: %v", b.ledger.balances)
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
	if got := b.payments(plan)[0].GetState(); got != disbursementsv1.Payment_STATE_SENT {
		t.Errorf("payment is %v", got)
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
	for _, y := range b.payments(plan) {
		if y.GetState() != disbursementsv1.Payment_STATE_SENT {
			t.Errorf("payment: %v", y)
		}
	}
}
