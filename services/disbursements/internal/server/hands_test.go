package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// byTheTable has plans need two persons up to 150.00, and three above, or two after
// three days.
func (b *bench) byTheTable() {
	b.ledger.SetHands(&ledgerv1.HandsRow{UpTo: 15_000, Persons: 2}, &ledgerv1.HandsRow{Persons: 3, WaitDays: 3})
}

// releasedBy releases a plan as somebody.
func (b *bench) releasedBy(who, plan string) error {
	_, err := step(context.Background(), b.treasurer(who), "release", plan)
	return err
}

// leaves checks that the books let each payment of a plan go.
func (b *bench) leaves(plan string) {
	b.t.Helper()
	b.drain()
	for _, y := range b.payments(plan) {
		if got := y.GetState(); got != disbursementsv1.PaymentState_PAYMENT_STATE_SUBMITTED && got != disbursementsv1.PaymentState_PAYMENT_STATE_SENT {
			b.t.Errorf("%s is %v", y.GetName(), got)
		}
	}
}

func TestASmallPlanIsReleasedByItsMaker(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(1)
	b.steps(plan, "lock", "submit", "approve")
	_, err := step(context.Background(), b.treasurer("authorizer"), "authorize", plan)
	refused(t, "authorise what needs no authoriser", err, "ILLEGAL_STATE")
	if err := b.releasedBy("maker", plan); err != nil {
		t.Fatalf("release: %v", err)
	}
	if got := b.decisionsAbout(plan); !slices.Equal(got, []string{"PLAN_LOCKED staff/s_maker", "PLAN_LOOKED staff/s_looker", "PLAN_APPROVED staff/s_approver", "PLAN_RELEASED staff/s_maker"}) {
		t.Errorf("the log has %v", got)
	}
	b.leaves(plan)
}

func TestALargerPlanIsReleasedByAThirdPerson(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	plan := b.planned(2)
	b.steps(plan, "lock", "submit", "approve")
	for _, who := range []string{"maker", "approver"} {
		refused(t, "release by the "+who, b.releasedBy(who, plan), "SAME_PERSON")
	}
	b.steps(plan, "release")
	b.leaves(plan)
}

// Where nobody else is there, two persons may release it once it has stood in open view
// for its days; until then the refusal says from which day on.
func TestTwoPersonsReleaseALargerPlanAfterItsDays(t *testing.T) {
	t.Parallel()
	for ago, enough := range map[time.Duration]bool{2: false, 3: true} {
		b := newBench(t)
		b.byTheTable()
		plan := b.planned(2)
		b.clock.move(-ago * 24 * time.Hour)
		b.steps(plan, "lock", "submit")
		from := b.clock.now().UTC().AddDate(0, 0, 3).Format(time.DateOnly)
		b.clock.move(ago * 24 * time.Hour)
		refused(t, "release before the approval", b.releasedBy("maker", plan), "ILLEGAL_STATE")
		b.steps(plan, "approve")
		err := b.releasedBy("maker", plan)
		if !enough {
			if f := fault.As(err); f == nil || f.Reason != "SAME_PERSON" || !strings.Contains(f.Message, from) {
				t.Errorf("too early, before %s: %v", from, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("after its days: %v", err)
		}
		b.leaves(plan)
	}
}

// What leaves within thirty days is counted together, whoever makes the plans.
func TestASecondSmallPlanNeedsAThirdPerson(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.byTheTable()
	first, second := b.planned(1), b.planned(1)
	b.steps(first, "lock")
	b.steps(second, "lock", "submit", "approve")
	refused(t, "release by the maker", b.releasedBy("maker", second), "SAME_PERSON")
	b.steps(second, "release")
}
