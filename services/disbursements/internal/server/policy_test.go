package server_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// fakeStanding knows who holds which role, as the ledger does.
type fakeStanding struct {
	mu     sync.Mutex
	people []*ledgerv1.Standing
}

func (f *fakeStanding) ListStandings(context.Context, *ledgerv1.ListStandingsRequest, ...grpc.CallOption) (*ledgerv1.ListStandingsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &ledgerv1.ListStandingsResponse{Standings: f.people}, nil
}

// keep has the money desk keep so many people.
func (f *fakeStanding) keep(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.people = f.people[:n]
}

// ofFive is the money desk of the smallest fund: three people, each with both roles.
func ofFive() *fakeStanding {
	f := &fakeStanding{}
	for _, name := range []string{"staff/s_1", "staff/s_2", "staff/s_3"} {
		f.people = append(f.people, &ledgerv1.Standing{Person: name, Grants: []*ledgerv1.HeldGrant{
			{Role: policyv1.Role_ROLE_TREASURER}, {Role: policyv1.Role_ROLE_APPROVER},
		}})
	}
	return f
}

// table is a policy of EUR alone.
func table(rows ...*ledgerv1.HandsRow) *ledgerv1.HandsPolicyContent {
	return &ledgerv1.HandsPolicyContent{ApprovalDays: 7, Currencies: []*ledgerv1.HandsOfCurrency{{CurrencyCode: "EUR", Rows: rows}}}
}

func (b *bench) proposed(who string, content *ledgerv1.HandsPolicyContent) (*disbursementsv1.PolicyVersion, error) {
	v := &disbursementsv1.PolicyVersion{}
	if content != nil {
		v.Content = &disbursementsv1.PolicyVersion_Hands{Hands: content}
	}
	return b.treasurer(who).policies.ProposePolicyVersion(context.Background(), &disbursementsv1.ProposePolicyVersionRequest{Parent: "policies/hands", PolicyVersion: v})
}

func (b *bench) confirmed(who, name string) (*disbursementsv1.PolicyVersion, error) {
	return b.approver(who).policies.ConfirmPolicyVersion(context.Background(), &disbursementsv1.ConfirmPolicyVersionRequest{Name: name})
}

// TestTwoPersonsChangeHowManyHandsMoneyNeeds takes a policy from its proposal to the
// first plan that is locked by it.
func TestTwoPersonsChangeHowManyHandsMoneyNeeds(t *testing.T) {
	t.Parallel()
	// given a policy that three persons sign everything
	b := newBench(t)
	v := must[*disbursementsv1.PolicyVersion](t, "propose")(b.proposed("proposer", table(&ledgerv1.HandsRow{Persons: 3, WaitDays: 2})))
	if v.GetState() != typev1.PolicyVersionState_POLICY_VERSION_STATE_PROPOSED || v.GetInForce() || v.GetProposedBy() != "staff/s_proposer" {
		t.Errorf("proposed: %v", v)
	}
	// when its proposer alone, and then another person, confirms it
	_, err := b.confirmed("proposer", v.GetName())
	refused(t, "confirm what one proposed", err, "SAME_PERSON")
	v = must[*disbursementsv1.PolicyVersion](t, "confirm")(b.confirmed("second", v.GetName()))
	_, err = b.confirmed("third", v.GetName())
	refused(t, "confirm again", err, "ILLEGAL_STATE")
	// then both decisions stand in the log, and it counts from its day on
	if got, want := b.decisionsAbout(v.GetName()), []string{"POLICY_PROPOSED staff/s_proposer", "POLICY_VERSION staff/s_second"}; !slices.Equal(got, want) {
		t.Errorf("the log has %v", got)
	}
	plan := b.planned(1)
	b.steps(plan, "lock")
	if p := b.plan(plan); p.GetPersons() != 4 || v.GetInForce() {
		t.Errorf("before its day a plan needs %d persons", p.GetPersons())
	}
	b.steps(plan, "unlock")
	on, _ := time.Parse(time.DateOnly, v.GetHands().GetEffectiveOn())
	if wait := on.Sub(b.clock.now()); wait < 48*time.Hour {
		t.Errorf("it counts after %v", wait)
	}
	b.clock.move(on.Sub(b.clock.now()) + time.Minute)
	b.steps(plan, "lock")
	if p := b.plan(plan); p.GetPersons() != 3 || p.GetWaitDays() != 2 {
		t.Errorf("on its day a plan needs %d persons, or two after %d days", p.GetPersons(), p.GetWaitDays())
	}
	v = must[*disbursementsv1.PolicyVersion](t, "read")(b.approver("reader").policies.GetPolicyVersion(context.Background(), &disbursementsv1.GetPolicyVersionRequest{Name: v.GetName()}))
	if !v.GetInForce() || v.GetConfirmedBy() != "staff/s_second" || v.GetConfirmTime() == nil {
		t.Errorf("in force: %v", v)
	}
}

func (b *bench) plan(name string) *disbursementsv1.PaymentPlan {
	b.t.Helper()
	return must[*disbursementsv1.PaymentPlan](b.t, "read plan")(b.treasurer("reader").plans.GetPaymentPlan(
		context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: name}))
}

func TestApprovalsCountAsLongAsThePolicySays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	content := table(&ledgerv1.HandsRow{Persons: 2})
	content.ApprovalDays = 2
	v := must[*disbursementsv1.PolicyVersion](t, "propose")(b.proposed("proposer", content))
	must[*disbursementsv1.PolicyVersion](t, "confirm")(b.confirmed("second", v.GetName()))
	b.clock.move(10 * 24 * time.Hour)
	plan := b.planned(1)
	b.steps(plan, "lock", "submit", "approve")
	b.clock.move(3 * 24 * time.Hour)
	refused(t, "release", b.releasedBy("maker", plan), "APPROVAL_EXPIRED")
}

// What a proposal lacks is said at once; nothing of it reaches the log.
func TestABadPolicyIsRefusedFieldByField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tomorrow := table(&ledgerv1.HandsRow{Persons: 2})
	tomorrow.EffectiveOn = b.clock.now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)
	noDay := table(&ledgerv1.HandsRow{Persons: 2})
	noDay.EffectiveOn = "soon"
	for field, content := range map[string]*ledgerv1.HandsPolicyContent{
		"policyVersion.hands":                               nil,
		"policyVersion.hands.effectiveOn":                   tomorrow,
		"policyVersion.hands.currencies[0].rows":            table(),
		"policyVersion.hands.currencies[0].rows[0].upTo":    table(&ledgerv1.HandsRow{UpTo: 5, Persons: 2}),
		"policyVersion.hands.currencies[0].rows[0].persons": table(&ledgerv1.HandsRow{Persons: 1}),
		"policyVersion.hands.currencies[0].rows[1].persons": table(&ledgerv1.HandsRow{UpTo: 5, Persons: 2}, &ledgerv1.HandsRow{Persons: 4}),
	} {
		_, err := b.proposed("proposer", content)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := b.proposed("proposer", noDay)
	if f := fault.As(err); f == nil || f.Violations[0].Reason != fault.FieldMalformed {
		t.Errorf("no day: %v", err)
	}
	_, err = b.treasurer("proposer").policies.ProposePolicyVersion(context.Background(), &disbursementsv1.ProposePolicyVersionRequest{Parent: "policies/-"})
	if f := fault.As(err); f == nil || f.Violations[0].Field != "parent" {
		t.Errorf("any policy: %v", err)
	}
	if got := b.decisionsAbout("policies/hands/versions/2"); len(got) != 0 {
		t.Errorf("the log has %v", got)
	}
}

// Between proposal and confirmation the desk may shrink, and days pass.
func TestAProposalCanComeTooLate(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := must[*disbursementsv1.PolicyVersion](t, "propose")(b.proposed("proposer", table(&ledgerv1.HandsRow{Persons: 3})))
	b.standing.keep(2)
	_, err := b.confirmed("second", v.GetName())
	refused(t, "confirm with two left", err, "NOT_ENOUGH_PEOPLE")
	b.clock.move(5 * 24 * time.Hour)
	_, err = b.confirmed("second", v.GetName())
	refused(t, "confirm too late", err, "POLICY_TOO_SOON")
	again := must[*disbursementsv1.PolicyVersion](t, "propose anew")(b.proposed("second", table(&ledgerv1.HandsRow{Persons: 2})))
	must[*disbursementsv1.PolicyVersion](t, "confirm anew")(b.confirmed("proposer", again.GetName()))
}

// A leaf whose answer was lost keeps its number; the next proposal goes past it.
func TestAProposalGoesPastANumberThatTheLogHas(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	content := table(&ledgerv1.HandsRow{Persons: 2})
	content.EffectiveOn = b.clock.now().UTC().AddDate(0, 0, 5).Format(time.DateOnly)
	b.decide("lost", posting.PolicyProposed(posting.PolicyVersion{
		Name: "policies/hands/versions/1", Commitment: make([]byte, 32), Content: posting.HandsPolicy(content),
	}))
	v := must[*disbursementsv1.PolicyVersion](t, "propose")(b.proposed("another", table(&ledgerv1.HandsRow{Persons: 3})))
	if v.GetName() != "policies/hands/versions/2" || len(b.decisionsAbout(v.GetName())) != 1 {
		t.Errorf("%s is decided by %v", v.GetName(), b.decisionsAbout(v.GetName()))
	}
}

func TestVersionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var names []string
	for range 3 {
		v := must[*disbursementsv1.PolicyVersion](t, "propose")(b.proposed("proposer", table(&ledgerv1.HandsRow{Persons: 2})))
		names = append([]string{v.GetName()}, names...)
		b.clock.move(24 * time.Hour)
	}
	must[*disbursementsv1.PolicyVersion](t, "confirm")(b.confirmed("second", names[0]))
	b.clock.move(24 * time.Hour)
	list := func(parent, filter string) (got []string) {
		for token := ""; ; {
			resp := must[*disbursementsv1.ListPolicyVersionsResponse](t, "list")(b.approver("reader").policies.ListPolicyVersions(context.Background(),
				&disbursementsv1.ListPolicyVersionsRequest{Parent: parent, Filter: filter, PageSize: 2, PageToken: token}))
			for _, v := range resp.GetPolicyVersions() {
				got = append(got, v.GetName())
			}
			if token = resp.GetNextPageToken(); token == "" {
				return got
			}
		}
	}
	for _, parent := range []string{"policies/hands", "policies/-"} {
		if got := list(parent, ""); !slices.Equal(got, names) {
			t.Errorf("%s: %v, want %v", parent, got, names)
		}
	}
	if got := list("policies/hands", `state = "CONFIRMED"`); !slices.Equal(got, names[:1]) {
		t.Errorf("confirmed: %v", got)
	}
	if got := list("policies/hands", `state = "PROPOSED" AND allowed_to_me = true`); !slices.Equal(got, names[1:2]) {
		t.Errorf("to be confirmed in time: %v", got) // the first one's day is too near by now
	}
	_, err := b.approver("reader").policies.GetPolicyVersion(context.Background(), &disbursementsv1.GetPolicyVersionRequest{Name: "policies/hands/versions/01"})
	refused(t, "a number written otherwise", err, "NOT_FOUND")
	_, err = b.approver("reader").policies.ListPolicyVersions(context.Background(), &disbursementsv1.ListPolicyVersionsRequest{Parent: "policies/feet"})
	refused(t, "another policy", err, "INVALID_FIELD")
}

func TestAVersionTellsWhatCanBeDoneWithIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	v := must[*disbursementsv1.PolicyVersion](t, "propose")(b.proposed("maker", table(&ledgerv1.HandsRow{Persons: 3})))
	version := b.tried("solidarity/PolicyVersion", v.GetName(), func(a actiontest.Actor) (actiontest.Seen, error) {
		return disbursementsv1.NewPolicyServiceClient(a.Conn).GetPolicyVersion(context.Background(), &disbursementsv1.GetPolicyVersionRequest{Name: v.GetName()})
	})
	all := b.cast()
	b.clock.move(5 * 24 * time.Hour)
	version.Check(t, all...)
	b.clock.move(-5 * 24 * time.Hour)
	version.Take(t, "confirm", all...)
	version.Check(t, all...)
}
