package server_test

import (
	"context"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func (b *bench) proposedRounds(who string, content *disbursementsv1.RoundsPolicyContent) (*disbursementsv1.PolicyVersion, error) {
	v := &disbursementsv1.PolicyVersion{}
	if content != nil {
		v.Content = &disbursementsv1.PolicyVersion_Rounds{Rounds: content}
	}
	return b.treasurer(who).policies.ProposePolicyVersion(context.Background(), &disbursementsv1.ProposePolicyVersionRequest{Parent: "policies/rounds", PolicyVersion: v})
}

// ofRounds is a policy of some currencies.
func ofRounds(currencies ...*disbursementsv1.RoundsOfCurrency) *disbursementsv1.RoundsPolicyContent {
	return &disbursementsv1.RoundsPolicyContent{Currencies: currencies}
}

// agreed takes a policy of rounds to the day on which it counts.
func (b *bench) agreed(content *disbursementsv1.RoundsPolicyContent) *disbursementsv1.PolicyVersion {
	b.t.Helper()
	v := must[*disbursementsv1.PolicyVersion](b.t, "propose")(b.proposedRounds("proposer", content))
	v = must[*disbursementsv1.PolicyVersion](b.t, "confirm")(b.confirmed("second", v.GetName()))
	on, err := time.Parse(time.DateOnly, v.GetRounds().GetEffectiveOn())
	if err != nil {
		b.t.Fatal(err)
	}
	b.clock.move(on.Sub(b.clock.now()) + time.Minute)
	return v
}

// TestTwoPersonsSayWhichDeficitStopsRounds changes the amount once up and once down.
func TestTwoPersonsSayWhichDeficitStopsRounds(t *testing.T) {
	t.Parallel()
	// given a fund with a deficit of 150.00, which stops its rounds
	b := newBench(t)
	b.ledger.SetAvailable("general", 1_000_000)
	b.families.need(1, 10_000)
	opened := b.open(10_000)
	b.simulate(opened)
	b.ledger.SetDeficit("general", 150_00)
	_, err := b.commit(opened)
	refused(t, "commit", err, "FUND_IN_DEFICIT")
	// when two people agree that one of 200.00 stops nothing
	v := b.agreed(ofRounds(&disbursementsv1.RoundsOfCurrency{CurrencyCode: "EUR", LargestDeficit: 200_00, Step: 500}))
	// then the round is committed
	if r, err := b.commit(opened); err != nil || r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_COMMITTED {
		t.Errorf("below the new amount: %v", err)
	}
	if v.GetName() != "policies/rounds/versions/1" || len(b.decisionsAbout(v.GetName())) != 2 {
		t.Errorf("%s is decided by %v", v.GetName(), b.decisionsAbout(v.GetName()))
	}
	// and when they agree that none at all is tolerated, the smallest deficit stops it
	b.ledger.SetDeficit("general", 1)
	b.families.need(1, 10_000)
	b.agreed(ofRounds(&disbursementsv1.RoundsOfCurrency{CurrencyCode: "EUR", Step: 700}))
	r := must[*disbursementsv1.AllocationRound](t, "open")(b.create(0, &disbursementsv1.Budget{Fund: "funds/general", Amount: postingtest.Money(10_000)}))
	b.simulate(r.GetName())
	_, err = b.commit(r.GetName())
	refused(t, "commit", err, "FUND_IN_DEFICIT")
	if r.GetPolicy().GetStepMinorUnits() != 700 {
		t.Errorf("awards are multiples of %d", r.GetPolicy().GetStepMinorUnits())
	}
}

// A version that somebody makes by SQL, with the rights of the service, stops what would
// rest on it: no two people have agreed on it. What it says nobody can change.
func TestAPolicyOfRoundsThatNobodyAgreedOnIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.SetAvailable("general", 1_000_000)
	b.agreed(ofRounds(&disbursementsv1.RoundsOfCurrency{CurrencyCode: "EUR", LargestDeficit: 1, Step: 500}))
	if _, err := b.db.Pool.Exec(context.Background(), `
		INSERT INTO policy_versions (kind, version, state, content, effective_on, proposed_by, proposed_sequence, created_at, confirmed_by, confirmed_sequence, confirmed_at)
		SELECT kind, 7, state, replace(content, '500', '501'), effective_on, proposed_by, proposed_sequence, created_at, confirmed_by, confirmed_sequence + 1, confirmed_at
		FROM policy_versions`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.db.Pool.Exec(context.Background(), `UPDATE policy_versions SET content = '{}'`); err == nil {
		t.Error("the service changes what a version says")
	}
	_, err := b.create(0, &disbursementsv1.Budget{Fund: "funds/general", Amount: postingtest.Money(10_000)})
	refused(t, "open a round", err, "ROW_WITHOUT_LEAF")
}

func TestABadPolicyOfRoundsIsRefusedFieldByField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at := "policyVersion.rounds.currencies"
	eur := func(deficit, step int64) *disbursementsv1.RoundsOfCurrency {
		return &disbursementsv1.RoundsOfCurrency{CurrencyCode: "EUR", LargestDeficit: deficit, Step: step}
	}
	tomorrow, noDay := ofRounds(eur(1, 1)), ofRounds(eur(1, 1))
	tomorrow.EffectiveOn, noDay.EffectiveOn = b.clock.now().UTC().AddDate(0, 0, 1).Format(time.DateOnly), "soon"
	for name, c := range map[string]struct {
		content *disbursementsv1.RoundsPolicyContent
		field   string
		reason  fault.FieldReason
	}{
		"nothing":             {nil, "policyVersion.rounds", fault.FieldRequired},
		"tomorrow":            {tomorrow, "policyVersion.rounds.effectiveOn", fault.FieldTooSmall},
		"no day":              {noDay, "policyVersion.rounds.effectiveOn", fault.FieldMalformed},
		"no currency":         {ofRounds(), at, fault.FieldWrongCount},
		"unknown currency":    {ofRounds(&disbursementsv1.RoundsOfCurrency{CurrencyCode: "eur", Step: 1}), at + "[0].currencyCode", fault.FieldCurrencyUnknown},
		"twice":               {ofRounds(eur(1, 1), eur(1, 1)), at + "[1].currencyCode", fault.FieldWrongOrder},
		"below zero":          {ofRounds(eur(-1, 1)), at + "[0].largestDeficit", fault.FieldTooSmall},
		"no step":             {ofRounds(eur(1, 0)), at + "[0].step", fault.FieldOutOfRange},
		"a step of 10,000.01": {ofRounds(eur(1, 1_000_001)), at + "[0].step", fault.FieldOutOfRange},
	} {
		_, err := b.proposedRounds("proposer", c.content)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != c.field || f.Violations[0].Reason != c.reason {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := b.treasurer("proposer").policies.ProposePolicyVersion(context.Background(), &disbursementsv1.ProposePolicyVersionRequest{Parent: "policies/feet"})
	refused(t, "another policy", err, "INVALID_FIELD")
	if got := b.decisionsAbout("policies/rounds/versions/1"); len(got) != 0 {
		t.Errorf("the log has %v", got)
	}
}
