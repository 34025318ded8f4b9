package household

import (
	"context"
	"strconv"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Grant is an emergency grant, with who approved it.
type Grant struct {
	// ID is the grant's, empty where a round awarded; Approvers are the ids of the two.
	ID        string
	Approvers [2]string
}

// grantRow is what both approve: a request's amount, for one family and one cycle. Who
// approves it commits to it under the family's key, so that a grant pays nobody else.
func grantRow(grant string, r aidrequest.Request, cycle int) row {
	return row{family: r.FamilyID, table: "emergency_grants", id: grant, version: 1, decided: true, says: []string{
		r.ID, strconv.Itoa(cycle), strconv.FormatInt(r.Amount.MinorUnits, 10), r.Amount.Currency,
	}}
}

// grantGrounds are that two different persons have approved a grant as the request stands.
// These approvals stand for those of request and round.
func (s *Store) grantGrounds(ctx context.Context, q postgres.Querier, sh Share) ([]leaf.Ground, error) {
	r, err := postgres.One(ctx, q, "aid request", scanRequest, `SELECT `+requestColumns+` FROM aid_requests r
		WHERE r.aid_request_id = $1 AND r.family_id = $2`, sh.RequestID, sh.FamilyID)
	if fault.OfKind(err, fault.NotFound) {
		return nil, notAwarded().With(err)
	}
	if err != nil {
		return nil, err
	}
	l, err := s.leaf(ctx, grantRow(sh.Grant.ID, r, sh.Cycle))
	if err != nil {
		return nil, err
	}
	l.OfGrant, l.Decided = true, false
	var both []leaf.Ground
	for i, approver := range sh.Grant.Approvers {
		l.Reference = reference.EmergencyApproved(sh.Grant.ID, approver)
		both = append(both, leaf.Ground{
			Of: "emergency_grants " + sh.Grant.ID, Leaf: l, By: resource.Staff.Of(approver),
			NotBy: []string{resource.Staff.Of(sh.Grant.Approvers[1-i])},
		})
	}
	return both, nil
}

// emergency reports whether all of a payment is granted in an emergency.
func (r Release) emergency() bool {
	for _, sh := range r.Shares {
		if sh.Grant.ID == "" {
			return false
		}
	}
	return len(r.Shares) > 0
}

// standingOf returns what a family's standing rests on; nothing for one that nobody has
// verified. For a grant a PROVISIONAL family will do, whose consent alone is asked: the
// two approvals stand for its verification.
func (s *Store) standingOf(ctx context.Context, q postgres.Querier, r Release) ([]leaf.Ground, error) {
	if r.emergency() {
		consent, err := s.provisionalConsent(ctx, q, r.FamilyID)
		if err != nil || consent != nil {
			return consent, err
		}
	}
	all, err := s.familyGrounds(ctx, q, []string{r.FamilyID})
	return all[r.FamilyID], err
}

// provisionalConsent is that the consent of a PROVISIONAL family stands; nothing for any
// other family.
func (s *Store) provisionalConsent(ctx context.Context, q postgres.Querier, familyID string) ([]leaf.Ground, error) {
	var c family.Consent
	var recorder string
	err := q.QueryRow(ctx, `
		SELECT c.consent_id, c.version, c.purpose, c.given_on, c.expires_on, c.recorder
		FROM consents c JOIN families f USING (family_id)
		WHERE c.family_id = $1 AND f.state = 'PROVISIONAL' AND `+consentInForce("$2")+`
		ORDER BY c.expires_on DESC, c.consent_id LIMIT 1`, familyID, day(s.now())).
		Scan(&c.ID, &c.Version, &c.Purpose, &c.GivenOn, &c.ExpiresOn, &recorder)
	if postgres.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.latest(ctx, consentRow(familyID, c), recorder)
}
