package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Decisions about the people who work for the fund.

// Binding is that a pseudonym stands for an identity.
type Binding struct {
	// Person is the pseudonym's ID.
	Person string
	// Issuer and Subject are the identity. The ledger keeps an HMAC of them only.
	Issuer, Subject string
	// Commitment is the one that the service has to the identity.
	Commitment []byte
}

// StaffBy records that the person with an ID wants a binding, or confirms it.
func StaffBy(b Binding, by string) *ledgerv1.DecisionDraft {
	d := StaffFounded(b)
	d.Reference = reference.StaffBy(b.Person, by)
	return d
}

// StaffFounded records a binding by the founding of a log; nobody confirms it.
func StaffFounded(b Binding) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: reference.Staff(b.Person), Kind: ledgerv1.DecisionKind_DECISION_KIND_STAFF,
		Resource: resource.Staff.Of(b.Person), Commitment: b.Commitment,
		Content: &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_Staff{Staff: &ledgerv1.StaffContent{
			Person: resource.Staff.Of(b.Person), Issuer: b.Issuer, Subject: b.Subject,
		}}},
	}
}

// GrantStep is a grant that a step is taken about.
type GrantStep struct {
	// ID is the grant's, Staff that of who gets the role.
	ID, Staff string
	Grant
	// Commitment fits this grant only.
	Commitment []byte
}

func (g GrantStep) draft(kind ledgerv1.DecisionKind, ref string) *ledgerv1.DecisionDraft {
	g.Subject = resource.Staff.Of(g.Staff)
	return &ledgerv1.DecisionDraft{
		Reference: ref, Kind: kind, Resource: resource.Grant.Of(g.Staff, g.ID), Commitment: g.Commitment, Content: GrantContent(g.Grant),
	}
}

// GrantProposed records the proposal of a role.
func GrantProposed(g GrantStep) *ledgerv1.DecisionDraft {
	return g.draft(ledgerv1.DecisionKind_DECISION_KIND_GRANT_PROPOSED, reference.GrantProposed(g.ID))
}

// GrantConfirmed records its confirmation by the person with an ID.
func GrantConfirmed(g GrantStep, by string) *ledgerv1.DecisionDraft {
	return g.draft(ledgerv1.DecisionKind_DECISION_KIND_GRANT_CONFIRMED, reference.GrantConfirmed(g.ID, by))
}

// GrantFounded records a grant that founds the log; nobody confirms it.
func GrantFounded(g GrantStep) *ledgerv1.DecisionDraft {
	return g.draft(ledgerv1.DecisionKind_DECISION_KIND_GRANT_CONFIRMED, reference.GrantFounded(g.ID))
}

// GrantRevoked records that the person with an ID takes a role back.
func GrantRevoked(g GrantStep, by string) *ledgerv1.DecisionDraft {
	d := g.draft(ledgerv1.DecisionKind_DECISION_KIND_GRANT_REVOKED, reference.GrantRevoked(g.ID, by))
	d.Content = &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_GrantRevocation{
		GrantRevocation: &ledgerv1.GrantRevocationContent{
			Subject: resource.Staff.Of(g.Staff), Role: policyv1.Role(policyv1.Role_value["ROLE_"+g.Role]),
		},
	}}
	return d
}

// Freeze is that somebody may do nothing for a time.
type Freeze struct {
	// ID is the freeze's, Staff that of who is frozen.
	ID, Staff string
	// Until is the last day; of a freeze that is lifted at once it is empty.
	Until string
	// Commitment fits this step of this freeze only.
	Commitment []byte
}

func (f Freeze) draft(kind ledgerv1.DecisionKind, ref string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: ref, Kind: kind, Resource: resource.Staff.Of(f.Staff), Commitment: f.Commitment,
		Content: &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_Freeze{
			Freeze: &ledgerv1.FreezeContent{Subject: resource.Staff.Of(f.Staff), Until: f.Until},
		}},
	}
}

// Frozen records a freeze by the person with an ID.
func Frozen(f Freeze, by string) *ledgerv1.DecisionDraft {
	return f.draft(ledgerv1.DecisionKind_DECISION_KIND_FREEZE, reference.Freeze(f.ID, by))
}

// FreezeExtended records that the person with an ID lengthens a freeze.
func FreezeExtended(f Freeze, by string) *ledgerv1.DecisionDraft {
	return f.draft(ledgerv1.DecisionKind_DECISION_KIND_FREEZE, reference.FreezeExtended(f.ID, f.Until, by))
}

// FreezeLifted records that the person with an ID lifts a freeze.
func FreezeLifted(f Freeze, by string) *ledgerv1.DecisionDraft {
	return f.draft(ledgerv1.DecisionKind_DECISION_KIND_FREEZE_LIFTED, reference.FreezeLifted(f.ID, by))
}

// FreezeOver records that the hours of a freeze are over, on its last day.
func FreezeOver(f Freeze) *ledgerv1.DecisionDraft {
	return f.draft(ledgerv1.DecisionKind_DECISION_KIND_FREEZE_LIFTED, reference.FreezeOver(f.ID))
}

// Following records a decision that follows from one of a person, where the person's
// own call did not reach the ledger: under a name of its own, by nobody.
func Following(d *ledgerv1.DecisionDraft) *ledgerv1.DecisionDraft {
	d.Reference = reference.Following(d.GetReference())
	return d
}
