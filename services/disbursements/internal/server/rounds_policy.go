package server

import (
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// roundsOf reads what is proposed for the policy of rounds; what names no day begins on
// the given one. Whether it is within bounds is for Policy.Check.
func roundsOf(field string, m *disbursementsv1.RoundsPolicyContent, begins time.Time) (p round.Policy, on time.Time, err error) {
	if m == nil {
		return p, on, fault.Field(field, fault.FieldRequired, "must be given")
	}
	if on, err = agreed.Day(field+".effectiveOn", m.GetEffectiveOn(), begins); err != nil {
		return p, on, err
	}
	for _, c := range m.GetCurrencies() {
		p.Currencies = append(p.Currencies, round.CurrencyRules{Code: c.GetCurrencyCode(), LargestDeficit: c.GetLargestDeficit(), Step: c.GetStep()})
	}
	return p, on, nil
}

// roundsLeaf is what the leaves of a version of the policy of rounds say: the books go by
// its deficits.
func roundsLeaf(p round.Policy, on time.Time) *ledgerv1.DecisionContent {
	amounts := make([]*ledgerv1.PolicyAmount, len(p.Currencies))
	for i, c := range p.Currencies {
		amounts[i] = &ledgerv1.PolicyAmount{CurrencyCode: c.Code, Amount: c.LargestDeficit}
	}
	return posting.Policy(rpc.Day(on), amounts...)
}

// roundsProto writes what a version of the policy of rounds says.
func roundsProto(v agreement.Version) (*disbursementsv1.RoundsPolicyContent, error) {
	var p round.Policy
	m := &disbursementsv1.RoundsPolicyContent{EffectiveOn: rpc.Day(v.EffectiveOn)}
	err := v.Read(&p)
	for _, c := range p.Currencies {
		m.Currencies = append(m.Currencies, &disbursementsv1.RoundsOfCurrency{CurrencyCode: c.Code, LargestDeficit: c.LargestDeficit, Step: c.Step})
	}
	return m, err
}
