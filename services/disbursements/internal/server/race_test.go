package server_test

import (
	"bytes"
	"context"
	"sync"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
)

// together runs all at once and waits for them.
func together(all ...func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, f := range all {
		wg.Go(func() {
			<-start
			f()
		})
	}
	close(start)
	wg.Wait()
}

// TestAnApprovalRacedWithAnEditNeverApprovesTheEdit lets an approver and a maker
// at one plan together, again and again.
func TestAnApprovalRacedWithAnEditNeverApprovesTheEdit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(12)
	b.steps(plan, "lock", "submit")
	maker, approver := b.treasurer("maker"), b.approver("approver")
	for range 10 {
		looked := must[*disbursementsv1.PaymentPlan](t, "look")(approver.plans.GetPaymentPlan(context.Background(),
			&disbursementsv1.GetPaymentPlanRequest{Name: plan}))
		together(func() {
			_, _ = approver.plans.ApprovePaymentPlan(context.Background(), &disbursementsv1.ApprovePaymentPlanRequest{Name: plan, Digest: looked.GetDigest()})
		}, func() {
			_, _ = step(context.Background(), maker, "unlock", plan)
			for _, y := range b.payments(plan) {
				if y.GetState() == disbursementsv1.PaymentState_PAYMENT_STATE_PENDING {
					_, _ = maker.payments.CancelPayment(context.Background(), &disbursementsv1.CancelPaymentRequest{Name: y.GetName()})
					break
				}
			}
			_, _ = step(context.Background(), maker, "lock", plan)
			_, _ = step(context.Background(), maker, "submit", plan)
		})
		after := must[*disbursementsv1.PaymentPlan](t, "look")(approver.plans.GetPaymentPlan(context.Background(),
			&disbursementsv1.GetPaymentPlanRequest{Name: plan}))
		if after.GetState() == disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_IN_AUTHORIZATION && !bytes.Equal(after.GetDigest(), looked.GetDigest()) {
			t.Fatal("something else was approved than what was looked at")
		}
		if after.GetState() == disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_IN_AUTHORIZATION {
			b.steps(plan, "reject", "submit")
		}
	}
}

// TestOnePersonInTwoSessionsTakesOnePart authorises and releases, or approves and
// authorises, at the same time.
func TestOnePersonInTwoSessionsTakesOnePart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	b.steps(plan, "lock", "submit")
	first, second := b.everything("twice"), b.everything("twice")
	for range 5 {
		together(
			func() { _, _ = step(context.Background(), first, "approve", plan) },
			func() { _, _ = step(context.Background(), second, "authorize", plan) },
			func() { _, _ = step(context.Background(), first, "authorize", plan) },
			func() { _, _ = step(context.Background(), second, "release", plan) },
		)
	}
	p := must[*disbursementsv1.PaymentPlan](t, "get")(first.plans.GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: plan}))
	kinds := map[disbursementsv1.PaymentPlanActKind]bool{}
	for _, a := range p.GetActs() {
		if a.GetPerson() == "staff/s_twice" {
			kinds[a.GetKind()] = true
		}
	}
	if len(kinds) != 1 || p.GetState() != disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_IN_AUTHORIZATION {
		t.Errorf("one person did %v, the plan is %v", kinds, p.GetState())
	}
}

func TestManyCopiesOfACallHaveOneEffect(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.committed(3)
	maker := b.treasurer("maker")
	req := &disbursementsv1.CreatePaymentPlanRequest{
		PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "sepa"}, RequestId: key(),
	}
	var mu sync.Mutex
	names := map[string]int{}
	copies := make([]func(), 16)
	for i := range copies {
		copies[i] = func() {
			p, err := maker.plans.CreatePaymentPlan(context.Background(), req)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				names[err.Error()]++
				return
			}
			names[p.GetName()]++
		}
	}
	together(copies...)
	if len(names) != 1 {
		t.Errorf("answers: %v", names)
	}
	req.PaymentPlan.Rail = "rails/sepa"
	_, err := maker.plans.CreatePaymentPlan(context.Background(), req)
	refused(t, "same key, other request", err, "IDEMPOTENCY_KEY_REUSED")
}

// TestTwoPlansNeverShareAnAward makes two plans of one round at once.
func TestTwoPlansNeverShareAnAward(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.committed(4)
	counts := make(chan int32, 4)
	makers := make([]func(), 4)
	for i := range makers {
		makers[i] = func() {
			p, err := b.treasurer("maker").plans.CreatePaymentPlan(context.Background(),
				&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "sepa"}})
			if err != nil {
				counts <- 0
				return
			}
			counts <- p.GetPaymentCount()
		}
	}
	together(makers...)
	var total int32
	for range makers {
		total += <-counts
	}
	if total != 4 {
		t.Errorf("%d payments for 4 awards", total)
	}
}

// TestAStatementTakenInTwiceAtOnceCountsOnce uploads one file from two sides.
func TestAStatementTakenInTwiceAtOnceCountsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(3)
	b.drain()
	content := statement(t, b.bank(plan), 1)
	replayed := make(chan bool, 2)
	upload := func() {
		resp, err := b.upload(content)
		if err != nil {
			t.Errorf("upload: %v", err)
		}
		replayed <- resp.GetReplayed()
	}
	together(upload, upload)
	if first, second := <-replayed, <-replayed; first == second {
		t.Error("both or none of the uploads was the first")
	}
	b.drain()
	if b.ledger.Sum("asset:bank:main") != 20_000 || b.ledger.Sum("award:") != 10_000 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}
}
