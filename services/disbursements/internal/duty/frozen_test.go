package duty_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
)

// colleagues are people some of whom are frozen.
type colleagues struct {
	frozen []string
	err    error
}

func (c colleagues) ListFrozen(_ context.Context, r *accessv1.ListFrozenRequest, _ ...grpc.CallOption) (*accessv1.ListFrozenResponse, error) {
	resp := &accessv1.ListFrozenResponse{}
	for _, p := range r.GetPeople() {
		if slices.Contains(c.frozen, p) {
			resp.Frozen = append(resp.Frozen, p)
		}
	}
	return resp, c.err
}

func TestWhatAFrozenPersonApprovedIsVoidAndAskedForAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, c := range map[string]struct {
		last   plan.Kind
		frozen string
		days   int
		want   plan.State
	}{
		"its approver":             {plan.Approve, "staff/s_approver", 0, plan.Draft},
		"its approver, later":      {plan.Authorize, "staff/s_approver", 0, plan.Draft},
		"its authoriser":           {plan.Authorize, "staff/s_authorizer", 0, plan.Draft},
		"its maker":                {plan.Approve, "staff/s_maker", 0, plan.InAuthorization},
		"somebody else":            {plan.Approve, "staff/s_x", 0, plan.InAuthorization},
		"after four days":          {plan.Approve, "staff/s_approver", 4, plan.InAuthorization},
		"after it was released":    {plan.Release, "staff/s_approver", 0, plan.Accepted},
		"before anybody approved":  {plan.Submit, "staff/s_approver", 0, plan.InApproval},
		"nobody, as access is off": {plan.Approve, "", 0, plan.InAuthorization},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			planID, _ := d.taken(1, c.last)
			d.options.Now = func() time.Time { return time.Now().AddDate(0, 0, c.days) }
			people := colleagues{frozen: []string{c.frozen}}
			if c.frozen == "" {
				people.err = errors.New("access is off")
			}
			d.options.People = people
			d.worker = duty.New(d.options)
			before := len(d.ledger.Decisions())
			for range 2 {
				if err := d.worker.Tasks()[0].Do(ctx); (err != nil) != (people.err != nil) {
					t.Fatal(err)
				}
			}
			dutytest.Drain(t, d.db, d.worker.Duties()...)
			p, err := d.store.Plan(ctx, planID)
			if err != nil || p.State != c.want {
				t.Fatalf("the plan is %s: %v", p.State, err)
			}
			after := d.ledger.Decisions()[before:]
			if c.want != plan.Draft {
				return
			}
			if len(after) != 1 || after[0].GetPerson() != "" || after[0].GetContent().GetPlanVoid().GetReason().String() != "PLAN_VOID_REASON_FROZEN" {
				t.Errorf("leaves %v", after)
			}
		})
	}
}
