package server_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// call is one valid call of a method.
type call struct {
	// as connects somebody who may.
	as func(b *bench) *grpc.ClientConn
	// given prepares what the call is about and returns its request.
	given func(b *bench) proto.Message
}

func byOlga(b *bench) *grpc.ClientConn { return b.connect(olga, policyv1.Role_ROLE_CASEWORKER) }
func byDina(b *bench) *grpc.ClientConn { return b.connect(dina, policyv1.Role_ROLE_VERIFIER) }
func byEgor(b *bench) *grpc.ClientConn { return b.connect(egor, policyv1.Role_ROLE_VERIFIER) }
func byVera(b *bench) *grpc.ClientConn {
	return b.connect(vera, policyv1.Role_ROLE_PROTECTION_OFFICER)
}
func byDisbursements(b *bench) *grpc.ClientConn {
	return b.As(identity.Caller{Service: "disbursements"})
}

// connect connects a person with a role.
func (b *bench) connect(person string, roles ...policyv1.Role) *grpc.ClientConn {
	return b.As(identity.Caller{Service: "gateway", Person: person, Roles: roles})
}

// another is a family of olga's like that of family, of a prisoner that the register
// has already.
func (b *bench) another() string {
	b.t.Helper()
	var id string
	err := b.db.Pool.QueryRow(context.Background(), `SELECT min(prisoner_id) FROM prisoners`).Scan(&id)
	if err != nil {
		return b.family()
	}
	return b.familyOf("prisoners/" + id)
}

// submitted is another family that waits for its verification, inReview one that waits
// for dina's decision.
func (b *bench) submitted() string {
	b.t.Helper()
	name := b.another()
	_, err := b.caseworker(olga).families.SubmitFamily(b.t.Context(), &familiesv1.SubmitFamilyRequest{Name: name})
	must(b.t, err)
	return name
}

func (b *bench) inReview() string {
	b.t.Helper()
	name := b.submitted()
	_, err := b.caseworker(olga).families.ProposeVerification(b.t.Context(), &familiesv1.ProposeVerificationRequest{Name: name})
	must(b.t, err)
	return name
}

func (b *bench) anotherVerified() string {
	b.t.Helper()
	name := b.another()
	b.verify(name)
	return name
}

// asked is a request of another verified family that waits for its decision.
func (b *bench) asked() string {
	b.t.Helper()
	r, err := b.caseworker(olga).requests.CreateAidRequest(b.t.Context(), &familiesv1.CreateAidRequestRequest{Parent: b.anotherVerified(), AidRequest: newRequest()})
	must(b.t, err)
	return r.GetName()
}

// belonging is the first of what a family has, by a list call.
func (b *bench) memberOf(family string) string {
	b.t.Helper()
	list, err := b.caseworker(olga).household.ListMembers(b.t.Context(), &familiesv1.ListMembersRequest{Parent: family})
	must(b.t, err)
	return list.GetMembers()[0].GetName()
}

func (b *bench) contactOf(family string) string {
	b.t.Helper()
	list, err := b.caseworker(olga).household.ListContacts(b.t.Context(), &familiesv1.ListContactsRequest{Parent: family})
	must(b.t, err)
	return list.GetContacts()[0].GetName()
}

func (b *bench) consentOf(family string) string {
	b.t.Helper()
	list, err := b.caseworker(olga).household.ListConsents(b.t.Context(), &familiesv1.ListConsentsRequest{Parent: family})
	must(b.t, err)
	return list.GetConsents()[0].GetName()
}

// pendingDestination is one that another person has to confirm.
func (b *bench) pendingDestination() string {
	b.t.Helper()
	d, err := b.caseworker(olga).household.CreateDestination(b.t.Context(), &familiesv1.CreateDestinationRequest{Parent: b.another(), Destination: newDestination()})
	must(b.t, err)
	return d.GetName()
}

// imported is an import that waits to be merged.
func (b *bench) imported(list string) string {
	b.t.Helper()
	i, err := b.upload(b.caseworker(pavel), list, "", madeUp(b.t, 40))
	must(b.t, err)
	return i.GetName()
}

// reserved is an approved request whose first cycle a round has.
func (b *bench) reserved(round string) string {
	b.t.Helper()
	r := b.approvedFor(b.anotherVerified(), 1)
	_, err := b.disbursements().input.ReserveRequests(b.t.Context(), &familiesv1.ReserveRequestsRequest{
		Round: round, Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: r.GetName(), Cycle: 1}},
	})
	must(b.t, err)
	return r.GetName()
}

// calls are a valid call of every method but the upload, which is a stream.
func calls() map[protoreflect.Name]call {
	return map[protoreflect.Name]call{
		"CreateFamily": {byOlga, func(b *bench) proto.Message { return &familiesv1.CreateFamilyRequest{Family: newFamily(b.aPrisoner())} }},
		"GetFamily":    {byOlga, func(b *bench) proto.Message { return &familiesv1.GetFamilyRequest{Name: b.another()} }},
		"ListFamilies": {byOlga, func(*bench) proto.Message { return &familiesv1.ListFamiliesRequest{} }},
		"ShowFamily": {byDisbursements, func(b *bench) proto.Message {
			return &familiesv1.ShowFamilyRequest{Family: b.another(), Person: egor, Plan: "paymentPlans/p_1"}
		}},
		"HideFamily": {byDisbursements, func(b *bench) proto.Message {
			return &familiesv1.HideFamilyRequest{Family: b.another(), Person: egor, Plan: "paymentPlans/p_1"}
		}},
		"ListAccessRecords": {byVera, func(b *bench) proto.Message {
			must(b.t, b.reads(olga, b.another(), caseworkerRole))
			return &familiesv1.ListAccessRecordsRequest{Filter: `person = "` + olga + `"`}
		}},
		"ListFamilyPolicies": {byVera, func(*bench) proto.Message { return &familiesv1.ListFamilyPoliciesRequest{} }},
		"GetFamilyPolicy": {byVera, func(b *bench) proto.Message {
			return &familiesv1.GetFamilyPolicyRequest{Name: b.proposedPolicy(1).GetName()}
		}},
		"ProposeFamilyPolicy": {byVera, func(*bench) proto.Message {
			return &familiesv1.ProposeFamilyPolicyRequest{FamilyPolicy: unseenCaps(1)}
		}},
		"ConfirmFamilyPolicy": {byVera, func(b *bench) proto.Message {
			return &familiesv1.ConfirmFamilyPolicyRequest{Name: b.proposedPolicy(1).GetName()}
		}},
		"SubmitFamily": {byOlga, func(b *bench) proto.Message { return &familiesv1.SubmitFamilyRequest{Name: b.another()} }},
		"ProposeVerification": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.ProposeVerificationRequest{Name: b.submitted()}
		}},
		"ConfirmVerification": {byDina, func(b *bench) proto.Message { return &familiesv1.ConfirmVerificationRequest{Name: b.inReview()} }},
		"RejectVerification":  {byDina, func(b *bench) proto.Message { return &familiesv1.RejectVerificationRequest{Name: b.inReview()} }},
		"RequestInfo":         {byDina, func(b *bench) proto.Message { return &familiesv1.RequestInfoRequest{Name: b.inReview()} }},
		"RedrawVerification":  {byDina, func(b *bench) proto.Message { return &familiesv1.RedrawVerificationRequest{Name: b.inReview()} }},
		"TransferFamily": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.TransferFamilyRequest{Name: b.another(), Owner: pavel}
		}},
		"ReassignFamily": {byVera, func(b *bench) proto.Message {
			name := b.another()
			b.team.wakes(olga)
			return &familiesv1.ReassignFamilyRequest{Name: name, Owner: pavel}
		}},
		"SetDeputy": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.SetDeputyRequest{Name: b.another(), Deputy: pavel}
		}},
		"LockFamily": {byOlga, func(b *bench) proto.Message { return &familiesv1.LockFamilyRequest{Name: b.another()} }},
		"UnlockFamily": {byDina, func(b *bench) proto.Message {
			name := b.another()
			must(b.t, b.locks(olga, name, caseworkerRole))
			return &familiesv1.UnlockFamilyRequest{Name: name}
		}},
		"LookAtFamily": {byDina, func(b *bench) proto.Message {
			name := b.another()
			b.team.freezes(olga)
			must(b.t, b.lot().HoldFrozen(b.t.Context()))
			return &familiesv1.LookAtFamilyRequest{Name: name}
		}},
		"SuspendFamily": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.SuspendFamilyRequest{Name: b.anotherVerified(), Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_SILENCE}
		}},
		"ReinstateFamily": {byDina, func(b *bench) proto.Message {
			name := b.anotherVerified()
			_, err := b.verifier(egor).families.SuspendFamily(b.t.Context(), &familiesv1.SuspendFamilyRequest{Name: name, Reason: familiesv1.SuspensionReason_SUSPENSION_REASON_DOUBT})
			must(b.t, err)
			return &familiesv1.ReinstateFamilyRequest{Name: name}
		}},
		"UnsealFamily": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.UnsealFamilyRequest{Name: b.another(), Purpose: familiesv1.UnsealPurpose_UNSEAL_PURPOSE_CONTACT}
		}},

		"CreateMember": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.CreateMemberRequest{Parent: b.another(), Member: newMember()}
		}},
		"UpdateMember": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.UpdateMemberRequest{Member: &familiesv1.Member{Name: b.memberOf(b.another()), FullName: "Another Name"}}
		}},
		"UpdateContact": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.UpdateContactRequest{Contact: &familiesv1.Contact{Name: b.contactOf(b.another()), Address: "+370 600 00002"}}
		}},
		"UpdateConsent": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.UpdateConsentRequest{Consent: &familiesv1.Consent{Name: b.consentOf(b.another()), Purpose: familiesv1.ConsentPurpose_CONSENT_PURPOSE_STATISTICS}}
		}},
		"UpdateFamily": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.UpdateFamilyRequest{Family: &familiesv1.Family{Name: b.another(), CountryCode: "GE"}}
		}},
		"UpdateAidRequest": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.UpdateAidRequestRequest{AidRequest: &familiesv1.AidRequest{Name: b.asked(), Cycles: 2}}
		}},
		"ListVersions": {byOlga, func(b *bench) proto.Message { return &familiesv1.ListVersionsRequest{Parent: b.memberOf(b.another())} }},
		"ListMembers":  {byOlga, func(b *bench) proto.Message { return &familiesv1.ListMembersRequest{Parent: b.another()} }},
		"CreateContact": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.CreateContactRequest{Parent: b.another(), Contact: newContact()}
		}},
		"ListContacts": {byOlga, func(b *bench) proto.Message { return &familiesv1.ListContactsRequest{Parent: b.another()} }},
		"CallContact":  {byEgor, func(b *bench) proto.Message { return &familiesv1.CallContactRequest{Name: b.contactOf(b.another())} }},
		"ConfirmContact": {byEgor, func(b *bench) proto.Message {
			name := b.contactOf(b.another())
			_, err := b.verifier(egor).household.CallContact(b.t.Context(), &familiesv1.CallContactRequest{Name: name})
			must(b.t, err)
			return &familiesv1.ConfirmContactRequest{Name: name, SpokenWithFamily: true}
		}},
		"CreateConsent": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.CreateConsentRequest{Parent: b.another(), Consent: b.newConsent()}
		}},
		"ListConsents": {byOlga, func(b *bench) proto.Message { return &familiesv1.ListConsentsRequest{Parent: b.another()} }},
		"WithdrawConsent": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.WithdrawConsentRequest{Name: b.consentOf(b.another())}
		}},
		"CreateDestination": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.CreateDestinationRequest{Parent: b.another(), Destination: newDestination()}
		}},
		"ListDestinations": {byOlga, func(b *bench) proto.Message { return &familiesv1.ListDestinationsRequest{Parent: b.another()} }},
		"CallDestination":  {byEgor, func(b *bench) proto.Message { return &familiesv1.CallDestinationRequest{Name: b.pendingDestination()} }},
		"ConfirmDestination": {byEgor, func(b *bench) proto.Message {
			name := b.pendingDestination()
			_, err := b.verifier(egor).household.CallDestination(b.t.Context(), &familiesv1.CallDestinationRequest{Name: name})
			must(b.t, err)
			return enteredAnew(name, newDestination())
		}},

		"CreateAidRequest": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.CreateAidRequestRequest{Parent: b.anotherVerified(), AidRequest: newRequest()}
		}},
		"GetAidRequest":     {byOlga, func(b *bench) proto.Message { return &familiesv1.GetAidRequestRequest{Name: b.asked()} }},
		"ListAidRequests":   {byOlga, func(b *bench) proto.Message { return &familiesv1.ListAidRequestsRequest{Parent: b.another()} }},
		"ApproveAidRequest": {byEgor, func(b *bench) proto.Message { return &familiesv1.ApproveAidRequestRequest{Name: b.asked()} }},
		"RejectAidRequest": {byEgor, func(b *bench) proto.Message {
			return &familiesv1.RejectAidRequestRequest{Name: b.asked(), Reason: familiesv1.AidRequestRejection_AID_REQUEST_REJECTION_DUPLICATE}
		}},
		"WithdrawAidRequest": {byOlga, func(b *bench) proto.Message { return &familiesv1.WithdrawAidRequestRequest{Name: b.asked()} }},

		"ListFundableRequests": {byDisbursements, func(*bench) proto.Message { return &familiesv1.ListFundableRequestsRequest{} }},
		"CheckRule": {func(b *bench) *grpc.ClientConn { return b.As(identity.Caller{Service: "donations"}) }, func(*bench) proto.Message {
			return &familiesv1.CheckRuleRequest{Rule: "family.elderly"}
		}},
		"ReserveRequests": {byDisbursements, func(b *bench) proto.Message {
			r := b.approvedFor(b.anotherVerified(), 1)
			return &familiesv1.ReserveRequestsRequest{Round: "allocationRounds/r_2", Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: r.GetName(), Cycle: 1}}}
		}},
		"UnreserveRequests": {byDisbursements, func(b *bench) proto.Message {
			b.reserved("allocationRounds/r_3")
			return &familiesv1.UnreserveRequestsRequest{Round: "allocationRounds/r_3", Commit: 1}
		}},
		"ReportPaid": {byDisbursements, func(b *bench) proto.Message {
			return &familiesv1.ReportPaidRequest{AidRequest: b.reserved("allocationRounds/r_4"), Cycle: 1, Paid: true, Source: &familiesv1.ReportPaidRequest_Round{Round: "allocationRounds/r_4"}}
		}},
		"ReleaseDestination": {byDisbursements, func(b *bench) proto.Message { return b.newRelease(b.anotherVerified()) }},
		"DigestDestinations": {byDisbursements, func(b *bench) proto.Message {
			return &familiesv1.DigestDestinationsRequest{Forms: sepaForms(), Families: []string{b.another()}}
		}},
		"ListInvolvedFamilies": {byDisbursements, func(b *bench) proto.Message {
			return &familiesv1.ListInvolvedFamiliesRequest{People: []string{olga}, Families: []string{b.another()}}
		}},
		"ListConcentratedFamilies": {byDisbursements, func(b *bench) proto.Message {
			return &familiesv1.ListConcentratedFamiliesRequest{CurrencyCode: "EUR", Families: []*familiesv1.ListConcentratedFamiliesRequest_Paid{{Family: b.another(), MinorUnits: 1}}}
		}},
		"CheckReleases": {byDisbursements, func(*bench) proto.Message {
			return &familiesv1.CheckReleasesRequest{Attempts: []*familiesv1.CheckReleasesRequest_Attempt{{Payment: "payments/y_1", Attempt: 1}}}
		}},
		"IssueCode": {byDisbursements, func(b *bench) proto.Message {
			return &familiesv1.IssueCodeRequest{Payment: "payments/y_code", Family: b.another()}
		}},
		"JudgeCode": {byDisbursements, func(b *bench) proto.Message {
			code, err := b.disbursements().release.IssueCode(b.t.Context(), &familiesv1.IssueCodeRequest{Payment: "payments/y_judged", Family: b.another()})
			must(b.t, err)
			return &familiesv1.JudgeCodeRequest{Payment: "payments/y_judged", Code: code.GetCode()}
		}},

		"GetPrisonerImport": {byOlga, func(b *bench) proto.Message {
			return &familiesv1.GetPrisonerImportRequest{Name: b.imported("list-1")}
		}},
		"ListPrisonerImports": {byOlga, func(*bench) proto.Message { return &familiesv1.ListPrisonerImportsRequest{} }},
		"ListRows":            {byOlga, func(b *bench) proto.Message { return &familiesv1.ListRowsRequest{Parent: b.imported("list-2")} }},
		"ListClashes":         {byOlga, func(b *bench) proto.Message { return &familiesv1.ListClashesRequest{Parent: b.imported("list-3")} }},
		"GetClash":            {byOlga, func(b *bench) proto.Message { return &familiesv1.GetClashRequest{Name: b.clashing("list-5")} }},
		"ReadClash":           {byOlga, func(b *bench) proto.Message { return &familiesv1.ReadClashRequest{Name: b.clashing("list-6")} }},
		"ProposeClash": {byOlga, func(b *bench) proto.Message {
			name := b.clashing("list-7")
			b.readsClash(olga, name)
			return &familiesv1.ProposeClashRequest{Name: name, Decision: familiesv1.PrisonerImportClashDecision_PRISONER_IMPORT_CLASH_DECISION_UNUSABLE}
		}},
		"ResolveClash": {byEgor, func(b *bench) proto.Message {
			name := b.clashing("list-8")
			b.proposes(olga, name, familiesv1.PrisonerImportClashDecision_PRISONER_IMPORT_CLASH_DECISION_UNUSABLE)
			b.readsClash(egor, name)
			return &familiesv1.ResolveClashRequest{Name: name}
		}},
		"ReviewPrisonerImport": {byEgor, func(b *bench) proto.Message {
			return &familiesv1.ReviewPrisonerImportRequest{Name: b.imported("list-9")}
		}},
		"MergePrisonerImport": {byEgor, func(b *bench) proto.Message {
			return &familiesv1.MergePrisonerImportRequest{Name: b.imported("list-4")}
		}},
		"GetPrisoner": {byOlga, func(b *bench) proto.Message {
			prisoner := b.aPrisoner()
			b.familyOf(prisoner)
			return &familiesv1.GetPrisonerRequest{Name: prisoner}
		}},
		"ListPrisoners": {byOlga, func(*bench) proto.Message { return &familiesv1.ListPrisonersRequest{} }},
	}
}

// invoke makes a call of a method and returns its answer.
func invoke(t testing.TB, conn *grpc.ClientConn, m protoreflect.MethodDescriptor, req proto.Message) (proto.Message, error) {
	t.Helper()
	answer := newMessage(t, m.Output().FullName())
	err := conn.Invoke(t.Context(), "/"+string(m.Parent().FullName())+"/"+string(m.Name()), req, answer)
	return answer, err
}

// eachCall runs check with every method and its valid call; a method without one is a
// gap in the tests.
func eachCall(t *testing.T, check func(m protoreflect.MethodDescriptor, c call)) {
	t.Helper()
	all := calls()
	methods(func(m protoreflect.MethodDescriptor) {
		c, ok := all[m.Name()]
		switch {
		case m.IsStreamingClient():
		case !ok:
			t.Errorf("there is no valid call of %s to test with", m.FullName())
		default:
			check(m, c)
		}
	})
}
