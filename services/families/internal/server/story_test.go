package server_test

import (
	"slices"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
)

func TestAFamilyIsRegisteredVerifiedFundedAndPaid(t *testing.T) {
	t.Parallel()
	ctx := t.Context()

	// Given a verified family of a prisoner of the list, with an approved request.
	b := newBench(t)
	request := b.approved(1)
	family := request.GetName()[:len("families/")+28]

	// When disbursements asks what can be funded,
	d := b.disbursements()
	fundable, err := d.input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{})
	must(t, err)

	// then it sees the cycle and coarse facts,
	if n := len(fundable.GetFundableRequests()); n != 1 {
		t.Fatalf("%d fundable requests, want 1", n)
	}
	f := fundable.GetFundableRequests()[0]
	if f.GetAidRequest() != request.GetName() || f.GetFamily() != family || f.GetCycle() != 1 || f.GetPart() != 1 || f.GetRunning() {
		t.Errorf("fundable request is %v", f)
	}
	if f.GetAttributes().GetFamily().GetChildren() != 1 || f.GetAttributes().GetFamily().GetCountryCode() != "LT" ||
		f.GetAttributes().GetPrisoner().GetStatus() == 0 {
		t.Errorf("attributes are %v", f.GetAttributes())
	}

	// and reserves it, so that it is not offered again,
	reserve := &familiesv1.ReserveRequestsRequest{
		Round: "allocationRounds/r_1", Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: request.GetName(), Cycle: 1}},
	}
	held, err := d.input.ReserveRequests(ctx, reserve)
	must(t, err)
	if len(held.GetHeldBack()) != 0 {
		t.Fatalf("held back: %v", held.GetHeldBack())
	}
	fundable, err = d.input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{})
	must(t, err)
	if len(fundable.GetFundableRequests()) != 0 {
		t.Errorf("a reserved cycle is offered: %v", fundable)
	}

	// and is told where to pay, for this attempt,
	released, err := d.release.ReleaseDestination(ctx, b.newRelease(family))
	must(t, err)
	if got := released.GetDestination().GetBankAccount(); got.GetIban() != "LT121000011101001000" || got.GetAccountHolder() != "Maryja Prydumanaja" ||
		got.GetTown() != "Vilnius" || got.GetCountryCode() != "LT" || got.GetBic() != "HABALT22" {
		t.Errorf("destination is %v", got)
	}

	// and the family confirms with its code,
	code, err := d.release.IssueCode(ctx, &familiesv1.IssueCodeRequest{Payment: "payments/y_1", Family: family})
	must(t, err)
	judged, err := d.release.JudgeCode(ctx, &familiesv1.JudgeCodeRequest{Payment: "payments/y_1", Code: code.GetCode()})
	must(t, err)
	if !judged.GetAccepted() {
		t.Error("the right code was refused")
	}

	// and the request is closed once it is paid,
	paid, err := d.input.ReportPaid(ctx, &familiesv1.ReportPaidRequest{AidRequest: request.GetName(), Cycle: 1, Paid: true})
	must(t, err)
	if paid.GetState() != familiesv1.AidRequestCycleState_AID_REQUEST_CYCLE_STATE_PAID {
		t.Errorf("cycle is %v", paid.GetState())
	}
	request, err = b.caseworker(olga).requests.GetAidRequest(ctx, &familiesv1.GetAidRequestRequest{Name: request.GetName()})
	must(t, err)
	if request.GetState() != familiesv1.AidRequestState_AID_REQUEST_STATE_CLOSED {
		t.Errorf("request is %v", request.GetState())
	}

	// and the ledger has the decisions, by different people, with commitments only.
	b.drain()
	proposed, decided := b.ledger.By(ledgerv1.DecisionKind_DECISION_KIND_FAMILY_PROPOSED), b.ledger.By(ledgerv1.DecisionKind_DECISION_KIND_FAMILY_DECIDED)
	if !slices.Equal(slices.Compact(proposed), []string{olga}) || !slices.Contains(decided, dina) || !slices.Contains(decided, egor) || slices.Contains(decided, olga) {
		t.Errorf("proposed by %v, decided by %v", proposed, decided)
	}
	for _, d := range b.ledger.Decisions() {
		if d.GetResource() != "" || len(d.GetCommitment()) != 32 {
			t.Errorf("decision %v says more than a commitment", d)
		}
	}
}
