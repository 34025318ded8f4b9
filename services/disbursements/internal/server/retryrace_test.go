package server_test

import (
	"context"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// failedTwice makes two failed payments of one award, in two plans.
func (b *bench) failedTwice(provider *outside) [2]string {
	b.t.Helper()
	round := b.committed(1)
	var failed [2]string
	for i := range failed {
		p := must[*disbursementsv1.PaymentPlan](b.t, "make plan")(b.treasurer("maker").plans.CreatePaymentPlan(context.Background(),
			&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "rails/sepa"}}))
		b.steps(p.GetName(), "lock", "submit", "approve", "authorize", "release")
		failed[i] = b.payments(p.GetName())[0].GetName()
		b.fail(provider, failed[i])
	}
	return failed
}

// fail lets a payment fail before the rail has it, and its money come back.
func (b *bench) fail(provider *outside, payment string) {
	b.t.Helper()
	provider.FailNext("Submit", false)
	b.try(payment)
	b.try(payment)
	y := must[*disbursementsv1.Payment](b.t, "look")(b.treasurer("reader").payments.GetPayment(context.Background(),
		&disbursementsv1.GetPaymentRequest{Name: payment}))
	if y.GetState() != disbursementsv1.Payment_STATE_FAILED {
		b.t.Fatalf("payment %s is %v", payment, y.GetState())
	}
	b.drain()
}

func TestOfTwoRetriesThatShareAnAwardOneIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	provider := &outside{taken: map[string]int{}}
	b.over(provider)
	// given two failed payments of one award,
	failed := b.failedTwice(provider)
	for range 5 {
		// when both are retried at once,
		var errs [2]error
		retry := func(i int) func() {
			return func() {
				_, errs[i] = b.treasurer("t").payments.RetryPayment(context.Background(),
					&disbursementsv1.RetryPaymentRequest{Name: failed[i], RequestId: key()})
			}
		}
		together(retry(0), retry(1))
		// then one goes on, and the other is told that the award is taken.
		won := 0
		if errs[1] == nil {
			won = 1
		}
		if errs[won] != nil || !fault.Is(errs[1-won], "AWARD_NOT_AVAILABLE") {
			t.Fatalf("answers: %v", errs)
		}
		b.fail(provider, failed[won])
	}
}
