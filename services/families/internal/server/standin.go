package server

import (
	"context"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/families/internal/team"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// caseOf is what decides whether the caller may confirm anything in a case.
type caseOf struct {
	insiders family.Insiders
	// calls are what the caller has called the family about.
	calls family.Calls
	// lot says whether an officer may do so in the place of a verifier; nil for others.
	lot *lot.Case
	// awake are those who could instead.
	awake lot.Awake
}

// standsIn refuses an officer in whose place a verifier can confirm; apart are those who
// have done the other half of it.
func (c caseOf) standsIn(caller identity.Caller, apart ...string) error {
	if c.lot == nil {
		return nil
	}
	return c.lot.MayStandIn(caller.Person, c.awake, apart...)
}

// mayConfirm refuses the caller.
func (c caseOf) mayConfirm(caller identity.Caller) error {
	return c.insiders.MayConfirm(caller.Person)
}

// onlyOfficer reports whether the caller would stand in for a verifier.
func onlyOfficer(ctx context.Context) bool {
	caller := identity.From(ctx)
	return caller.Has(policyv1.Role_ROLE_PROTECTION_OFFICER) && !caller.Has(policyv1.Role_ROLE_VERIFIER)
}

// standIn notes that the caller stands in for a verifier in a case, or refuses it; of a
// verifier it notes nothing.
func (s *Server) standIn(ctx context.Context, familyID, what string, apart ...string) error {
	if !onlyOfficer(ctx) {
		return nil
	}
	awake, err := team.Awake(ctx, s.Access)
	if err != nil {
		return err
	}
	err = s.Households.StandIn(ctx, person(ctx), familyID, awake, apart...)
	if fault.OfKind(err, fault.NotFound) {
		return fault.Missing(what)
	}
	return err
}

// cases returns what decides whether the caller may confirm in the cases of some
// families.
func (s *Server) cases(ctx context.Context, familyIDs ...string) (map[string]caseOf, error) {
	all := map[string]caseOf{}
	insiders, err := s.Households.Insiders(ctx, familyIDs...)
	if err != nil {
		return nil, err
	}
	var calls family.Calls
	if may := identity.From(ctx); may.Has(policyv1.Role_ROLE_VERIFIER) || may.Has(policyv1.Role_ROLE_PROTECTION_OFFICER) {
		if calls, err = s.Households.Calls(ctx, person(ctx), familyIDs...); err != nil {
			return nil, err
		}
	}
	for id, in := range insiders {
		all[id] = caseOf{insiders: in, calls: calls}
	}
	if !onlyOfficer(ctx) || len(all) == 0 {
		return all, nil
	}
	awake, err := team.Awake(ctx, s.Access)
	if err != nil {
		return nil, err
	}
	for id, c := range all {
		of, err := s.Households.LotCase(ctx, id)
		if err != nil {
			return nil, err
		}
		c.lot, c.awake = &of, awake
		all[id] = c
	}
	return all, nil
}
