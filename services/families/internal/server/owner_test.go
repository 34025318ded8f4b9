package server_test

import (
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const caseworkerRole = policyv1.Role_ROLE_CASEWORKER

func (b *bench) transfers(from, name, to string) error {
	_, err := b.caseworker(from).families.TransferFamily(b.t.Context(), &familiesv1.TransferFamilyRequest{Name: name, Owner: to})
	return err
}

// enters adds a member to a family.
func (b *bench) enters(person, name string) error {
	_, err := b.caseworker(person).household.CreateMember(b.t.Context(), &familiesv1.CreateMemberRequest{Parent: name, Member: newMember()})
	return err
}

func TestAnOwnerHandsACaseOver(t *testing.T) {
	t.Parallel()
	// Given a family of olga's that is paid,
	b := newBench(t)
	request := b.approved(1)
	name := request.GetName()[:len("families/")+28]

	// when she hands it over, it is pavel's, and hers no more,
	must(t, b.transfers(olga, name, pavel))
	must(t, b.enters(pavel, name))
	refused(t, "the owner of before enters", b.enters(olga, name), "NOT_FOUND")
	refused(t, "the owner of before hands it over", b.transfers(olga, name, pavel), "NOT_FOUND")
	list, err := b.caseworker(pavel).household.ListMembers(t.Context(), &familiesv1.ListMembersRequest{Parent: "families/-"})
	must(t, err)
	if len(list.GetMembers()) != 2 {
		t.Errorf("pavel lists %v", list)
	}

	// then its family is paid as before,
	fundable, err := b.disbursements().input.ListFundableRequests(t.Context(), &familiesv1.ListFundableRequestsRequest{})
	must(t, err)
	if len(fundable.GetFundableRequests()) != 1 {
		t.Errorf("fundable is %v", fundable)
	}
	// olga may still confirm nothing in it, and decides about none of its payments for 90 days.
	d, err := b.caseworker(pavel).household.CreateDestination(t.Context(), &familiesv1.CreateDestinationRequest{Parent: name, Destination: newDestination()})
	must(t, err)
	_, err = b.verifier(olga).household.ConfirmDestination(t.Context(), enteredAnew(d.GetName(), newDestination()))
	refused(t, "the owner of before confirms", err, "SAME_PERSON")
	b.clock.pass(89 * 24 * time.Hour)
	if in := b.involved(name, olga, pavel); len(in) != 2 {
		t.Errorf("involved are %v", in)
	}
	b.clock.pass(24 * time.Hour)
	if in := b.involved(name, olga, pavel); len(in) != 1 || in[0] != pavel {
		t.Errorf("after 90 days involved are %v", in)
	}
}

func TestACaseThatIsHandedToWhomItWasDrawnIsDrawnAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.inReview()
	b.team.wakes(dina, caseworkerRole, verifierRole)
	must(t, b.transfers(olga, name, dina))
	f, err := b.caseworker(dina).families.GetFamily(t.Context(), &familiesv1.GetFamilyRequest{Name: name})
	must(t, err)
	if f.GetOwner() != dina || f.GetConfirmer() != vera || !f.GetOfficerStandsIn() {
		t.Errorf("family is %v", f)
	}
	refused(t, "the new owner confirms", b.confirms(dina, name, verifierRole), "NOT_DRAWN")
	must(t, b.confirms(vera, name, officerRole))
}

func TestAnOfficerReassignsTheCasesOfWhoIsAway(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.family()
	reassign := func(to string) error {
		_, err := b.as(vera, officerRole).families.ReassignFamily(t.Context(), &familiesv1.ReassignFamilyRequest{Name: name, Owner: to})
		return err
	}
	refused(t, "while its owner is there", reassign(pavel), "OWNER_AWAKE")
	b.team.wakes(olga)
	must(t, reassign(pavel))
	must(t, b.enters(pavel, name))
	refused(t, "a family that nobody knows", func() error {
		_, err := b.as(vera, officerRole).families.ReassignFamily(t.Context(), &familiesv1.ReassignFamilyRequest{Name: "families/f_00000000000000000000000000", Owner: pavel})
		return err
	}(), "NOT_FOUND")
}

func TestADeputyHasTheCaseBesideItsOwner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.family()
	set := func(by, deputy string) error {
		_, err := b.caseworker(by).families.SetDeputy(t.Context(), &familiesv1.SetDeputyRequest{Name: name, Deputy: deputy})
		return err
	}
	refused(t, "another's case", set(pavel, pavel), "NOT_FOUND")
	must(t, set(olga, pavel))
	must(t, b.enters(pavel, name))
	must(t, b.enters(olga, name))
	must(t, b.reads(pavel, name, caseworkerRole))
	refused(t, "a deputy hands it over", b.transfers(pavel, name, dina), "NOT_FOUND")
	list, err := b.caseworker(pavel).families.ListFamilies(t.Context(), &familiesv1.ListFamiliesRequest{})
	must(t, err)
	if len(list.GetFamilies()) != 1 || list.GetFamilies()[0].GetDeputy() != pavel {
		t.Errorf("a deputy lists %v", list)
	}
	must(t, set(olga, ""))
	refused(t, "a deputy of before", b.enters(pavel, name), "NOT_FOUND")
}

func TestTheCasesOfWhoIsAwayGoToTheirDeputyAndBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.family()
	refused(t, "before", b.enters(pavel, name), "NOT_FOUND")
	b.team.leaves(olga, pavel, b.clock.now().AddDate(0, 0, 14))
	must(t, b.lot().Deputise(t.Context()))
	must(t, b.enters(pavel, name))
	b.team.returns(olga, caseworkerRole)
	must(t, b.lot().Deputise(t.Context()))
	refused(t, "afterwards", b.enters(pavel, name), "NOT_FOUND")
}

func TestACaseGoesToNobodyWhoCannotHaveIt(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.family()
	c := b.caseworker(olga).families
	for what, to := range map[string]string{"oneself": olga, "a verifier": dina, "somebody away": egor, "no person": name, "nobody": ""} {
		_, transferred := c.TransferFamily(ctx, &familiesv1.TransferFamilyRequest{Name: name, Owner: to})
		_, deputised := c.SetDeputy(ctx, &familiesv1.SetDeputyRequest{Name: name, Deputy: to})
		for field, err := range map[string]error{"owner": transferred, "deputy": deputised} {
			if to == "" && field == "deputy" {
				must(t, err) // takes it back
				continue
			}
			if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
				t.Errorf("%s as %s: %v", what, field, err)
			}
		}
	}
}
