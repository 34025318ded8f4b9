package server_test

import (
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func (f *fixture) reject(c ledgerv1.PeriodServiceClient, name string) *ledgerv1.PeriodClose {
	f.t.Helper()
	rejected, err := c.RejectPeriodClose(f.t.Context(), &ledgerv1.RejectPeriodCloseRequest{Name: name})
	if err != nil {
		f.t.Fatalf("reject: %v", err)
	}
	return rejected
}

// A gift and its reversal leave every figure as it was: what was confirmed is
// nevertheless not what the two persons looked at.
func TestBookingsThatCancelOutStopTheCloseToo(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	c := f.proposed("2026-11-15")
	f.post(onDay("2026-11-10", postingtest.Gift("wrong", 30)))
	back := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_REVERSAL, "wrong/back", "donations/d_1")
	back.Reverses = "wrong"
	f.post(onDay("2026-11-10", back))
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); !fault.Is(err, "FIGURES_CHANGED") {
		t.Errorf("cancelled out: %v", err)
	}
	f.reject(f.approver(), c.GetName())

	// On a day after the period they stop nothing.
	c = f.proposed("2026-11-15")
	f.post(onDay("2026-11-16", postingtest.Gift("later/2", 30)))
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); err != nil {
		t.Errorf("later: %v", err)
	}
}

func TestAClosingBalanceFromAnotherStatementIsNotWhatWasSeen(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	c := f.proposed("2026-11-15")
	f.world.set(func(w *world) { w.series[0].Statement = "statements/st_2" })
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); !fault.Is(err, "FIGURES_CHANGED") {
		t.Errorf("another statement: %v", err)
	}
}

func TestWhoImportedTheStatementDoesNotConfirmTheClose(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	f.world.set(func(w *world) { w.series[0].ImportedBy = "staff/s_2" })
	c := f.proposed("2026-11-15")
	_, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c))
	got := fault.As(err)
	if got == nil || got.Kind != fault.PermissionDenied || got.Reason != "SAME_PERSON" ||
		len(got.Violations) != 1 || got.Violations[0].Field != "asset:bank:main" {
		t.Errorf("the importer: %v", err)
	}
	third := f.closer("staff/s_3", policyv1.Role_ROLE_APPROVER)
	if _, err := third.ConfirmPeriodClose(t.Context(), confirmClose(c)); err != nil {
		t.Errorf("a third person: %v", err)
	}
}

func TestARejectionAndAWithdrawalNameWhoDecidedAndFreeTheDays(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	for decider, c := range map[string]ledgerv1.PeriodServiceClient{"staff/s_1": f.treasurer(), "staff/s_2": f.approver()} {
		got := f.reject(c, f.proposed("2026-11-15").GetName())
		if got.GetState() != ledgerv1.PeriodCloseState_PERIOD_CLOSE_STATE_REJECTED || got.GetDecider() != decider || got.GetProposer() != "staff/s_1" {
			t.Errorf("%s: %v", decider, got)
		}
	}
	c := f.proposed("2026-11-15")
	if c.GetFirstDay() != "2026-11-02" {
		t.Errorf("begins on %s", c.GetFirstDay())
	}
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); err != nil {
		t.Errorf("after both: %v", err)
	}
}

func TestOneCloseAtATimeIsComparedWithTheOutside(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	hold := make(chan struct{})
	f.world.set(func(w *world) { w.hold = hold })
	first := make(chan error, 1)
	go func() {
		_, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose("2026-11-15"))
		first <- err
	}()
	for asked := 0; asked == 0; time.Sleep(time.Millisecond) {
		f.world.set(func(w *world) { asked = len(w.asked) })
	}
	_, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose("2026-11-14"))
	if got := fault.As(err); got == nil || got.Kind != fault.Exhausted || got.Reason != "REVIEW_RUNNING" || got.RetryAfter <= 0 {
		t.Errorf("meanwhile: %v", err)
	}
	close(hold)
	if err := <-first; err != nil {
		t.Errorf("the first: %v", err)
	}
	f.world.set(func(w *world) {
		if len(w.asked) != 1 {
			t.Errorf("asked %v", w.asked)
		}
	})
	if _, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose("2026-11-15")); !fault.Is(err, "PROPOSAL_OPEN") {
		t.Errorf("afterwards: %v", err)
	}
}
