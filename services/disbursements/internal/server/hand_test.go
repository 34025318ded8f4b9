package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/manual"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// byBYN is an account in Belarus.
const byBYN = "BY20OLMP31350000001000000933"

// proof is what proves that somebody has paid.
var proof = bytes.Repeat([]byte{7}, sha256.Size)

// newHands is a bench with the rail of payments by hand as well.
func newHands(t *testing.T, with func(store.Rows) store.Rows) *bench {
	t.Helper()
	b := newBenchWith(t, postgrestest.New(t, store.Migrations()), with)
	senders, err := manual.Config{
		Senders: []string{"main:account:EUR", "zloty:account:PLN", "exchange:ethereum:EUR", "courier:courier:EUR"}, ExposureCap: 2,
	}.List(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range senders {
		if err := b.options.Store.AddRail(context.Background(), manual.ID, s.ID); err != nil {
			t.Fatal(err)
		}
	}
	b.options.Rails = append(b.options.Rails, manual.New(b.options.Store, sealtest.New(t), senders))
	b.worker = duty.New(b.options)
	b.duties = b.worker.Duties()
	b.serving.Rails, b.serving.Committer = b.options.Rails, b.worker
	b.serve(server.New(b.serving))
	return b
}

func (b *bench) today() string { return b.clock.now().UTC().Format(time.DateOnly) }

// planBy makes a plan of a round that a sender of the rail pays.
func (b *bench) planBy(round, sender string) (*disbursementsv1.PaymentPlan, error) {
	return b.treasurer("maker").plans.CreatePaymentPlan(context.Background(), &disbursementsv1.CreatePaymentPlanRequest{
		PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "rails/manual", Sender: "rails/manual/senders/" + sender},
	})
}

// fetched is a plan of n families whose sheets were fetched, with what stands on them.
func (b *bench) fetched(n int, sender string, places ...*familiesv1.ReleasedDestination) (plan string, sheets []byte) {
	b.t.Helper()
	round := b.committed(n)
	b.families.place = map[string]*familiesv1.ReleasedDestination{}
	for i, place := range places {
		b.families.place[b.families.requests[i].GetFamily()] = place
	}
	plan = must[*disbursementsv1.PaymentPlan](b.t, "make plan")(b.planBy(round, sender)).GetName()
	b.steps(plan, "lock", "submit", "approve", "authorize", "release")
	b.drain()
	for _, f := range b.files(plan) {
		sheets = slices.Concat(sheets, b.download(f.GetName()))
	}
	return plan, sheets
}

// sent is what a person says about a payment by hand.
func (b *bench) sent(by, payment string, change ...func(*disbursementsv1.RecordPaymentSentRequest)) (*disbursementsv1.Payment, error) {
	req := &disbursementsv1.RecordPaymentSentRequest{Name: payment, EvidenceSha256: proof, OccurredOn: b.today(), RequestId: key()}
	for _, c := range change {
		c(req)
	}
	return b.treasurer(by).payments.RecordPaymentSent(context.Background(), req)
}

// delivered is what a person says about cash.
func (b *bench) delivered(by, payment string) (*disbursementsv1.Payment, error) {
	return b.treasurer(by).payments.RecordPaymentDelivery(context.Background(), &disbursementsv1.RecordPaymentDeliveryRequest{
		Name: payment, EvidenceSha256: proof, OccurredOn: b.today(), RequestId: key(),
	})
}

// stands fails the test unless a payment is in a state.
func (b *bench) stands(what, payment, state string) {
	b.t.Helper()
	y := must[*disbursementsv1.Payment](b.t, "read")(b.treasurer("reader").payments.GetPayment(context.Background(), &disbursementsv1.GetPaymentRequest{Name: payment}))
	if got := y.GetState().String(); got != "PAYMENT_STATE_"+state {
		b.t.Errorf("%s: the payment is %s, want %s", what, got, state)
	}
}
