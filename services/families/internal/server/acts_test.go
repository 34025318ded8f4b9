package server_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/server"
)

func TestTheTablesHoldEveryVerbOfTheContract(t *testing.T) {
	t.Parallel()
	actiontest.Complete(t, "solidarity.families.v1", server.New(server.Options{}).Verbs())
}

// cast is everybody who could have to do with a family of olga's.
func (b *bench) cast() []actiontest.Actor {
	actor := func(person string, roles ...policyv1.Role) actiontest.Actor {
		return actiontest.Actor{Name: person, Roles: roles, Conn: b.connect(person, roles...)}
	}
	c, v := policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER
	return []actiontest.Actor{
		actor(olga, c), actor(dina, v), actor(egor, v), actor(pavel, c), actor("staff/s_both", c, v),
		actor(vera, policyv1.Role_ROLE_PROTECTION_OFFICER), actor("staff/s_audit", policyv1.Role_ROLE_AUDITOR),
		actor("staff/s_money", policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER),
	}
}

func (b *bench) tried(kind, name string, read func(a actiontest.Actor) (actiontest.Seen, error)) actiontest.Resource {
	return actiontest.Resource{
		Name: name, Methods: b.server().Verbs()[kind], Read: read,
		Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
			switch r := req.(type) {
			case *familiesv1.SuspendFamilyRequest:
				r.Reason = familiesv1.SuspensionReason_SUSPENSION_REASON_SAFETY
			case *familiesv1.TransferFamilyRequest:
				r.Owner = pavel
			case *familiesv1.ReassignFamilyRequest:
				r.Owner = pavel
			case *familiesv1.SetDeputyRequest:
				r.Deputy = pavel
			case *familiesv1.UnsealFamilyRequest:
				r.Purpose = familiesv1.UnsealPurpose_UNSEAL_PURPOSE_VERIFICATION
			case *familiesv1.RejectAidRequestRequest:
				r.Reason = familiesv1.AidRequestRejection_AID_REQUEST_REJECTION_NOT_ELIGIBLE
			case *familiesv1.ProposeClashRequest:
				r.Decision = unusable
			case *familiesv1.ConfirmContactRequest:
				r.SpokenWithFamily = true
			case *familiesv1.ConfirmDestinationRequest:
				proto.Merge(r, enteredAnew(r.GetName(), newDestination()))
			}
		},
	}
}

func (b *bench) triedFamily(name string) actiontest.Resource {
	return b.tried("solidarity/Family", name, func(a actiontest.Actor) (actiontest.Seen, error) {
		return familiesv1.NewFamilyServiceClient(a.Conn).GetFamily(b.t.Context(), &familiesv1.GetFamilyRequest{Name: name})
	})
}

func TestAFamilyTellsInEachStateWhatCanBeDoneWithIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.cast()
	for _, state := range []family.State{
		family.Draft, family.Submitted, family.InReview, family.NeedsInfo, family.Verified, family.ReverifyDue, family.Suspended,
		family.Provisional, family.Rejected, family.Closed,
	} {
		// given a family in the state, of which everybody is told the truth,
		for verb := range b.triedFamily(b.inState(state)).Check(t, all...) {
			// when somebody does what they are allowed, then it succeeds.
			b.triedFamily(b.inState(state)).Take(t, verb, all...)
		}
	}
	if may := b.triedFamily(b.inState(family.Draft)).Check(t, all...); len(may["submit"]) != 1 || len(may["unseal"]) != 1 {
		t.Errorf("a draft allows %v", may)
	}
}

func TestADraftThatLacksSomethingSaysSo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.inState(family.Draft)
	if _, err := b.db.Pool.Exec(t.Context(), `DELETE FROM contacts WHERE 'families/' || family_id = $1`, name); err != nil {
		t.Fatal(err)
	}
	if may := b.triedFamily(name).Check(t, b.cast()...); len(may["submit"]) > 0 {
		t.Errorf("%v may submit it", may["submit"])
	}
}

func TestARequestTellsWhoMayDecideAboutIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.cast()
	request := func(name string) actiontest.Resource {
		return b.tried("solidarity/AidRequest", name, func(a actiontest.Actor) (actiontest.Seen, error) {
			return familiesv1.NewAidRequestServiceClient(a.Conn).GetAidRequest(t.Context(), &familiesv1.GetAidRequestRequest{Name: name})
		})
	}
	for _, verbs := range [][]string{{"approve", "withdraw"}, {"reject"}, {"withdraw"}} {
		r := request(b.asked())
		for _, verb := range verbs {
			r.Take(t, verb, all...)
		}
		if may := r.Check(t, all...); len(may) > 0 {
			t.Errorf("after %v: %v", verbs, may)
		}
	}
	// A request whose money has all been paid is not approved once more.
	closed := b.approvedFor(b.anotherVerified(), 1).GetName()
	set := func(sql string) {
		t.Helper()
		if _, err := b.db.Pool.Exec(t.Context(), sql, closed); err != nil {
			t.Fatal(err)
		}
	}
	set(`UPDATE aid_requests SET state = 'CLOSED' WHERE 'families/' || family_id || '/aidRequests/' || aid_request_id = $1`)
	request(closed).Check(t, all...)
	// Without consent, and of a suspended family, nothing is approved.
	for _, sql := range []string{
		`DELETE FROM consents WHERE 'families/' || family_id = split_part($1, '/aid', 1)`,
		`UPDATE families SET state = 'SUSPENDED' WHERE 'families/' || family_id = split_part($1, '/aid', 1)`,
	} {
		closed = b.asked()
		set(sql)
		if may := request(closed).Check(t, all...); len(may["approve"]) > 0 {
			t.Errorf("after %s %v may approve", sql, may["approve"])
		}
	}
}

func TestWhatASecondPersonConfirmsTellsWhoMay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name, all := b.inReview(), b.cast()
	ctx := t.Context()
	d, err := b.caseworker(olga).household.CreateDestination(ctx, &familiesv1.CreateDestinationRequest{Parent: name, Destination: newDestination()})
	must(t, err)
	destination := b.tried("solidarity/Destination", d.GetName(), func(a actiontest.Actor) (actiontest.Seen, error) {
		list, err := familiesv1.NewHouseholdServiceClient(a.Conn).ListDestinations(ctx, &familiesv1.ListDestinationsRequest{Parent: name})
		if err != nil {
			return nil, err
		}
		return list.GetDestinations()[slices.IndexFunc(list.GetDestinations(), func(x *familiesv1.Destination) bool { return x.GetName() == d.GetName() })], nil
	})
	contact := b.tried("solidarity/Contact", "", nil)
	contact.Read = func(a actiontest.Actor) (actiontest.Seen, error) {
		list, err := familiesv1.NewHouseholdServiceClient(a.Conn).ListContacts(ctx, &familiesv1.ListContactsRequest{Parent: name})
		if err != nil {
			return nil, err
		}
		return list.GetContacts()[0], nil
	}
	first, err := contact.Read(all[0])
	must(t, err)
	contact.Name = first.(*familiesv1.Contact).GetName()
	consent := b.tried("solidarity/Consent", "", nil)
	consent.Read = func(a actiontest.Actor) (actiontest.Seen, error) {
		list, err := familiesv1.NewHouseholdServiceClient(a.Conn).ListConsents(ctx, &familiesv1.ListConsentsRequest{Parent: name})
		if err != nil {
			return nil, err
		}
		return list.GetConsents()[0], nil
	}
	given, err := consent.Read(all[0])
	must(t, err)
	consent.Name = given.(*familiesv1.Consent).GetName()
	for _, r := range []actiontest.Resource{destination, contact} {
		r.Take(t, "call", all...)
		r.Check(t, all...)
		r.Take(t, "confirm", all...)
		r.Check(t, all...)
	}
	consent.Take(t, "withdraw", all...)
	consent.Check(t, all...)
}

// TestAnOfficerIsToldWhenTheyMayReassign has the owner away.
func TestAnOfficerIsToldWhenTheyMayReassign(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.family()
	b.team.wakes(olga)
	b.triedFamily(name).Take(t, "reassign", b.cast()...)
}

// TestAHeldFamilyTellsWhoFreesIt has one that is locked, and held for a freeze.
func TestAHeldFamilyTellsWhoFreesIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.inReview()
	b.team.freezes(olga)
	must(t, b.lot().HoldFrozen(t.Context()))
	must(t, b.locks(pavel, name, policyv1.Role_ROLE_CASEWORKER))
	family, all := b.triedFamily(name), b.cast()
	family.Take(t, "look", all...)
	family.Take(t, "unlock", all...)
	family.Check(t, all...)
}

// TestAnOfficerIsToldWhenTheyStandIn has no verifier awake.
func TestAnOfficerIsToldWhenTheyStandIn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.asked()
	b.team.wakes(dina)
	request := b.tried("solidarity/AidRequest", name, func(a actiontest.Actor) (actiontest.Seen, error) {
		return familiesv1.NewAidRequestServiceClient(a.Conn).GetAidRequest(t.Context(), &familiesv1.GetAidRequestRequest{Name: name})
	})
	officer := actiontest.Actor{Name: vera, Roles: []policyv1.Role{policyv1.Role_ROLE_PROTECTION_OFFICER}, Conn: b.connect(vera, policyv1.Role_ROLE_PROTECTION_OFFICER)}
	request.Take(t, "approve", officer)
}

func TestAnImportTellsWhoMayMergeIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := append(b.cast(), actiontest.Actor{Name: "the importer", Roles: []policyv1.Role{policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER},
		Conn: b.connect(pavel, policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER)})
	tried := func(name string) actiontest.Resource {
		return b.tried("solidarity/PrisonerImport", name, func(a actiontest.Actor) (actiontest.Seen, error) {
			return familiesv1.NewPrisonerImportServiceClient(a.Conn).GetPrisonerImport(t.Context(), &familiesv1.GetPrisonerImportRequest{Name: name})
		})
	}
	first, err := b.upload(b.caseworker(pavel), "spring", "", madeUp(t, 20))
	must(t, err)
	second, err := b.upload(b.caseworker(pavel), "spring", "", madeUp(t, 30))
	must(t, err)
	tried(first.GetName()).Take(t, "merge", all...)
	tried(first.GetName()).Check(t, all...)
	b.drain()
	tried(first.GetName()).Check(t, all...)
	tried(second.GetName()).Check(t, all...) // its list has moved on
}
