package server

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// contentProto writes what a decision says; nothing for a kind that is not known.
func contentProto(content leaf.Content) *ledgerv1.DecisionContent {
	out := new(ledgerv1.DecisionContent)
	switch c := content.(type) {
	case *leaf.Staff:
		out.Content = &ledgerv1.DecisionContent_Staff{Staff: &ledgerv1.StaffContent{Person: c.Person, Identity: c.Identity[:]}}
	case *leaf.Grant:
		out.Content = &ledgerv1.DecisionContent_Grant{Grant: &ledgerv1.GrantContent{
			Subject: c.Subject, Role: policyv1.Role(c.Role), From: c.From.String(), Until: c.Until.String(), RestsUntil: c.RestsUntil.String(),
		}}
	case *leaf.Revocation:
		out.Content = &ledgerv1.DecisionContent_GrantRevocation{GrantRevocation: &ledgerv1.GrantRevocationContent{Subject: c.Subject, Role: policyv1.Role(c.Role)}}
	case *leaf.Freeze:
		out.Content = &ledgerv1.DecisionContent_Freeze{Freeze: &ledgerv1.FreezeContent{Subject: c.Subject, Until: c.Until.String()}}
	case *leaf.Thaw:
		thaw := &ledgerv1.FreezeContent{Subject: c.Subject}
		if c.Until != 0 {
			thaw.Until = c.Until.String()
		}
		out.Content = &ledgerv1.DecisionContent_Freeze{Freeze: thaw}
	case *leaf.Engagement:
		out.Content = &ledgerv1.DecisionContent_Engagement{Engagement: &ledgerv1.EngagementContent{
			Subject: c.Subject, From: c.From.String(), Until: c.Until.String(),
		}}
	case *leaf.Policy:
		if !c.OfHands() {
			out.Content = &ledgerv1.DecisionContent_Policy{Policy: otherPolicyProto(c)}
			break
		}
		out.Content = &ledgerv1.DecisionContent_HandsPolicy{HandsPolicy: policyProto(c)}
	case *leaf.Lock:
		out.Content = &ledgerv1.DecisionContent_PlanLock{PlanLock: &ledgerv1.PlanLockContent{
			CurrencyCode: c.Currency, Amount: c.Amount, Persons: int32(c.Persons), WaitDays: int32(c.WaitDays), Looks: int32(c.Looks),
		}}
	case *leaf.Voiding:
		out.Content = &ledgerv1.DecisionContent_PlanVoid{PlanVoid: &ledgerv1.PlanVoidContent{Reason: ledgerv1.PlanVoidReason(c.Reason)}}
	case *leaf.Emergency:
		out.Content = &ledgerv1.DecisionContent_Emergency{Emergency: &ledgerv1.EmergencyContent{CurrencyCode: c.Currency, Amount: c.Amount}}
	default:
		return nil
	}
	return out
}

func otherPolicyProto(p *leaf.Policy) *ledgerv1.PolicyContent {
	out := &ledgerv1.PolicyContent{EffectiveOn: p.EffectiveOn.String()}
	for _, a := range p.Amounts {
		out.Amounts = append(out.Amounts, &ledgerv1.PolicyAmount{CurrencyCode: a.Currency, Amount: a.Amount})
	}
	return out
}

func policyProto(p *leaf.Policy) *ledgerv1.HandsPolicyContent {
	out := &ledgerv1.HandsPolicyContent{EffectiveOn: p.EffectiveOn.String(), ApprovalDays: int32(p.ApprovalDays)}
	for _, h := range p.Currencies {
		hands := &ledgerv1.HandsOfCurrency{
			CurrencyCode: h.Currency, CashCap: h.CashCap, EmergencyFamilyCap: h.EmergencyFamilyCap, EmergencyMonthCap: h.EmergencyMonthCap,
		}
		for _, r := range h.Rows {
			hands.Rows = append(hands.Rows, &ledgerv1.HandsRow{UpTo: r.UpTo, Persons: int32(r.Persons), WaitDays: int32(r.WaitDays)})
		}
		out.Currencies = append(out.Currencies, hands)
	}
	return out
}
