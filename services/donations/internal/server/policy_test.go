package server_test

import (
	"slices"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	treasurerRole = policyv1.Role_ROLE_TREASURER
	approverRole  = policyv1.Role_ROLE_APPROVER
)

// loose is a policy that nothing is blocked by, and all clears in a day.
func loose() *donationsv1.DonationPolicy {
	return &donationsv1.DonationPolicy{ClearingDays: 1, LongClearingDays: 1}
}

func (w *wire) policiesOf(person string, role policyv1.Role) donationsv1.DonationPolicyServiceClient {
	return donationsv1.NewDonationPolicyServiceClient(w.colleague(person, role))
}

func (w *wire) proposedPolicy(p *donationsv1.DonationPolicy) *donationsv1.DonationPolicy {
	w.t.Helper()
	v, err := w.policiesOf("staff/s_proposer", treasurerRole).ProposeDonationPolicy(w.t.Context(), &donationsv1.ProposeDonationPolicyRequest{DonationPolicy: p})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// counts is the policy that a store takes for agreed now.
func (w *wire) counts() (rules.Policy, error) {
	p := rules.Printed()
	err := w.agreed(w.clock).Counts(w.t.Context(), rules.Kind, &p)
	return p, err
}

// TestTwoPeopleChangeWhatHoldsForGifts takes a policy from its proposal to the first card
// that it lets give.
func TestTwoPeopleChangeWhatHoldsForGifts(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	v := w.proposedPolicy(loose())
	confirm := func(person string, role policyv1.Role) error {
		_, err := w.policiesOf(person, role).ConfirmDonationPolicy(t.Context(), &donationsv1.ConfirmDonationPolicyRequest{Name: v.GetName()})
		return err
	}
	// when its proposer alone, and then another person, confirms it
	if err := confirm("staff/s_proposer", approverRole); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("confirm what one proposed: %v", err)
	}
	if err := confirm("staff/s_second", treasurerRole); !fault.Is(err, fault.ReasonPermissionDenied) {
		t.Errorf("a treasurer confirms: %v", err)
	}
	if err := confirm("staff/s_second", approverRole); err != nil {
		t.Fatal(err)
	}
	// then it counts from its day on, 48 hours later at least
	if p, err := w.counts(); err != nil || p.ClearingDays != 14 || !slices.Equal(p.Blocked, []string{"BY", "RU"}) {
		t.Errorf("before its day: %+v, %v", p, err)
	}
	on, err := time.Parse(time.DateOnly, v.GetEffectiveOn())
	if err != nil || on.Sub(w.clock()) < 48*time.Hour {
		t.Errorf("it counts on %v: %v", v.GetEffectiveOn(), err)
	}
	w.later(on.Sub(w.clock()) + time.Minute)
	if p, err := w.counts(); err != nil || p.ClearingDays != 1 || len(p.Blocked) != 0 {
		t.Errorf("on its day: %+v, %v", p, err)
	}
	read, err := w.policiesOf("staff/s_reader", policyv1.Role_ROLE_AUDITOR).GetDonationPolicy(t.Context(), &donationsv1.GetDonationPolicyRequest{Name: v.GetName()})
	if err != nil || !read.GetInForce() || read.GetName() != "donationPolicies/1" || read.GetConfirmedBy() != "staff/s_second" {
		t.Errorf("in force: %v, %v", read, err)
	}
	// and no row that nobody agreed on takes its place.
	if _, err := w.db.Pool.Exec(t.Context(), `
		INSERT INTO policy_versions (kind, version, state, content, effective_on, proposed_by, proposed_sequence, created_at, confirmed_by, confirmed_sequence, confirmed_at)
		SELECT kind, 7, state, content, effective_on, proposed_by, proposed_sequence, created_at, confirmed_by, confirmed_sequence + 1, confirmed_at FROM policy_versions`); err != nil {
		t.Fatal(err)
	}
	if _, err := w.counts(); !fault.Is(err, fault.ReasonRowWithoutLeaf) {
		t.Errorf("made by hand: %v", err)
	}
}

// A gift through a partner that is new clears after the long days, as a large one does.
func TestGiftsOfANewPartnerClearLater(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		isNew int
		minor int64
		days  int
	}{{60, 5_000, 60}, {0, 5_000, 14}, {0, 200_000, 60}} {
		w, policy := newWire(t), fixed(rules.Printed())
		policy.NewPartnerDays = c.isNew
		w.worker.Policies = policy
		w.give(w.newPartner(), c.minor, "general")
		var clears time.Time
		if err := w.db.Pool.QueryRow(t.Context(), `SELECT clears_at FROM donations`).Scan(&clears); err != nil {
			t.Fatal(err)
		}
		if days := int(clears.Sub(w.clock()).Hours() / 24); days < c.days-1 || days > c.days+7 {
			t.Errorf("%d of a partner that is new for %d days clears after %d days, want %d", c.minor, c.isNew, days, c.days)
		}
	}
}

func TestABadPolicyOfGiftsIsRefused(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	soon, never, days, country := loose(), loose(), loose(), loose()
	soon.EffectiveOn, never.EffectiveOn = w.clock().AddDate(0, 0, 1).Format(time.DateOnly), "never"
	days.ClearingDays, country.BlockedCountries = 400, []string{"Belarus"}
	for field, p := range map[string]*donationsv1.DonationPolicy{
		"donationPolicy.effectiveOn": soon, "donationPolicy.clearingDays": days, "donationPolicy.blockedCountries[0]": country,
	} {
		_, err := w.policiesOf("staff/s_proposer", treasurerRole).ProposeDonationPolicy(t.Context(), &donationsv1.ProposeDonationPolicyRequest{DonationPolicy: p})
		if f := fault.As(err); f == nil || f.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := w.policiesOf("staff/s_proposer", treasurerRole).ProposeDonationPolicy(t.Context(), &donationsv1.ProposeDonationPolicyRequest{DonationPolicy: never})
	if f := fault.As(err); f == nil || f.Violations[0].Reason != fault.FieldMalformed {
		t.Errorf("no day: %v", err)
	}
	for _, name := range []string{"donationPolicies/1", "donationPolicies/01", "donationPolicies/x"} {
		_, err := w.policiesOf("staff/s_reader", treasurerRole).GetDonationPolicy(t.Context(), &donationsv1.GetDonationPolicyRequest{Name: name})
		if !fault.Is(err, fault.ReasonNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPoliciesOfGiftsAreListedAndTellWhatCanBeDone(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	first, second := w.proposedPolicy(loose()), w.proposedPolicy(loose())
	if _, err := w.policiesOf("staff/s_second", approverRole).ConfirmDonationPolicy(t.Context(), &donationsv1.ConfirmDonationPolicyRequest{Name: first.GetName()}); err != nil {
		t.Fatal(err)
	}
	list := func(person string, role policyv1.Role, filter string) (names []string) {
		resp, err := w.policiesOf(person, role).ListDonationPolicies(t.Context(), &donationsv1.ListDonationPoliciesRequest{Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range resp.GetDonationPolicies() {
			names = append(names, p.GetName())
		}
		return names
	}
	if got := list("staff/s_reader", treasurerRole, ""); !slices.Equal(got, []string{second.GetName(), first.GetName()}) {
		t.Errorf("all: %v", got)
	}
	if got := list("staff/s_second", approverRole, "allowed_to_me = true"); !slices.Equal(got, []string{second.GetName()}) {
		t.Errorf("to be confirmed: %v", got)
	}
	if got := list("staff/s_proposer", approverRole, "allowed_to_me = true"); len(got) != 0 {
		t.Errorf("to be confirmed by its proposer: %v", got)
	}
	actor := func(person string, roles ...policyv1.Role) actiontest.Actor {
		return actiontest.Actor{Name: person, Roles: roles, Conn: w.colleague(person, roles...)}
	}
	all := []actiontest.Actor{
		actor("staff/s_proposer", approverRole), actor("staff/s_second", approverRole), actor("staff/s_third", treasurerRole),
		actor("staff/s_officer", policyv1.Role_ROLE_PROTECTION_OFFICER), actor("staff/s_audit", policyv1.Role_ROLE_AUDITOR),
	}
	resource := actiontest.Resource{
		Name: second.GetName(), Methods: server.New(server.Options{}).Verbs()["solidarity/DonationPolicy"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return donationsv1.NewDonationPolicyServiceClient(a.Conn).GetDonationPolicy(t.Context(), &donationsv1.GetDonationPolicyRequest{Name: second.GetName()})
		},
	}
	resource.Check(t, all...)
	resource.Take(t, "confirm", all...)
	resource.Check(t, all...)
}
