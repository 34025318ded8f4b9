package duty_test

import (
	"context"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
)

// TestAPlanIsOpenAgainWhoseFamilyIsPaidElsewhere changes the account of one of two families
// that a plan pays.
func TestAPlanIsOpenAgainWhoseFamilyIsPaidElsewhere(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		last plan.Kind
		want plan.State
	}{
		"that somebody has approved": {plan.Approve, plan.Draft},
		"that nobody has yet":        {plan.Submit, plan.Draft},
		"that is released":           {plan.Release, plan.Accepted},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			planID, payments := d.taken(2, c.last)
			moment := time.Now()
			d.options.Now = func() time.Time { return moment }
			d.worker = duty.New(d.options)
			look := func() plan.Plan {
				if err := d.worker.VoidMoved(ctx); err != nil {
					t.Fatal(err)
				}
				p, err := d.store.Plan(ctx, planID)
				d.done("read plan", err)
				return p
			}
			// While nobody has moved nothing happens, and nothing is asked twice at once.
			before, locked := look(), d.families.asked
			look()
			if before.State == plan.Draft || d.families.asked != locked {
				t.Fatalf("the plan is %s, asked %d times", before.State, d.families.asked)
			}
			y, err := d.store.Payment(ctx, payments[0])
			d.done("read payment", err)
			d.families.moved = map[string]bool{y.Family: true}
			decisions := len(d.ledger.Decisions())
			moment = moment.Add(10 * time.Minute)
			if p := look(); p.State != c.want {
				t.Fatalf("the plan is %s", p.State)
			}
			dutytest.Drain(t, d.db, d.worker.Duties()...)
			after := d.ledger.Decisions()[decisions:]
			if c.want == plan.Draft && (len(after) != 1 || after[0].GetContent().GetPlanVoid().GetReason().String() != "PLAN_VOID_REASON_ACCOUNT") {
				t.Errorf("leaves %v", after)
			}
		})
	}
}
