package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// destinationsOf lists the destinations of a family in a state as a verifier sees them.
func (b *bench) destinationsOf(by, name, state string, roles ...policyv1.Role) []*familiesv1.Destination {
	b.t.Helper()
	page, err := b.as(by, roles...).household.ListDestinations(b.t.Context(), &familiesv1.ListDestinationsRequest{
		Parent: name, Filter: `state = "` + state + `"`,
	})
	must(b.t, err)
	return page.GetDestinations()
}

// TestAFamilyIsPaidAgainOnceOthersHaveDoneWhatAFreezeVoided walks the whole way: what the
// one had confirmed is confirmed anew, what the other had entered is entered anew.
func TestAFamilyIsPaidAgainOnceOthersHaveDoneWhatAFreezeVoided(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	request := b.newRelease(name)
	pays := func() error {
		_, err := b.disbursements().release.ReleaseDestination(ctx, b.inPlan(request))
		return err
	}
	// Given that egor, who confirmed the account, is frozen, and somebody has looked,
	b.team.freezes(egor)
	must(t, b.lot().HoldFrozen(ctx))
	b.drain()
	refused(t, "held", pays(), "FAMILY_HELD")
	must(t, b.looks(vera, name, officerRole))
	refused(t, "without an account", pays(), "NO_DESTINATION")
	// then the account waits for another verifier, who is told so, and is paid to once they
	// have called.
	waiting := b.destinationsOf(dina, name, "PENDING", verifierRole)
	if len(waiting) != 1 || !slices.Equal(waiting[0].GetAllowedActions(), []string{"call"}) {
		t.Fatalf("waiting: %v", waiting)
	}
	_, err := b.hears(b.verifier(dina), waiting[0].GetName(), newDestination())
	must(t, err)
	must(t, pays())

	// And when olga is frozen, who had entered it, then it is void,
	b.team.freezes(egor, olga)
	b.team.wakes(olga)
	must(t, b.lot().HoldFrozen(ctx))
	b.drain()
	must(t, b.looks(vera, name, officerRole))
	request.Attempt = 2
	refused(t, "without an account", pays(), "NO_DESTINATION")
	void := b.destinationsOf(vera, name, "VOID", officerRole)
	if len(void) != 1 || len(void[0].GetAllowedActions()) != 0 {
		t.Errorf("void: %v", void)
	}
	_, err = b.verifier(dina).household.ConfirmDestination(ctx, enteredAnew(void[0].GetName(), newDestination()))
	refused(t, "what is void", err, "ILLEGAL_STATE")
	// until the case has another owner, who enters one, and it has cooled off.
	_, err = b.as(vera, officerRole).families.ReassignFamily(ctx, &familiesv1.ReassignFamilyRequest{Name: name, Owner: pavel})
	must(t, err)
	d, err := b.caseworker(pavel).household.CreateDestination(ctx, &familiesv1.CreateDestinationRequest{Parent: name, Destination: newDestination()})
	must(t, err)
	_, err = b.hears(b.verifier(dina), d.GetName(), newDestination())
	must(t, err)
	refused(t, "at once", pays(), "DESTINATION_COOLING_OFF")
	b.clock.pass(48 * time.Hour)
	must(t, pays())
}

func TestAnOfficerSeesWhatAFrozenPersonHasRead(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	// Given that olga read a family and its prisoner, and pavel another family,
	first, second := b.family(), b.another()
	must(t, b.reads(olga, first, caseworkerRole))
	must(t, b.transfers(olga, second, pavel))
	must(t, b.reads(pavel, second, caseworkerRole))
	list := func(by, filter string, role policyv1.Role) ([]*familiesv1.AccessRecord, error) {
		resp, err := b.as(by, role).families.ListAccessRecords(ctx, &familiesv1.ListAccessRecordsRequest{Filter: filter})
		return resp.GetAccessRecords(), err
	}
	// when an officer asks what olga has read, then it is that family, by pseudonym;
	got, err := list(vera, `person = "`+olga+`" AND purpose != "PRISONER"`, officerRole)
	if err != nil || len(got) != 1 || got[0].GetSubject() != first || got[0].GetPerson() != olga || got[0].GetPurpose() == 0 {
		t.Errorf("olga read %v: %v", got, err)
	}
	// that the officer has looked is on record as well,
	got, err = list(vera, `person = "`+vera+`"`, officerRole)
	if err != nil || len(got) != 2 || got[0].GetPurpose() != familiesv1.ReadPurpose_READ_PURPOSE_READ_LOG || got[0].GetSubject() != "" {
		t.Errorf("vera read %v: %v", got, err)
	}
	// and nobody else looks.
	if _, err := list(dina, "", verifierRole); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a verifier reads who read: %v", err)
	}
	// After ninety days it is no longer told.
	b.clock.pass(91 * 24 * time.Hour)
	if got, err := list(vera, `person = "`+olga+`"`, officerRole); err != nil || len(got) != 0 {
		t.Errorf("after ninety days: %v, %v", got, err)
	}
}
