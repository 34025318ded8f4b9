package server_test

import (
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
)

// stateOf is where a family stands, once all that is owed was done.
func (b *bench) stateOf(name string) familiesv1.FamilyState {
	b.t.Helper()
	b.drain()
	f, err := b.caseworker(olga).families.GetFamily(b.t.Context(), &familiesv1.GetFamilyRequest{Name: name})
	must(b.t, err)
	return f.GetState()
}

// TestAFamilyIsVerifiedAgainAYearLater lets a year pass, and then the days for which a
// family is paid that nobody has verified again.
func TestAFamilyIsVerifiedAgainAYearLater(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	const day = 24 * time.Hour
	name := b.verified()
	b.approvedFor(name, 1)
	r := b.newRelease(name)
	offered := func() int {
		resp, err := b.disbursements().input.ListFundableRequests(ctx, &familiesv1.ListFundableRequestsRequest{})
		must(t, err)
		return len(resp.GetFundableRequests())
	}
	pays := func() error {
		_, err := b.disbursements().release.ReleaseDestination(ctx, b.inPlan(r))
		r.Attempt++
		return err
	}
	// Given a family that was verified not quite a year ago,
	b.clock.pass(364 * day)
	if got := b.stateOf(name); got != familiesv1.FamilyState_FAMILY_STATE_VERIFIED {
		t.Errorf("after 364 days it is %s", got)
	}
	// when the year is over, then it is due, and paid for 30 days more,
	b.clock.pass(day)
	if got := b.stateOf(name); got != familiesv1.FamilyState_FAMILY_STATE_REVERIFY_DUE || offered() != 1 {
		t.Errorf("after a year it is %s, %d offered", got, offered())
	}
	b.clock.pass(29 * day)
	if offered() != 1 {
		t.Error("it is not offered while it is due")
	}
	must(t, pays())
	// and no longer: neither offered, nor reserved, nor released.
	b.clock.pass(day)
	if n := offered(); n != 0 {
		t.Errorf("%d offered after the days", n)
	}
	refused(t, "released after the days", pays(), "FAMILY_NOT_VERIFIED")
	request, err := b.caseworker(olga).requests.CreateAidRequest(ctx, &familiesv1.CreateAidRequestRequest{Parent: name, AidRequest: newRequest()})
	must(t, err)
	_, err = b.verifier(egor).requests.ApproveAidRequest(ctx, &familiesv1.ApproveAidRequestRequest{Name: request.GetName()})
	refused(t, "approved after the days", err, "FAMILY_NOT_VERIFIED")
	// Once it is verified again all goes on, for a year.
	_, err = b.caseworker(olga).families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: name})
	must(t, err)
	_, err = b.verifier(dina).families.ConfirmVerification(ctx, &familiesv1.ConfirmVerificationRequest{Name: name})
	must(t, err)
	if got := b.stateOf(name); got != familiesv1.FamilyState_FAMILY_STATE_VERIFIED || offered() != 1 {
		t.Errorf("verified again it is %s, %d offered", got, offered())
	}
	b.clock.pass(364 * day)
	if got := b.stateOf(name); got != familiesv1.FamilyState_FAMILY_STATE_VERIFIED {
		t.Errorf("364 days after the second time it is %s", got)
	}
}

// TestThePolicySaysWhenAFamilyIsVerifiedAgain has two officers agree on 30 days.
func TestThePolicySaysWhenAFamilyIsVerifiedAgain(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name, policy := b.verified(), unseenCaps(1)
	policy.ReverifyDays = 29
	_, err := b.policiesOf(lena).ProposeFamilyPolicy(ctx, &familiesv1.ProposeFamilyPolicyRequest{FamilyPolicy: policy})
	violates(t, "29 days", err, "familyPolicy.reverifyDays")
	policy.ReverifyDays = 30
	p, err := b.policiesOf(lena).ProposeFamilyPolicy(ctx, &familiesv1.ProposeFamilyPolicyRequest{FamilyPolicy: policy})
	must(t, err)
	p, err = b.policiesOf(vera).ConfirmFamilyPolicy(ctx, &familiesv1.ConfirmFamilyPolicyRequest{Name: p.GetName()})
	must(t, err)
	if p.GetReverifyDays() != 30 {
		t.Errorf("agreed on %v", p)
	}
	b.clock.pass(30 * 24 * time.Hour)
	if got := b.stateOf(name); got != familiesv1.FamilyState_FAMILY_STATE_REVERIFY_DUE {
		t.Errorf("after 30 days it is %s", got)
	}
}
