package server

import (
	"context"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/team"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// caseOf is what decides whether the caller may confirm anything in a case.
type caseOf struct {
	insiders family.Insiders
	// standIn is why an officer may not do so in the place of a verifier; nil for others.
	standIn error
}

// mayConfirm refuses the caller.
func (c caseOf) mayConfirm(caller identity.Caller) error {
	if c.standIn != nil {
		return c.standIn
	}
	return c.insiders.MayConfirm(caller.Person)
}

// onlyOfficer reports whether the caller would stand in for a verifier.
func onlyOfficer(ctx context.Context) bool {
	caller := identity.From(ctx)
	return caller.Has(policyv1.Role_ROLE_PROTECTION_OFFICER) && !caller.Has(policyv1.Role_ROLE_VERIFIER)
}

// standIn notes that the caller stands in for a verifier in a case, or refuses it; of a
// verifier it notes nothing.
func (s *Server) standIn(ctx context.Context, familyID, what string) error {
	if !onlyOfficer(ctx) {
		return nil
	}
	awake, err := team.Awake(ctx, s.Access)
	if err != nil {
		return err
	}
	err = s.Households.StandIn(ctx, person(ctx), familyID, awake)
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
	for id, in := range insiders {
		all[id] = caseOf{insiders: in}
	}
	if !onlyOfficer(ctx) || len(all) == 0 {
		return all, nil
	}
	awake, err := team.Awake(ctx, s.Access)
	if err != nil {
		return nil, err
	}
	for id, c := range all {
		err := s.Households.MayStandIn(ctx, person(ctx), id, awake)
		if err != nil && fault.As(err) == nil {
			return nil, err
		}
		c.standIn = err
		all[id] = c
	}
	return all, nil
}
