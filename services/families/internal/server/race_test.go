package server_test

import (
	"fmt"
	"sync"
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// rounds is how often each race is run.
const rounds = 8

// atOnce runs calls at the same time and returns their errors.
func atOnce(calls ...func() error) []error {
	errs := make([]error, len(calls))
	var ready, done sync.WaitGroup
	ready.Add(1)
	for i, call := range calls {
		done.Go(func() {
			ready.Wait()
			errs[i] = call()
		})
	}
	ready.Done()
	done.Wait()
	return errs
}

// succeeded counts the calls that had their effect; the others must have been refused
// with the reason.
func succeeded(t *testing.T, what string, errs []error, reasons ...fault.Reason) (n int) {
	t.Helper()
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		known := false
		for _, r := range reasons {
			known = known || fault.Is(err, r)
		}
		if !known {
			t.Errorf("%s: %v", what, err)
		}
	}
	return n
}

func TestTwoDecisionsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	for range rounds {
		name := b.inReview()
		errs := atOnce(
			func() error {
				_, err := b.verifier(dina).families.ConfirmVerification(ctx, &familiesv1.ConfirmVerificationRequest{Name: name})
				return err
			}, func() error {
				_, err := b.verifier(dina).families.RejectVerification(ctx, &familiesv1.RejectVerificationRequest{Name: name})
				return err
			}, func() error {
				_, err := b.verifier(dina).families.RequestInfo(ctx, &familiesv1.RequestInfoRequest{Name: name})
				return err
			})
		if n := succeeded(t, "decide", errs, "ILLEGAL_STATE"); n != 1 {
			t.Errorf("%d of three decisions were taken", n)
		}
	}
	if n := b.count(`SELECT count(*) FROM verifications WHERE outcome = 'PROPOSED'`); n != 0 {
		t.Errorf("%d verifications are open", n)
	}
}

func TestTwoProposalsAtOnceAreOne(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	for range rounds {
		name := b.submitted()
		propose := func() error {
			_, err := b.caseworker(olga).families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: name})
			return err
		}
		if n := succeeded(t, "propose", atOnce(propose, propose, propose), "ILLEGAL_STATE"); n != 1 {
			t.Errorf("%d of three proposals were made", n)
		}
	}
	if n := b.count(`SELECT count(*) FROM verifications`); n != rounds {
		t.Errorf("%d verifications of %d families", n, rounds)
	}
}

func TestTwoWhoConfirmADestinationAtOnceConfirmItOnce(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	for range rounds {
		name := b.pendingDestination()
		confirm := func(person string) func() error {
			_, err := b.verifier(person).household.CallDestination(ctx, &familiesv1.CallDestinationRequest{Name: name})
			must(t, err)
			return func() error {
				_, err := b.verifier(person).household.ConfirmDestination(ctx, enteredAnew(name, newDestination()))
				return err
			}
		}
		if n := succeeded(t, "confirm", atOnce(confirm(dina), confirm(egor)), "ILLEGAL_STATE"); n != 1 {
			t.Errorf("%d of two confirmed", n)
		}
	}
	if n := b.count(`SELECT count(*) FROM (SELECT FROM destinations WHERE state = 'CONFIRMED' GROUP BY family_id, form HAVING count(*) > 1) twice`); n != 0 {
		t.Errorf("%d families have two confirmed destinations of a form", n)
	}
}

func TestTwoWhoApproveARequestAtOnceApproveItOnce(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	for range rounds {
		name := b.asked()
		errs := atOnce(
			func() error {
				_, err := b.verifier(dina).requests.ApproveAidRequest(ctx, &familiesv1.ApproveAidRequestRequest{Name: name})
				return err
			}, func() error {
				_, err := b.verifier(egor).requests.ApproveAidRequest(ctx, &familiesv1.ApproveAidRequestRequest{Name: name})
				return err
			}, func() error {
				_, err := b.caseworker(olga).requests.WithdrawAidRequest(ctx, &familiesv1.WithdrawAidRequestRequest{Name: name})
				return err
			})
		// Approved and withdrawn afterwards, or withdrawn and not approved.
		if n := succeeded(t, "approve", errs, "ILLEGAL_STATE"); n == 0 || errs[0] == nil && errs[1] == nil || errs[2] != nil {
			t.Errorf("approve, approve, withdraw: %v", errs)
		}
	}
	if n := b.count(`SELECT count(*) FROM aid_request_cycles WHERE state = 'APPROVED'`); n != 0 {
		t.Errorf("%d cycles of withdrawn requests can be funded", n)
	}
}

// A round that reserves while the family is suspended gets the cycle or not; either way
// what it was told is what stands.
func TestAReservationAndASuspensionAtOnceAgree(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	d := b.disbursements()
	for i := range rounds {
		request := b.approvedFor(b.anotherVerified(), 1).GetName()
		family := request[:len("families/")+28]
		round := fmt.Sprintf("allocationRounds/r_%d", i)
		var held []*familiesv1.HeldBack
		errs := atOnce(
			func() error {
				resp, err := d.input.ReserveRequests(ctx, &familiesv1.ReserveRequestsRequest{Round: round, Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: request, Cycle: 1}}})
				held = resp.GetHeldBack()
				return err
			}, func() error {
				_, err := b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{Name: family, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY})
				return err
			})
		succeeded(t, "reserve and suspend", errs)
		awarded := b.count(`SELECT count(*) FROM aid_request_cycles WHERE round = $1 AND state = 'AWARDED'`, round)
		switch {
		case awarded+len(held) != 1:
			t.Errorf("%d cycles are awarded, and %d held back", awarded, len(held))
		case len(held) == 1 && held[0].GetReason() != familiesv1.HeldBackReason_HELD_BACK_REASON_FAMILY_SUSPENDED:
			t.Errorf("held back for %v", held[0].GetReason())
		}
		// Whoever was first: nothing is paid to a suspended family.
		release := b.newRelease(family)
		release.Payment = fmt.Sprintf("payments/y_%d", i)
		b.inPlan(release)
		_, err := d.release.ReleaseDestination(ctx, release)
		refused(t, "a suspended family paid", err, "FAMILY_SUSPENDED")
	}
}

// Money that is released while the family is suspended is released before: nothing is
// noted after the suspension.
func TestAReleaseAndASuspensionAtOnceAgree(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	for i := range rounds {
		family := b.anotherVerified()
		release := b.newRelease(family)
		release.Payment = fmt.Sprintf("payments/y_%d", i)
		b.inPlan(release)
		errs := atOnce(
			func() error {
				_, err := b.disbursements().release.ReleaseDestination(ctx, release)
				return err
			}, func() error {
				_, err := b.disbursements().release.ReleaseDestination(ctx, release)
				return err
			}, func() error {
				_, err := b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{Name: family, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY})
				return err
			})
		succeeded(t, "release and suspend", errs, "FAMILY_SUSPENDED")
		noted := b.count(`SELECT count(*) FROM releases WHERE payment = $1`, release.GetPayment())
		if told := errs[0] == nil || errs[1] == nil; told != (noted == 1) {
			t.Errorf("told a destination: %v, releases noted: %d", told, noted)
		}
	}
}

func TestTwoMergesAtOnceAreOne(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	first := b.imported("spring")
	second, err := b.upload(b.caseworker(olga), "spring", "", madeUp(t, 41))
	must(t, err)
	merge := func(person, name string) func() error {
		return func() error {
			_, err := b.verifier(person).imports.MergePrisonerImport(ctx, &familiesv1.MergePrisonerImportRequest{Name: name})
			return err
		}
	}
	errs := atOnce(merge(dina, first), merge(egor, second.GetName()))
	if n := succeeded(t, "merge", errs, "MERGE_RUNNING", "LIST_MOVED_ON"); n != 1 {
		t.Errorf("%d of two files of a list are merged", n)
	}
	b.drain()
	if n := b.count(`SELECT count(*) FROM (SELECT FROM prisoners GROUP BY list_digest, source_digest HAVING count(*) > 1) twice`); n != 0 {
		t.Errorf("%d ids have two prisoners", n)
	}
}
