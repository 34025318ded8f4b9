package leaf_test

import (
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// anyContent draws a content of a kind.
func anyContent(t *rapid.T, kind leaf.DecisionKind) leaf.Content {
	subject := "staff/s_" + rapid.StringMatching(`[a-z0-9]{1,20}`).Draw(t, "subject")
	role := leaf.Role(rapid.ByteMin(1).Draw(t, "role"))
	from := leaf.Day(rapid.Uint32Range(1, 2900000).Draw(t, "from"))
	until := from + leaf.Day(rapid.Uint32Range(0, 1000).Draw(t, "days"))
	amount := rapid.Int64Min(1).Draw(t, "amount")
	switch kind {
	case leaf.DecisionStaff:
		return &leaf.Staff{Person: subject, Identity: [32]byte{1, rapid.Byte().Draw(t, "identity")}}
	case leaf.DecisionGrantProposed, leaf.DecisionGrantConfirmed:
		return &leaf.Grant{Subject: subject, Role: role, From: from, Until: until, RestsUntil: anyDay.Draw(t, "rests")}
	case leaf.DecisionGrantRevoked:
		return &leaf.Revocation{Subject: subject, Role: role}
	case leaf.DecisionFreeze:
		return &leaf.Freeze{Subject: subject, Until: until}
	case leaf.DecisionFreezeLifted:
		return &leaf.Thaw{Subject: subject, Until: rapid.SampledFrom([]leaf.Day{0, until}).Draw(t, "thaw")}
	case leaf.DecisionEngagement:
		return &leaf.Engagement{Subject: subject, From: from, Until: until}
	case leaf.DecisionPolicyProposed, leaf.DecisionPolicyVersion:
		if rapid.Bool().Draw(t, "other") {
			return anyOtherPolicy(t, from)
		}
		return anyPolicy(t, from)
	case leaf.DecisionPlanLocked:
		return &leaf.Lock{
			Currency: currency.Draw(t, "currency"), Amount: amount, Persons: rapid.ByteRange(2, leaf.MaxPersons).Draw(t, "persons"),
			WaitDays: rapid.Uint16Max(365).Draw(t, "wait"), Looks: rapid.Uint16().Draw(t, "looks"),
		}
	case leaf.DecisionPlanVoided:
		return &leaf.Voiding{Reason: leaf.VoidReason(rapid.ByteRange(1, 6).Draw(t, "reason"))}
	case leaf.DecisionEmergencyApproved:
		return &leaf.Emergency{Currency: currency.Draw(t, "currency"), Amount: amount}
	}
	if kind.Known() {
		return nil
	}
	return &leaf.Opaque{Bytes: string(rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "opaque"))}
}

// anyOtherPolicy draws what the leaf of another policy than that of hands says.
func anyOtherPolicy(t *rapid.T, from leaf.Day) *leaf.Policy {
	p := &leaf.Policy{EffectiveOn: from}
	for _, currency := range []string{"EUR", "PLN", "USD"}[:rapid.IntRange(0, 3).Draw(t, "currencies")] {
		p.Amounts = append(p.Amounts, leaf.PolicyAmount{Currency: currency, Amount: rapid.Int64Min(0).Draw(t, "amount")})
	}
	return p
}

func anyPolicy(t *rapid.T, from leaf.Day) *leaf.Policy {
	p := &leaf.Policy{EffectiveOn: from, ApprovalDays: rapid.Uint16Range(1, 365).Draw(t, "approval")}
	for _, currency := range []string{"EUR", "PLN", "USD"}[:rapid.IntRange(1, 3).Draw(t, "currencies")] {
		h := leaf.Hands{Currency: currency, CashCap: rapid.Int64Min(0).Draw(t, "cap")}
		n := rapid.IntRange(1, leaf.MaxRows).Draw(t, "rows")
		for i := range n {
			r := leaf.Row{UpTo: int64(i+1) * 100, Persons: rapid.ByteRange(2, leaf.MaxPersons).Draw(t, "persons"), WaitDays: rapid.Uint16Max(365).Draw(t, "wait")}
			if i == n-1 {
				r.UpTo = 0
			}
			h.Rows = append(h.Rows, r)
		}
		p.Currencies = append(p.Currencies, h)
	}
	return p
}
