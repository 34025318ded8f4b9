package server_test

import (
	"bytes"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// approval is a decision about plan p_1.
func approval() *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: "paymentPlans/p_1/1/approve/s_1", Kind: ledgerv1.DecisionKind_DECISION_KIND_PLAN_APPROVED,
		Resource: "paymentPlans/p_1", Commitment: bytes.Repeat([]byte{7}, 32),
	}
}

func recordOf(d *ledgerv1.DecisionDraft) *ledgerv1.RecordRequest {
	return &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{d}}
}

// in is a client of a service in the call of somebody with roles.
func (f *fixture) in(service, person string, roles ...policyv1.Role) ledgerv1.PostingServiceClient {
	return ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: service, Person: person, Roles: roles, AuthTime: f.now}))
}

const (
	asApprover  = policyv1.Role_ROLE_APPROVER
	asTreasurer = policyv1.Role_ROLE_TREASURER
	asVerifier  = policyv1.Role_ROLE_VERIFIER
)

func TestADecisionIsOfThePersonWhoseTokenTheCallCarries(t *testing.T) {
	t.Parallel()
	f := setup(t)
	// Given an approver whose call disbursements serves,
	client := f.in("disbursements", "staff/s_1", asApprover)
	// when their decision is recorded,
	resp, err := client.Record(t.Context(), recordOf(approval()))
	if err != nil {
		t.Fatal(err)
	}
	// then person and day are the ledger's,
	d := resp.GetDecisions()[0]
	if d.GetPerson() != "staff/s_1" || d.GetDay() != today || resp.GetReplayed()[0] {
		t.Errorf("recorded %v, replayed %v", d, resp.GetReplayed())
	}
	// a repeat answers the first result, also on the next day,
	f.now = f.now.Add(24 * time.Hour)
	client = f.in("disbursements", "staff/s_1", asApprover)
	again, err := client.Record(t.Context(), recordOf(approval()))
	if err != nil || again.GetDecisions()[0].GetSequence() != d.GetSequence() || again.GetDecisions()[0].GetDay() != today || !again.GetReplayed()[0] {
		t.Errorf("the repeat answers %v, %v", again, err)
	}
	// one of somebody else, and of something else, is a conflict,
	_, err = f.in("disbursements", "staff/s_2", asApprover).Record(t.Context(), recordOf(approval()))
	wantFault(t, err, fault.AlreadyExists, "REFERENCE_CONFLICT", "decisions[0].person")
	other := approval()
	other.Commitment = bytes.Repeat([]byte{8}, 32)
	_, err = client.Record(t.Context(), recordOf(other))
	wantFault(t, err, fault.AlreadyExists, "REFERENCE_CONFLICT", "decisions[0].commitment")
	// and a service that says who and when is refused.
	named := approval()
	named.Person = "staff/s_1"
	_, err = client.Record(t.Context(), recordOf(named))
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "decisions[0].person")
	dated := approval()
	dated.Day = today
	_, err = client.Record(t.Context(), recordOf(dated))
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "decisions[0].person")
}

// What a stolen certificate of disbursements can do: nothing in anybody's name.
func TestNoServiceDecidesForSomebodyWhoseTokenItDoesNotHave(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := f.in("disbursements", "").Record(t.Context(), recordOf(approval()))
	if !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("without a token: %v", err)
	}
	_, err = f.in("disbursements", "").RecordByRule(t.Context(), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{approval()}})
	wantFault(t, err, fault.PermissionDenied, "NOT_THIS_SERVICE", "decisions[0].kind")
	_, err = f.in("families", "staff/s_1", asApprover).Record(t.Context(), recordOf(approval()))
	wantFault(t, err, fault.PermissionDenied, "NOT_THIS_SERVICE", "decisions[0].kind")
}

func TestAPersonDecidesOnlyWhatTheirRolesAllowAndFreshlySignedIn(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := f.in("disbursements", "staff/s_1", asTreasurer).Record(t.Context(), recordOf(approval()))
	wantFault(t, err, fault.PermissionDenied, "ROLE_MISSING", "decisions[0].kind")
	stale := identity.Caller{Service: "disbursements", Person: "staff/s_1", Roles: []policyv1.Role{asApprover}, AuthTime: f.now.Add(-16 * time.Minute)}
	_, err = ledgerv1.NewPostingServiceClient(f.bench.As(stale)).Record(t.Context(), recordOf(approval()))
	if !fault.Is(err, "STEP_UP_REQUIRED") {
		t.Errorf("with a stale sign-in: %v", err)
	}
	stale.Roles = []policyv1.Role{asTreasurer} // a lock needs no fresh sign-in
	lock := approval()
	lock.Kind, lock.Reference = ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED, "paymentPlans/p_1/1/lock/s_1"
	lock.Content = postingtest.Content(lock.GetKind())
	resp, err := ledgerv1.NewPostingServiceClient(f.bench.As(stale)).Record(t.Context(), recordOf(lock))
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.GetDecisions()[0].GetContent().GetPlanLock(); got.GetPersons() != 3 || got.GetWaitDays() != 3 {
		t.Errorf("the ledger answers with %v", got)
	}
	known := lock
	known.Content.GetPlanLock().Persons = 2
	_, err = ledgerv1.NewPostingServiceClient(f.bench.As(stale)).Record(t.Context(), recordOf(known))
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "decisions[0].content")
}

func TestWhatFollowsFromAStopIsRecordedWithoutAPerson(t *testing.T) {
	t.Parallel()
	f := setup(t)
	voided := approval()
	voided.Kind, voided.Reference = ledgerv1.DecisionKind_DECISION_KIND_PLAN_VOIDED, "paymentPlans/p_1/1/void"
	voided.Content = &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_PlanVoid{
		PlanVoid: &ledgerv1.PlanVoidContent{Reason: ledgerv1.PlanVoidReason_PLAN_VOID_REASON_FROZEN},
	}}
	resp, err := f.in("disbursements", "").RecordByRule(t.Context(), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{voided}})
	if err != nil || resp.GetDecisions()[0].GetPerson() != "" || resp.GetDecisions()[0].GetDay() != today {
		t.Errorf("%v, %v", resp, err)
	}
}

func TestWhoeverRestsOnADecisionAsksWhetherItsLeafIsThere(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("donations/d_1", 5000))
	recorded, err := f.in("disbursements", "staff/s_1", asApprover).Record(t.Context(), recordOf(approval()))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(reference string, commitment []byte) (*ledgerv1.CheckedLeaf, error) {
		resp, err := f.in("families", "").CheckLeaves(t.Context(), &ledgerv1.CheckLeavesRequest{
			Leaves: []*ledgerv1.LeafQuery{{Reference: reference, Commitment: commitment}},
		})
		if err != nil {
			return nil, err
		}
		return resp.GetLeaves()[0], nil
	}
	for name, c := range map[string]struct {
		reference  string
		commitment []byte
		want       ledgerv1.LeafState
	}{
		"there":               {approval().GetReference(), approval().GetCommitment(), ledgerv1.LeafState_LEAF_STATE_RECORDED},
		"there, whichever":    {approval().GetReference(), nil, ledgerv1.LeafState_LEAF_STATE_RECORDED},
		"of another content":  {approval().GetReference(), make([]byte, 32), ledgerv1.LeafState_LEAF_STATE_DIFFERENT},
		"a transaction":       {"donations/d_1", nil, ledgerv1.LeafState_LEAF_STATE_DIFFERENT},
		"of the next version": {"paymentPlans/p_1/2/approve/s_1", nil, ledgerv1.LeafState_LEAF_STATE_MISSING},
	} {
		got, err := ask(c.reference, c.commitment)
		if err != nil || got.GetState() != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if c.want == ledgerv1.LeafState_LEAF_STATE_RECORDED && (got.GetPerson() != "staff/s_1" || got.GetSequence() != recorded.GetDecisions()[0].GetSequence()) {
			t.Errorf("%s: %v", name, got)
		}
	}
	_, err = ask("", nil)
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "leaves[0].reference")
	_, err = ask("a", []byte{1})
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "leaves[0].commitment")
}
