package server_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// outside is a rail whose provider takes each end-to-end id as often as it is
// told to: only this service keeps it from being told twice.
type outside struct {
	rpctest.Trouble
	mu    sync.Mutex
	taken map[string]int
	blind bool // looking up tells nothing
}

func (o *outside) Capabilities() rail.Capabilities {
	return rail.Capabilities{
		ID: sepa.ID, Senders: []rail.Sender{{ID: "main", IBAN: senderIBAN, Currency: "EUR"}}, Currencies: []string{"EUR"},
		Forms: []payment.Accepted{{Form: payment.FormBankAccount}}, LooksUp: true, Proves: true,
	}
}

func (o *outside) Prepare(context.Context, payment.Instruction) error { return nil }

func (o *outside) Submit(_ context.Context, in payment.Instruction) (payment.Finding, error) {
	after, err := o.Before("Submit")
	if err != nil {
		return payment.NotKnown, err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.taken[in.Attempt.EndToEndID]++
	return payment.Taken, after()
}

func (o *outside) Reconcile(context.Context, []byte) (rail.Report, error) {
	return rail.Report{}, rail.Cannot()
}

func (o *outside) Cancel(context.Context, payment.Cancellation) error { return rail.Cannot() }

func (o *outside) Poll(_ context.Context, a payment.Attempt) (payment.Finding, error) {
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
	o.Rails = rail.Set{r}
	b.worker = duty.New(o)
}

func TestALostAnswerOfTheRailIsLookedUpNeverSentAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	provider := &outside{taken: map[string]int{}, blind: true}
	b.over(provider)
	y := b.payments(b.released(1))[0].GetName()
	// Given a rail that took the payment and lost its answer,
	provider.FailNext("Submit", true)
	b.try(y)
	// when nobody can tell, the attempt is UNKNOWN, however often it is tried,
	for range 3 {
		b.try(y)
	}
	if got := b.attempts(y)[0].GetState(); got != disbursementsv1.AttemptState_ATTEMPT_STATE_UNKNOWN || provider.sent() != 1 {
		t.Fatalf("attempt is %v, sent %d times", got, provider.sent())
	}
	_, err := b.treasurer("t").payments.RetryPayment(context.Background(), &disbursementsv1.RetryPaymentRequest{Name: y, RequestId: key()})
	refused(t, "retry of an unknown outcome", err, "ILLEGAL_STATE")
	// and once the rail can, it is SENT.
	provider.blind = false
	b.try(y)
	if got := b.attempts(y)[0].GetState(); got != disbursementsv1.AttemptState_ATTEMPT_STATE_SENT || provider.sent() != 1 {
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
	provider.FailNext("Submit", false)
	b.try(y)
	b.try(y)
	if got := b.payments(plan)[0]; got.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_FAILED || provider.sent() != 0 {
		t.Fatalf("payment: %v", got)
	}
	must[*disbursementsv1.Payment](t, "retry")(b.treasurer("t").payments.RetryPayment(context.Background(),
		&disbursementsv1.RetryPaymentRequest{Name: y, RequestId: key()}))
	// The money of the failed attempt is still on its way back: first it comes back.
	if err := b.worker.Submit(context.Background(), strings.TrimPrefix(y, "payments/")); !fault.Is(err, "INSUFFICIENT_FUNDS") {
		t.Errorf("submitted before the money was back: %v", err)
	}
	owed := must[[]string](t, "owed postings")(b.options.Store.OwedPostings(context.Background(), b.clock.now().Add(time.Minute), "", 10))
	if len(owed) != 1 {
		t.Fatalf("owed postings: %v", owed)
	}
	if err := b.worker.Post(context.Background(), owed[0]); err != nil {
		t.Fatal(err)
	}
	b.try(y)
	list := b.attempts(y)
	if len(list) != 2 || list[1].GetState() != disbursementsv1.AttemptState_ATTEMPT_STATE_SENT || provider.sent() != 1 {
		t.Errorf("attempts: %v", list)
	}
	if b.ledger.Sum("transit:sepa") != 10_000 {
		t.Errorf("balances: %v", b.ledger.Balances())
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
			`DELETE FROM meant_accounts WHERE payment_id = $1`, `DELETE FROM attempts WHERE payment_id = $1`, `UPDATE payments SET state = 'SUBMITTED' WHERE id = $1`,
		} {
			if _, err := b.db.Pool.Exec(context.Background(), sql, strings.TrimPrefix(y, "payments/")); err != nil {
				t.Fatal(err)
			}
		}
		b.clock.move(later)
		b.try(y)
		b.try(y)
		if got := b.attempts(y)[0].GetState(); got != disbursementsv1.AttemptState_ATTEMPT_STATE_UNKNOWN || provider.sent() != 1 {
			t.Errorf("%v later: attempt is %v, sent %d times", later, got, provider.sent())
		}
	}
}
