package server_test

import (
	"testing"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// TestACodeComesOnceWithTheChannelsOverWhichItIsPassedOn has a verifier ask for a code, who
// does not know the family.
func TestACodeComesOnceWithTheChannelsOverWhichItIsPassedOn(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	name := b.verified()
	// Given a channel that was confirmed, and leads elsewhere since,
	channel := b.contactOf(name)
	_, err := b.confirmsContact(b.verifier(egor), &familiesv1.ConfirmContactRequest{Name: channel, SpokenWithFamily: true})
	must(t, err)
	_, err = b.caseworker(olga).household.UpdateContact(ctx, &familiesv1.UpdateContactRequest{Contact: &familiesv1.Contact{Name: channel, Address: "+370 600 00007"}})
	must(t, err)
	before := b.count(`SELECT count(*) FROM access_records WHERE purpose = 'CALL' AND person = $1`, dina)
	byDina := newClients(b.As(identity.Caller{Service: "disbursements", Person: dina, Roles: []policyv1.Role{verifierRole}}))
	issue := &familiesv1.IssueCodeRequest{Payment: "payments/y_1", Family: name, RequestId: "5a3ad1a7-6f0d-4b2c-9c62-0f9c6d3a9a12"}
	// when dina asks for a code, then she is shown the one that the family has answered on,
	code, err := byDina.release.IssueCode(ctx, issue)
	must(t, err)
	if n := code.GetContacts(); len(n) != 1 || n[0].GetAddress() != newContact().GetAddress() || code.GetReportedByOwner() {
		t.Errorf("shown is %v", code)
	}
	if n := b.count(`SELECT count(*) FROM access_records WHERE purpose = 'CALL' AND person = $1`, dina); n != before+1 {
		t.Errorf("%d reads on record, %d before", n, before)
	}
	// and once: a repeat has neither code nor channels.
	again, err := byDina.release.IssueCode(ctx, issue)
	must(t, err)
	if again.GetCode() != "" || len(again.GetContacts()) != 0 || again.GetHandle() != code.GetHandle() {
		t.Errorf("the repeat says %v", again)
	}
	// From the owner it counts as reported.
	byOlga := newClients(b.As(identity.Caller{Service: "disbursements", Person: olga, Roles: []policyv1.Role{caseworkerRole}}))
	reported, err := byOlga.release.IssueCode(ctx, &familiesv1.IssueCodeRequest{Payment: "payments/y_2", Family: name})
	must(t, err)
	if !reported.GetReportedByOwner() {
		t.Errorf("from the owner: %v", reported)
	}
}
