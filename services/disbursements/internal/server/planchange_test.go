package server_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// change changes a plan by a person, as a mask says; without paths as is set.
func (b *bench) change(who string, p *disbursementsv1.PaymentPlan, paths ...string) (*disbursementsv1.PaymentPlan, error) {
	req := &disbursementsv1.UpdatePaymentPlanRequest{PaymentPlan: p}
	if len(paths) > 0 {
		req.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
	}
	return b.everything(who).plans.UpdatePaymentPlan(context.Background(), req)
}

// out names families that a plan shall leave out.
func out(families ...string) (list []*disbursementsv1.PaymentPlan_LeftOut) {
	for _, f := range families {
		list = append(list, &disbursementsv1.PaymentPlan_LeftOut{Family: f})
	}
	return list
}

// paidFamilies are those that a plan pays.
func (b *bench) paidFamilies(plan string) (list []string) {
	for _, y := range b.payments(plan) {
		if y.GetState() == disbursementsv1.PaymentState_PAYMENT_STATE_PENDING {
			list = append(list, y.GetFamily())
		}
	}
	slices.Sort(list)
	return list
}

func TestFamiliesAreTakenOutOfADraftAndPutInAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.planned(3)
	// when one is taken out by name, and one by its payment,
	p, err := b.change("maker", &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_1")})
	if err != nil || p.GetPaymentCount() != 2 || p.GetTotal().GetMinorUnits() != 20_000 || p.GetLeftOut()[0].GetReason() != "TAKEN_OUT" {
		t.Fatalf("one is taken out: %v, %v", p, err)
	}
	for _, y := range b.payments(name) {
		if y.GetState() == disbursementsv1.PaymentState_PAYMENT_STATE_PENDING && y.GetFamily() == "families/f_2" {
			must[*disbursementsv1.Payment](t, "cancel")(b.treasurer("maker").payments.CancelPayment(context.Background(), &disbursementsv1.CancelPaymentRequest{Name: y.GetName()}))
		}
	}
	p = b.plan(name)
	if len(p.GetLeftOut()) != 2 || p.GetPaymentCount() != 1 {
		t.Errorf("both are taken out: %v", p)
	}
	// then another change leaves them out still,
	p, err = b.change("maker", &disbursementsv1.PaymentPlan{Name: name, Rail: "rails/sepa"})
	if err != nil || len(p.GetLeftOut()) != 2 || p.GetPaymentCount() != 1 {
		t.Errorf("changed: %v, %v", p, err)
	}
	// and they are put in by leaving them out no more.
	p, err = b.change("maker", &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_2")}, "left_out")
	if paid := b.paidFamilies(name); err != nil || !slices.Equal(paid, []string{"families/f_1", "families/f_3"}) {
		t.Errorf("paid are %v: %v, %v", paid, p, err)
	}
	p, err = b.change("maker", &disbursementsv1.PaymentPlan{Name: name}, "left_out")
	if err != nil || p.GetPaymentCount() != 3 || len(p.GetLeftOut()) != 0 {
		t.Errorf("all are put in: %v, %v", p, err)
	}
	// The plan goes its way.
	b.steps(name, "lock", "submit", "approve", "authorize", "release")
}

func TestWhoChangesAPlanIsItsMaker(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.planned(2)
	b.steps(name, "lock", "submit", "approve")
	_, err := b.change("maker", &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_1")})
	refused(t, "a plan that is not in DRAFT", err, "PLAN_NOT_DRAFT")
	b.steps(name, "unlock")
	_, err = b.change("approver", &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_1")})
	refused(t, "by who approved it before", err, "SAME_PERSON")
	if _, err = b.change("editor", &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_1")}); err != nil {
		t.Fatal(err)
	}
	b.steps(name, "lock", "submit")
	_, err = step(context.Background(), b.everything("editor"), "approve", name)
	refused(t, "the editor approves", err, "SAME_PERSON")
	b.steps(name, "approve")
	_, err = step(context.Background(), b.everything("editor"), "authorize", name)
	refused(t, "the editor authorises", err, "SAME_PERSON")
}

func TestAWrongChangeOfAPlanNamesTheField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.planned(2)
	before := b.plan(name)
	for _, c := range []struct {
		field string
		plan  *disbursementsv1.PaymentPlan
		paths []string
	}{
		{"paymentPlan.name", &disbursementsv1.PaymentPlan{Name: "payments/y_1"}, nil},
		{"rail", &disbursementsv1.PaymentPlan{Rail: "rails/pigeon"}, nil},
		{"sender", &disbursementsv1.PaymentPlan{Sender: "rails/sepa/senders/nobody"}, nil},
		{"leftOut[1].family", &disbursementsv1.PaymentPlan{LeftOut: out("families/f_1", "families/f_9")}, nil},
		{"excludeInvolving[0]", &disbursementsv1.PaymentPlan{ExcludeInvolving: []string{"families/f_1"}}, nil},
		{"updateMask", &disbursementsv1.PaymentPlan{}, nil}, {"updateMask", &disbursementsv1.PaymentPlan{}, []string{"state"}},
		{"updateMask", &disbursementsv1.PaymentPlan{}, []string{"allocation_round"}}, {"updateMask", &disbursementsv1.PaymentPlan{}, []string{"nothing"}},
		{"allocationRound", &disbursementsv1.PaymentPlan{AllocationRound: "allocationRounds/r_1", Rail: "sepa"}, nil},
	} {
		if c.plan.Name == "" {
			c.plan.Name = name
		}
		_, err := b.change("maker", c.plan, c.paths...)
		violates(t, c.field, err, c.field)
	}
	_, err := b.change("maker", &disbursementsv1.PaymentPlan{Name: "paymentPlans/p_x", Rail: "sepa"})
	refused(t, "no plan", err, "NOT_FOUND")
	_, err = b.change("maker", &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_1", "families/f_2")})
	refused(t, "everybody is taken out", err, "NOTHING_TO_PAY")
	if after := b.plan(name); after.GetEtag() != before.GetEtag() || after.GetPaymentCount() != 2 {
		t.Errorf("then it is %v", after)
	}
}

// Of many who have seen the same, one changes it; a repeat with the key changes nothing.
func TestOfManyWhoHaveSeenTheSamePlanOneChangesIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.planned(2)
	etag := b.plan(name).GetEtag()
	var changed atomic.Int32
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			_, err := b.change("maker", &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_1"), Etag: etag})
			switch {
			case err == nil:
				changed.Add(1)
			case !fault.Is(err, fault.ReasonEtagMismatch):
				t.Errorf("change: %v", err)
			}
		})
	}
	all.Wait()
	if p := b.plan(name); changed.Load() != 1 || p.GetPaymentCount() != 1 {
		t.Errorf("%d have changed it: %v", changed.Load(), p)
	}
	req := &disbursementsv1.UpdatePaymentPlanRequest{RequestId: key(), PaymentPlan: &disbursementsv1.PaymentPlan{Name: name, LeftOut: out("families/f_2")}}
	first := must[*disbursementsv1.PaymentPlan](t, "change")(b.treasurer("maker").plans.UpdatePaymentPlan(context.Background(), req))
	again := must[*disbursementsv1.PaymentPlan](t, "repeat")(b.treasurer("maker").plans.UpdatePaymentPlan(context.Background(), req))
	if first.GetEtag() != again.GetEtag() || !slices.Equal(b.paidFamilies(name), []string{"families/f_1"}) {
		t.Errorf("first %v, again %v", first, again)
	}
}
