package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

func (b *bench) locks(person, name string, roles ...policyv1.Role) error {
	_, err := b.as(person, roles...).families.LockFamily(b.t.Context(), &familiesv1.LockFamilyRequest{Name: name})
	return err
}

func (b *bench) unlocks(person, name string, roles ...policyv1.Role) error {
	_, err := b.as(person, roles...).families.UnlockFamily(b.t.Context(), &familiesv1.UnlockFamilyRequest{Name: name})
	return err
}

func (b *bench) looks(person, name string, roles ...policyv1.Role) error {
	_, err := b.as(person, roles...).families.LookAtFamily(b.t.Context(), &familiesv1.LookAtFamilyRequest{Name: name})
	return err
}

// payable reports whether a request of a family is offered to rounds, reserved and paid.
func (b *bench) payable(request, round string) bool {
	b.t.Helper()
	fundable, err := b.disbursements().input.ListFundableRequests(b.t.Context(), &familiesv1.ListFundableRequestsRequest{})
	must(b.t, err)
	offered := slices.ContainsFunc(fundable.GetFundableRequests(), func(f *familiesv1.FundableRequest) bool { return f.GetAidRequest() == request })
	held, err := b.disbursements().input.ReserveRequests(b.t.Context(), &familiesv1.ReserveRequestsRequest{
		Round: round, Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: request, Cycle: 1}},
	})
	must(b.t, err)
	if reserved := len(held.GetHeldBack()) == 0; reserved != offered {
		b.t.Errorf("offered: %v, held back: %v", offered, held)
	}
	return offered
}

func TestALockedFileIsShutUntilSomebodyElseOpensIt(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	request := b.approved(1)
	name := request.GetName()[:len("families/")+28]

	// Given that somebody of the case desk locks the file of another's family,
	must(t, b.locks(pavel, name, caseworkerRole))
	must(t, b.locks(pavel, name, caseworkerRole)) // once is as much as twice

	// then its owner neither reads it nor enters into it, and nothing is paid,
	refused(t, "read", b.reads(olga, name, caseworkerRole), "FAMILY_LOCKED")
	refused(t, "enter", b.enters(olga, name), "FAMILY_LOCKED")
	if b.payable(request.GetName(), "allocationRounds/r_locked") {
		t.Error("it is offered to a round")
	}
	_, err := b.disbursements().release.ReleaseDestination(ctx, b.newRelease(name))
	refused(t, "paid", err, "FAMILY_HELD")
	// but what stops something acts.
	_, err = b.caseworker(olga).household.WithdrawConsent(ctx, &familiesv1.WithdrawConsentRequest{Name: b.consentOf(name)})
	must(t, err)
	_, err = b.caseworker(olga).household.CreateConsent(ctx, &familiesv1.CreateConsentRequest{Parent: name, Consent: b.newConsent()})
	refused(t, "consent", err, "FAMILY_LOCKED")

	// Who locked it does not open it, nor does its owner; somebody else does.
	refused(t, "who locked it", b.unlocks(pavel, name, verifierRole), "SAME_PERSON")
	refused(t, "its owner", b.unlocks(olga, name, verifierRole), "SAME_PERSON")
	must(t, b.unlocks(egor, name, verifierRole))
	must(t, b.enters(olga, name))
	_, err = b.caseworker(olga).household.CreateConsent(ctx, &familiesv1.CreateConsentRequest{Parent: name, Consent: b.newConsent()})
	must(t, err)
	if !b.payable(request.GetName(), "allocationRounds/r_opened") {
		t.Error("it is not offered to a round")
	}
}

// TestALockThatIsTakenAwayBySQLPaysNobody has the leaf of the lock stand in the ledger.
func TestALockThatIsTakenAwayBySQLPaysNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	request := b.approved(1)
	must(t, b.locks(pavel, request.GetName()[:len("families/")+28], caseworkerRole))
	b.drain()
	if _, err := b.db.Pool.Exec(t.Context(), `UPDATE families SET locked_by = NULL, version = version - 1`); err != nil {
		t.Fatal(err)
	}
	if b.payable(request.GetName(), "allocationRounds/r_sql") {
		t.Error("it is offered to a round")
	}
}

func TestTheCasesOfWhoIsFrozenAreHeldUntilSomebodyElseLooks(t *testing.T) {
	t.Parallel()
	// Given two families of olga's; dina verified both, the second one four days later,
	b := newBench(t)
	first := b.approved(1)
	name := first.GetName()[:len("families/")+28]
	b.clock.pass(4 * 24 * time.Hour)
	second := b.approvedFor(b.anotherVerified(), 1)
	held := func() (n int) { return b.count(`SELECT count(*) FROM families WHERE held_for <> '{}'`) }

	// when dina is frozen, then what she touched in 72 hours is held, and no more,
	b.team.freezes(dina)
	must(t, b.lot().HoldFrozen(t.Context()))
	if held() != 1 || b.payable(second.GetName(), "allocationRounds/r_2") || !b.payable(first.GetName(), "allocationRounds/r_1") {
		t.Errorf("%d are held", held())
	}
	// and when olga is, then all her cases are.
	b.team.freezes(dina, olga)
	must(t, b.lot().HoldFrozen(t.Context()))
	if held() != 2 {
		t.Errorf("%d are held", held())
	}
	refused(t, "a look by who is frozen", b.looks(olga, name, verifierRole), "SAME_PERSON")
	must(t, b.looks(egor, name, verifierRole))
	// A look frees it, while she is frozen still; it is no involvement.
	must(t, b.lot().HoldFrozen(t.Context()))
	if held() != 1 {
		t.Errorf("%d are held after a look", held())
	}
	other := second.GetName()[:len("families/")+28]
	must(t, b.looks(vera, other, officerRole))
	if in := b.involved(other, vera); len(in) > 0 || held() != 0 {
		t.Errorf("involved are %v, %d are held", in, held())
	}
	// A further freeze holds them anew.
	b.team.freezes()
	must(t, b.lot().HoldFrozen(t.Context()))
	b.team.freezes(olga)
	must(t, b.lot().HoldFrozen(t.Context()))
	if held() != 2 {
		t.Errorf("%d are held for a further freeze", held())
	}
}

// Nobody can bring back what they are not told of.
func TestAVerifierSeesWhatWaitsForSomebodyOutsideTheCase(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	// given a family in whose case dina has no part
	name := b.verified()
	sees := func() *familiesv1.Family {
		t.Helper()
		list, err := b.verifier(dina).families.ListFamilies(ctx, &familiesv1.ListFamiliesRequest{})
		must(t, err)
		f, err := b.verifier(dina).families.GetFamily(ctx, &familiesv1.GetFamilyRequest{Name: name})
		if (err == nil) != (len(list.GetFamilies()) == 1) {
			t.Errorf("it is listed %d times, and read: %v", len(list.GetFamilies()), err)
		}
		return f
	}
	if f := sees(); f != nil {
		t.Errorf("somebody outside the case sees %v", f)
	}
	// when it is suspended
	_, err := b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{
		Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY,
	})
	must(t, err)
	// then she is told that she may bring it back, and nothing that belongs to it
	if f := sees(); !slices.Contains(f.GetAllowedActions(), "reinstate") {
		t.Errorf("she may %v", f.GetAllowedActions())
	}
	_, err = b.verifier(dina).household.ListMembers(ctx, &familiesv1.ListMembersRequest{Parent: name})
	refused(t, "members of another's case", err, "NOT_FOUND")
	_, err = b.caseworker(dina).families.GetFamily(ctx, &familiesv1.GetFamilyRequest{Name: name})
	refused(t, "another's case, by a caseworker", err, "NOT_FOUND")
	// and once it is back she sees it no more
	_, err = b.verifier(dina).families.ReinstateFamily(ctx, &familiesv1.ReinstateFamilyRequest{Name: name})
	must(t, err)
	if f := sees(); f != nil {
		t.Errorf("afterwards she sees %v", f)
	}
}
