package store_test

import (
	"context"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// proposed makes a sealed file whose download is proposed, and returns its plan and
// itself.
func (d *desk) proposed() (planID, fileID string) {
	d.t.Helper()
	planID, fileID, _ = d.sealed()
	d.done("propose", d.store.ProposeDownload(context.Background(), planID, fileID, "staff/s_p", "FIRST_HANDOVER"))
	return planID, fileID
}

func TestAStoppedSenderSendsNothingAndIsResumedByAnotherPerson(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(1)
	for _, person := range []string{"staff/s_1", "staff/s_2"} { // whoever stops it first counts
		d.done("stop", d.store.StopSender(ctx, "sepa", "main", person))
	}
	if r, err := d.store.Rail(ctx, "sepa"); err != nil || r.StoppedBy != "" || r.StopOf("main") != "staff/s_1" {
		t.Errorf("rail %+v, %v", r, err)
	}
	d.refused("claim", errOf(d.store.Claim(ctx, payments[0])), "SENDER_STOPPED")
	d.refused("plan", errOf(d.store.CreatePlan(ctx, store.NewPlan{
		RoundID: d.plan(planID).RoundID, Rail: "sepa", Sender: "main", Person: "staff/s_m", Currencies: []string{"EUR"},
	})), "SENDER_STOPPED")
	d.refused("resume", d.store.ResumeSender(ctx, "sepa", "main", "staff/s_1"), "SAME_PERSON")
	d.done("resume", d.store.ResumeSender(ctx, "sepa", "main", "staff/s_2"))
	d.claim(payments[0])
	d.refused("an unknown sender", d.store.StopSender(ctx, "sepa", "none", "staff/s_1"), "NOT_FOUND")
}

// TestASwitchHoldsBackAFileThatIsSealed stops rail and sender after the sealing; with
// the protection off the file leaves all the same.
func TestASwitchHoldsBackAFileThatIsSealed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for why, turn := range map[string]struct{ stop, resume func(d *desk) error }{
		"RAIL_STOPPED": {
			func(d *desk) error { return d.store.StopRail(ctx, "sepa", "staff/s_1") },
			func(d *desk) error { return d.store.ResumeRail(ctx, "sepa", "staff/s_2") },
		},
		"SENDER_STOPPED": {
			func(d *desk) error { return d.store.StopSender(ctx, "sepa", "main", "staff/s_1") },
			func(d *desk) error { return d.store.ResumeSender(ctx, "sepa", "main", "staff/s_2") },
		},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			planID, fileID := d.proposed()
			d.done("stop", turn.stop(d))
			d.refused("fetch", errOf(d.store.TakeDownload(ctx, planID, fileID, "staff/s_q", 7)), fault.Reason(why))
			// The proposal stays, and is good once it goes on.
			d.done("resume", turn.resume(d))
			d.done("fetch", errOf(d.store.TakeDownload(ctx, planID, fileID, "staff/s_q", 7)))

			d = newDesk(t)
			planID, fileID = d.proposed()
			d.done("stop", turn.stop(d))
			d.done("fetch without a look", errOf(d.store.Careless().TakeDownload(ctx, planID, fileID, "staff/s_q", 7)))
		})
	}
}

// TestWhoeverEditedAPlanIsItsMaker lets an approver-to-be take a payment out first.
func TestWhoeverEditedAPlanIsItsMaker(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.Draft)
	d.done("edit", d.store.CancelPayment(ctx, d.payments(id)[0], hat(plan.Approve)))
	d.acts(id, plan.Lock, plan.Submit)
	d.refused("approve what they edited", d.act(id, plan.Approve, hat(plan.Approve)), "SAME_PERSON")
	d.done("approve by another", d.act(id, plan.Approve, "staff/s_other"))
	// And who has another part does not edit.
	d.acts(id, plan.Unlock)
	d.refused("edit by the approver", d.store.CancelPayment(ctx, d.payments(id)[1], "staff/s_other"), "SAME_PERSON")
}
