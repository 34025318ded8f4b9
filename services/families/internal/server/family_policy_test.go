package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/families/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// lena is another protection officer.
const lena = "staff/s_second"

// unseenCaps is a policy of EUR alone.
func unseenCaps(minor int64) *familiesv1.FamilyPolicy {
	return &familiesv1.FamilyPolicy{UnseenCaps: []*typev1.Money{{MinorUnits: minor, CurrencyCode: "EUR"}}}
}

func (b *bench) policiesOf(person string) familiesv1.FamilyPolicyServiceClient {
	return familiesv1.NewFamilyPolicyServiceClient(b.connect(person, policyv1.Role_ROLE_PROTECTION_OFFICER))
}

// proposedPolicy is one that the second officer has proposed.
func (b *bench) proposedPolicy(minor int64) *familiesv1.FamilyPolicy {
	b.t.Helper()
	p, err := b.policiesOf(lena).ProposeFamilyPolicy(b.t.Context(), &familiesv1.ProposeFamilyPolicyRequest{FamilyPolicy: unseenCaps(minor)})
	must(b.t, err)
	return p
}

// agreedPolicy is one that counts now.
func (b *bench) agreedPolicy(minor int64) *familiesv1.FamilyPolicy {
	b.t.Helper()
	p, err := b.policiesOf(vera).ConfirmFamilyPolicy(b.t.Context(), &familiesv1.ConfirmFamilyPolicyRequest{Name: b.proposedPolicy(minor).GetName()})
	must(b.t, err)
	on, err := time.Parse(time.DateOnly, p.GetEffectiveOn())
	must(b.t, err)
	b.clock.pass(on.Sub(b.clock.now()) + time.Minute)
	return p
}

// reservedUnseen reserves a request of an unseen family for a round, and says why it is
// held back, if it is.
func (b *bench) reservedUnseen(request, round string) (familiesv1.HeldBackReason, error) {
	b.t.Helper()
	resp, err := b.disbursements().input.ReserveRequests(b.t.Context(), &familiesv1.ReserveRequestsRequest{
		Round: round, Commit: 1, Cycles: []*familiesv1.RequestCycle{{AidRequest: request, Cycle: 1}},
	})
	for _, h := range resp.GetHeldBack() {
		return h.GetReason(), err
	}
	return 0, err
}

func TestTwoOfficersChangeWhatUnseenFamiliesMayGet(t *testing.T) {
	t.Parallel()
	// given a request of an unseen family, below the printed cap
	b := newBench(t)
	family := b.anotherVerified()
	p := b.proposedPolicy(1)
	// when its proposer alone, and then another officer, confirms a smaller cap
	_, err := b.policiesOf(lena).ConfirmFamilyPolicy(t.Context(), &familiesv1.ConfirmFamilyPolicyRequest{Name: p.GetName()})
	refused(t, "confirm what one proposed", err, "SAME_PERSON")
	p, err = b.policiesOf(vera).ConfirmFamilyPolicy(t.Context(), &familiesv1.ConfirmFamilyPolicyRequest{Name: p.GetName()})
	must(t, err)
	_, err = b.policiesOf(vera).ConfirmFamilyPolicy(t.Context(), &familiesv1.ConfirmFamilyPolicyRequest{Name: p.GetName()})
	refused(t, "confirm again", err, "ILLEGAL_STATE")
	if p.GetInForce() || p.GetConfirmedBy() != vera || p.GetProposedBy() != lena || p.GetName() != "familyPolicies/1" {
		t.Errorf("confirmed: %v", p)
	}
	// then it counts from its day on, 48 hours later at least, and not before
	if why, err := b.reservedUnseen(b.approvedFor(family, 1).GetName(), "allocationRounds/r_1"); why != 0 || err != nil {
		t.Errorf("before its day: %v, %v", why, err)
	}
	on, err := time.Parse(time.DateOnly, p.GetEffectiveOn())
	must(t, err)
	if wait := on.Sub(b.clock.now()); wait < 48*time.Hour {
		t.Errorf("it counts after %v", wait)
	}
	b.clock.pass(on.Sub(b.clock.now()) + time.Minute)
	if why, err := b.reservedUnseen(b.approvedFor(family, 1).GetName(), "allocationRounds/r_2"); why != familiesv1.HeldBackReason_HELD_BACK_REASON_UNSEEN_CAP || err != nil {
		t.Errorf("on its day: %v, %v", why, err)
	}
	// and both steps stand in the log, by two people.
	for kind, want := range map[ledgerv1.DecisionKind]string{
		ledgerv1.DecisionKind_DECISION_KIND_POLICY_PROPOSED: lena, ledgerv1.DecisionKind_DECISION_KIND_POLICY_VERSION: vera,
	} {
		if by := b.ledger.By(kind); !slices.Equal(by, []string{want}) {
			t.Errorf("%s by %v", kind, by)
		}
	}
	read, err := b.policiesOf(vera).GetFamilyPolicy(t.Context(), &familiesv1.GetFamilyPolicyRequest{Name: p.GetName()})
	must(t, err)
	if !read.GetInForce() || read.GetUnseenCaps()[0].GetMinorUnits() != 1 {
		t.Errorf("in force: %v", read)
	}
}

// Whoever has the password of the service makes no policy of their own, and brings no
// older one back: nothing is reserved then.
func TestAPolicyThatNobodyAgreedOnStopsReserving(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"made by hand": `INSERT INTO policy_versions (kind, version, state, content, effective_on, proposed_by, proposed_sequence, created_at, confirmed_by, confirmed_sequence, confirmed_at)
			VALUES ('families', 7, 'CONFIRMED', '{"UnseenCaps":[{"MinorUnits":99999999,"Currency":"EUR"}]}', '2020-01-01', 'staff/s_a', 1, '2020-01-01', 'staff/s_b', 1000, '2020-01-01')`,
		"only proposed": `UPDATE policy_versions SET state = 'CONFIRMED', confirmed_by = 'staff/s_b', confirmed_sequence = 1000, confirmed_at = now() WHERE version = 3`,
		"an older one":  `UPDATE policy_versions SET confirmed_sequence = 1000 WHERE version = 1`,
	} {
		b := newBench(t)
		request := b.approvedFor(b.anotherVerified(), 1).GetName()
		b.agreedPolicy(1_000_000)
		b.agreedPolicy(900_000)
		b.proposedPolicy(9_000_000)
		b.clock.pass(30 * 24 * time.Hour)
		_, err := b.db.Pool.Exec(t.Context(), statement)
		must(t, err)
		_, err = b.reservedUnseen(request, "allocationRounds/r_1")
		refused(t, name, err, "ROW_WITHOUT_LEAF")
	}
}

func TestABadPolicyOfFamiliesIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	soon, never := unseenCaps(1), unseenCaps(1)
	soon.EffectiveOn, never.EffectiveOn = b.clock.now().UTC().AddDate(0, 0, 1).Format(time.DateOnly), "never"
	for field, p := range map[string]*familiesv1.FamilyPolicy{
		"familyPolicy.unseenCaps": nil, "familyPolicy.effectiveOn": soon, "familyPolicy.unseenCaps[0].minorUnits": unseenCaps(0),
	} {
		_, err := b.policiesOf(vera).ProposeFamilyPolicy(t.Context(), &familiesv1.ProposeFamilyPolicyRequest{FamilyPolicy: p})
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := b.policiesOf(vera).ProposeFamilyPolicy(t.Context(), &familiesv1.ProposeFamilyPolicyRequest{FamilyPolicy: never})
	refused(t, "no day", err, "INVALID_FIELD")
	for _, name := range []string{"familyPolicies/1", "familyPolicies/01", "familyPolicies/x"} {
		_, err := b.policiesOf(vera).GetFamilyPolicy(t.Context(), &familiesv1.GetFamilyPolicyRequest{Name: name})
		refused(t, name, err, "NOT_FOUND")
	}
}

func TestPoliciesOfFamiliesAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.agreedPolicy(5)
	waits := b.proposedPolicy(7)
	list := func(person, filter string) (names []string) {
		for token := ""; ; {
			resp, err := b.policiesOf(person).ListFamilyPolicies(t.Context(), &familiesv1.ListFamilyPoliciesRequest{PageSize: 1, PageToken: token, Filter: filter})
			must(t, err)
			for _, p := range resp.GetFamilyPolicies() {
				names = append(names, p.GetName())
			}
			if token = resp.GetNextPageToken(); token == "" {
				return names
			}
		}
	}
	if got := list(vera, ""); !slices.Equal(got, []string{waits.GetName(), first.GetName()}) {
		t.Errorf("all: %v", got)
	}
	if got := list(vera, `state = "CONFIRMED"`); !slices.Equal(got, []string{first.GetName()}) {
		t.Errorf("confirmed: %v", got)
	}
	if got := list(vera, "allowed_to_me = true"); !slices.Equal(got, []string{waits.GetName()}) {
		t.Errorf("to be confirmed by another: %v", got)
	}
	if got := list(lena, "allowed_to_me = true"); len(got) != 0 {
		t.Errorf("to be confirmed by its proposer: %v", got)
	}
	_, err := b.policiesOf(vera).ListFamilyPolicies(t.Context(), &familiesv1.ListFamilyPoliciesRequest{Filter: "nonsense = 1"})
	if err == nil {
		t.Error("a filter of an unknown field was taken")
	}
}

func TestAPolicyOfFamiliesTellsWhatCanBeDoneWithIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.proposedPolicy(rules.UnseenCap)
	resource := b.tried("solidarity/FamilyPolicy", p.GetName(), func(a actiontest.Actor) (actiontest.Seen, error) {
		return familiesv1.NewFamilyPolicyServiceClient(a.Conn).GetFamilyPolicy(t.Context(), &familiesv1.GetFamilyPolicyRequest{Name: p.GetName()})
	})
	all := append(b.cast(), actiontest.Actor{
		Name: lena, Roles: []policyv1.Role{policyv1.Role_ROLE_PROTECTION_OFFICER}, Conn: b.connect(lena, policyv1.Role_ROLE_PROTECTION_OFFICER),
	})
	b.clock.pass(5 * 24 * time.Hour)
	resource.Check(t, all...)
	b.clock.pass(-5 * 24 * time.Hour)
	resource.Take(t, "confirm", all...)
	resource.Check(t, all...)
}
