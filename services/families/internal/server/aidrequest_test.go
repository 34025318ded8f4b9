package server_test

import (
	"strings"
	"sync"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
)

func TestOnlyAVerifiedFamilysRequestIsApprovedAndNotByItsSubmitter(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.family()
	c := b.caseworker(olga)
	r, err := c.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: newRequest()})
	must(t, err)
	approve := &familiesv1.ApproveAidRequestRequest{Name: r.GetName()}
	_, err = b.verifier(egor).requests.ApproveAidRequest(ctx, approve)
	refused(t, "an unverified family's request", err, "FAMILY_NOT_VERIFIED")
	b.verify(name)
	_, err = b.verifier(olga).requests.ApproveAidRequest(ctx, approve)
	refused(t, "the submitter approves", err, "SAME_PERSON")

	// A verifier sees what waits, of all families.
	waiting, err := b.verifier(egor).requests.ListAidRequests(ctx, &familiesv1.ListAidRequestsRequest{Filter: `state = "SUBMITTED"`})
	must(t, err)
	if len(waiting.GetAidRequests()) != 1 || waiting.GetAidRequests()[0].GetName() != r.GetName() {
		t.Errorf("waiting: %v", waiting)
	}

	// Consent that was withdrawn stops everything,
	consents, err := c.household.ListConsents(ctx, &familiesv1.ListConsentsRequest{Parent: name})
	must(t, err)
	_, err = c.household.WithdrawConsent(ctx, &familiesv1.WithdrawConsentRequest{Name: consents.GetConsents()[0].GetName()})
	must(t, err)
	_, err = b.verifier(egor).requests.ApproveAidRequest(ctx, approve)
	refused(t, "approved without consent", err, "CONSENT_MISSING")
	_, err = c.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: newRequest()})
	refused(t, "submitted without consent", err, "CONSENT_MISSING")
	_, err = b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "paid without consent", err, "CONSENT_MISSING")

	// and a new one lets it go on.
	_, err = c.household.CreateConsent(ctx, &familiesv1.CreateConsentRequest{Parent: name, Consent: b.newConsent()})
	must(t, err)
	approved, err := b.verifier(egor).requests.ApproveAidRequest(ctx, approve)
	must(t, err)
	if approved.GetState() != familiesv1.AidRequestState_AID_REQUEST_STATE_APPROVED || len(approved.GetCycleStates()) != 1 || approved.GetDecider() != egor {
		t.Errorf("request is %v", approved)
	}
	_, err = b.verifier(dina).requests.ApproveAidRequest(ctx, approve)
	refused(t, "approved twice", err, "ILLEGAL_STATE")
}

func TestARequestIsRejectedWithAReasonOrWithdrawn(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name, c := b.verified(), b.caseworker(olga)
	r, err := c.requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: newRequest()})
	must(t, err)
	reject := &familiesv1.RejectAidRequestRequest{Name: r.GetName()}
	_, err = b.verifier(egor).requests.RejectAidRequest(ctx, reject)
	violates(t, "rejected without a reason", err, "reason")
	reject.Reason = familiesv1.AidRequestRejection_AID_REQUEST_REJECTION_DUPLICATE
	_, err = b.verifier(olga).requests.RejectAidRequest(ctx, reject)
	refused(t, "rejected by the submitter", err, "SAME_PERSON")
	r, err = b.verifier(egor).requests.RejectAidRequest(ctx, reject)
	must(t, err)
	if r.GetState() != familiesv1.AidRequestState_AID_REQUEST_STATE_REJECTED || r.GetRejection() != reject.GetReason() {
		t.Errorf("request is %v", r)
	}
	r = b.approvedFor(name, 3)
	r, err = c.requests.WithdrawAidRequest(ctx, &familiesv1.WithdrawAidRequestRequest{Name: r.GetName()})
	must(t, err)
	for _, cycle := range r.GetCycleStates() {
		if cycle.GetState() != familiesv1.AidRequestCycleState_AID_REQUEST_CYCLE_STATE_CANCELLED {
			t.Errorf("cycle %v of a withdrawn request", cycle)
		}
	}
}

func TestTwoRoundsThatRaceForACycleAwardItOnce(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	r := b.approved(1)
	d := b.disbursements()
	var wg sync.WaitGroup
	var mu sync.Mutex
	granted := 0
	for i := range 8 {
		wg.Go(func() {
			held, err := d.input.ReserveRequests(ctx, &familiesv1.ReserveRequestsRequest{
				Round: "allocationRounds/r_" + strings.Repeat("x", i+1), Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: r.GetName(), Cycle: 1}},
			})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Errorf("reserve: %v", err)
			case len(held.GetHeldBack()) == 0:
				granted++
			case held.GetHeldBack()[0].GetReason() != familiesv1.HeldBackReason_HELD_BACK_REASON_NOT_APPROVED:
				t.Errorf("held back: %v", held)
			}
		})
	}
	wg.Wait()
	if granted != 1 {
		t.Errorf("the cycle was awarded %d times", granted)
	}
}

func TestAReservationIsAnsweredAlikeAndCanBeGivenBack(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	r := b.approved(2)
	d := b.disbursements()
	absent := r.GetName()[:len(r.GetName())-3] + "zzz"
	reserve := &familiesv1.ReserveRequestsRequest{Round: "allocationRounds/r_1", Commit: 1, Cycles: []*familiesv1.RequestCycle{
		{AidRequest: absent, Cycle: 1}, {AidRequest: r.GetName(), Cycle: 1},
	}}
	first, err := d.input.ReserveRequests(ctx, reserve)
	must(t, err)
	if h := first.GetHeldBack(); len(h) != 1 || h[0].GetAidRequest() != absent || h[0].GetReason() != familiesv1.HeldBackReason_HELD_BACK_REASON_UNKNOWN {
		t.Errorf("held back: %v", h)
	}
	again, err := d.input.ReserveRequests(ctx, reserve)
	must(t, err)
	if len(again.GetHeldBack()) != 1 {
		t.Errorf("the repeat holds back %v", again)
	}

	// Given back, the commit reserves nothing any more; the next one may, and others.
	for _, count := range []int32{1, 0} {
		back, err := d.input.UnreserveRequests(ctx, &familiesv1.UnreserveRequestsRequest{Round: reserve.GetRound(), Commit: 1})
		must(t, err)
		if back.GetUnreservedCount() != count {
			t.Errorf("%d given back, want %d", back.GetUnreservedCount(), count)
		}
	}
	_, err = d.input.ReserveRequests(ctx, reserve)
	refused(t, "a page that comes late", err, "COMMIT_ENDED")
	reserve.Commit, reserve.Cycles = 2, reserve.GetCycles()[1:]
	held, err := d.input.ReserveRequests(ctx, reserve)
	must(t, err)
	if len(held.GetHeldBack()) != 0 {
		t.Errorf("held back: %v", held)
	}

	// A payment that comes back makes the next part; a late report of an earlier
	// round is ignored; the second cycle is not due yet.
	report := func(paid bool, round string) familiesv1.AidRequestCycleState {
		t.Helper()
		req := &familiesv1.ReportPaidRequest{AidRequest: r.GetName(), Cycle: 1, Paid: paid}
		if round != "" {
			req.Source = &familiesv1.ReportPaidRequest_Round{Round: round}
		}
		out, err := d.input.ReportPaid(ctx, req)
		must(t, err)
		return out.GetState()
	}
	approved, awarded, paid := familiesv1.AidRequestCycleState_AID_REQUEST_CYCLE_STATE_APPROVED,
		familiesv1.AidRequestCycleState_AID_REQUEST_CYCLE_STATE_AWARDED, familiesv1.AidRequestCycleState_AID_REQUEST_CYCLE_STATE_PAID
	for _, step := range []struct {
		paid  bool
		round string
		want  familiesv1.AidRequestCycleState
	}{
		{false, "allocationRounds/r_0", awarded}, {true, "allocationRounds/r_1", paid}, {true, "", paid},
		{false, "allocationRounds/r_1", approved}, {false, "", approved},
	} {
		if got := report(step.paid, step.round); got != step.want {
			t.Errorf("after %v the cycle is %v", step, got)
		}
	}
	fundable, err := d.input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{})
	must(t, err)
	if f := fundable.GetFundableRequests(); len(f) != 1 || f[0].GetCycle() != 1 || f[0].GetPart() != 2 {
		t.Errorf("fundable: %v", f)
	}
}
