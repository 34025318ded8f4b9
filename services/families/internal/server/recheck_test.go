package server_test

import (
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
)

// TestAReleasedAttemptIsHeldOnceItsFamilyMayNotBePaid asks again after each thing that
// can happen between release and hand-over.
func TestAReleasedAttemptIsHeldOnceItsFamilyMayNotBePaid(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	d := b.disbursements()
	r := b.newRelease(name)
	held := func(attempt int32) string {
		t.Helper()
		resp, err := d.release.CheckReleases(ctx, &familiesv1.CheckReleasesRequest{
			Attempts: []*familiesv1.CheckReleasesRequest_Attempt{{Payment: r.GetPayment(), Attempt: attempt}},
		})
		must(t, err)
		if len(resp.GetHeld()) == 0 {
			return ""
		}
		return resp.GetHeld()[0].GetReason()
	}
	expect := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	expect("before its release", held(1), "NOT_RELEASED")
	_, err := d.release.ReleaseDestination(ctx, r)
	must(t, err)
	expect("released", held(1), "")
	expect("another attempt", held(2), "NOT_RELEASED")

	// Another account is confirmed, and cools off.
	changed := newAccount("DE89 3704 0044 0532 0130 00", "Vilnius")
	b.destination(name, changed)
	expect("a change that cools off", held(1), "DESTINATION_COOLING_OFF")
	b.clock.pass(48 * time.Hour)
	expect("a change", held(1), "DESTINATION_CHANGED")

	_, err = b.verifier(egor).families.SuspendFamily(ctx, &familiesv1.SuspendFamilyRequest{
		Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY,
	})
	must(t, err)
	expect("suspended for safety", held(1), "FAMILY_SUSPENDED")

	_, err = d.release.CheckReleases(ctx, &familiesv1.CheckReleasesRequest{})
	violates(t, "no attempt", err, "attempts")
	_, err = b.caseworker(olga).release.CheckReleases(ctx, &familiesv1.CheckReleasesRequest{})
	refused(t, "a person asks", err, "PERMISSION_DENIED")
}
