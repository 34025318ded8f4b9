package server

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// contents reads what decisions say, and remembers the first thing that has no place
// in a leaf. Whether it is of the form is for package leaf.
type contents struct {
	at  func() string
	err error
}

// contentOf reads what a decision says beside its commitment.
func contentOf(at func() string, in *ledgerv1.DecisionContent) (leaf.Content, error) {
	c := contents{at: func() string { return at() + ".content" }}
	out := c.read(in)
	return out, c.err
}

func (c *contents) read(in *ledgerv1.DecisionContent) leaf.Content {
	switch v := in.GetContent().(type) {
	case *ledgerv1.DecisionContent_Staff:
		return c.staff(v.Staff)
	case *ledgerv1.DecisionContent_Grant:
		g := v.Grant
		return &leaf.Grant{
			Subject: g.GetSubject(), Role: c.role(g.GetRole()),
			From: c.day("from", g.GetFrom()), Until: c.day("until", g.GetUntil()), RestsUntil: c.day("restsUntil", g.GetRestsUntil()),
		}
	case *ledgerv1.DecisionContent_GrantRevocation:
		return &leaf.Revocation{Subject: v.GrantRevocation.GetSubject(), Role: c.role(v.GrantRevocation.GetRole())}
	case *ledgerv1.DecisionContent_Freeze:
		if v.Freeze.GetUntil() == "" {
			return &leaf.Thaw{Subject: v.Freeze.GetSubject()}
		}
		return &leaf.Freeze{Subject: v.Freeze.GetSubject(), Until: c.day("until", v.Freeze.GetUntil())}
	case *ledgerv1.DecisionContent_Engagement:
		e := v.Engagement
		return &leaf.Engagement{Subject: e.GetSubject(), From: c.day("from", e.GetFrom()), Until: c.day("until", e.GetUntil())}
	case *ledgerv1.DecisionContent_HandsPolicy:
		return c.hands(v.HandsPolicy)
	case *ledgerv1.DecisionContent_Policy:
		return c.policy(v.Policy)
	case *ledgerv1.DecisionContent_PlanLock:
		l := v.PlanLock
		return &leaf.Lock{
			Currency: l.GetCurrencyCode(), Amount: l.GetAmount(), Persons: uint8(c.number("persons", l.GetPersons(), 255)),
			WaitDays: c.number("waitDays", l.GetWaitDays(), 65535), Looks: c.number("looks", l.GetLooks(), 65535),
		}
	case *ledgerv1.DecisionContent_PlanVoid:
		return &leaf.Voiding{Reason: leaf.VoidReason(c.number("reason", int32(v.PlanVoid.GetReason()), 255))}
	case *ledgerv1.DecisionContent_Emergency:
		return &leaf.Emergency{Currency: v.Emergency.GetCurrencyCode(), Amount: v.Emergency.GetAmount()}
	}
	return nil
}

// staff reads a binding; the ledger makes its identity.
func (c *contents) staff(s *ledgerv1.StaffContent) leaf.Content {
	out := &leaf.Staff{Person: s.GetPerson()}
	if copy(out.Identity[:], s.GetIdentity()) != len(out.Identity) || len(s.GetIdentity()) != len(out.Identity) {
		c.fail("identity", "must be exactly 32 bytes")
	}
	return out
}

// policy reads any other policy than that of hands.
func (c *contents) policy(p *ledgerv1.PolicyContent) leaf.Content {
	out := &leaf.Policy{EffectiveOn: c.day("effectiveOn", p.GetEffectiveOn())}
	for _, a := range p.GetAmounts() {
		out.Amounts = append(out.Amounts, leaf.PolicyAmount{Currency: a.GetCurrencyCode(), Amount: a.GetAmount()})
	}
	return out
}

func (c *contents) hands(p *ledgerv1.HandsPolicyContent) leaf.Content {
	out := &leaf.Policy{
		EffectiveOn: c.day("effectiveOn", p.GetEffectiveOn()), ApprovalDays: c.number("approvalDays", p.GetApprovalDays(), 65535),
		Currencies: make([]leaf.Hands, len(p.GetCurrencies())),
	}
	for i, h := range p.GetCurrencies() {
		out.Currencies[i] = leaf.Hands{
			Currency: h.GetCurrencyCode(), CashCap: h.GetCashCap(), EmergencyFamilyCap: h.GetEmergencyFamilyCap(),
			EmergencyMonthCap: h.GetEmergencyMonthCap(), Rows: make([]leaf.Row, len(h.GetRows())),
		}
		for j, r := range h.GetRows() {
			out.Currencies[i].Rows[j] = leaf.Row{
				UpTo: r.GetUpTo(), Persons: uint8(c.number("persons", r.GetPersons(), 255)), WaitDays: c.number("waitDays", r.GetWaitDays(), 65535),
			}
		}
	}
	return out
}

func (c *contents) fail(field, description string) {
	if c.err == nil {
		c.err = fault.Field(c.at()+"."+field, fault.FieldMalformed, description)
	}
}

func (c *contents) role(r policyv1.Role) leaf.Role {
	return leaf.Role(c.number("role", int32(r), 255))
}

func (c *contents) day(field, text string) leaf.Day {
	d, err := leaf.ParseDay(text)
	if err != nil {
		c.fail(field, err.Error())
	}
	return d
}

func (c *contents) number(field string, n int32, most int32) uint16 {
	if n < 0 || n > most {
		c.fail(field, "is out of range")
		return 0
	}
	return uint16(n)
}
