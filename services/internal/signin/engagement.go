package signin

import (
	"context"
	"slices"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// engage says what an auditor may look at. The role gives nothing to who is engaged for
// nothing.
func (a *Authenticator) engage(ctx context.Context, c *identity.Caller, resp *accessv1.ResolveCallerResponse) (err error) {
	if a.unengaged || !c.Has(policyv1.Role_ROLE_AUDITOR) {
		return nil
	}
	switch {
	case resp.GetEngagement() != nil:
		t := termsOf(resp.GetEngagement())
		c.Engagement = &t
	case a.strict:
		c.Engagement, err = a.stops.engaged(ctx, resp.GetPerson(), resp.GetEngagementCommitments())
	}
	if c.Engagement == nil || !c.Engagement.On(a.now()) {
		c.Engagement = nil
		c.Roles = slices.DeleteFunc(slices.Clone(c.Roles), func(r policyv1.Role) bool { return r == policyv1.Role_ROLE_AUDITOR })
	}
	return err
}

// engaged returns those terms that access says of a person which the leaves commit to;
// nil where there are none. Terms that were not heard yet are asked for.
func (s *Stops) engaged(ctx context.Context, person string, commitments [][]byte) (*identity.Terms, error) {
	if len(commitments) == 0 {
		return nil, nil
	}
	if t := s.committed(person, commitments); t != nil {
		return t, nil
	}
	if err := s.ask(ctx); err != nil {
		return nil, err
	}
	return s.committed(person, commitments), nil
}

func (s *Stops) committed(person string, commitments [][]byte) *identity.Terms {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.terms[person] {
		sum := string(t.Commitment())
		if slices.ContainsFunc(commitments, func(c []byte) bool { return string(c) == sum }) {
			return &t
		}
	}
	return nil
}

func termsOf(m *accessv1.Terms) identity.Terms {
	return identity.Terms{
		Name: m.GetName(), Firm: m.GetFirm(), From: m.GetFrom(), Until: m.GetUntil(),
		First: m.GetFirstDay(), Last: m.GetLastDay(), Funds: m.GetFunds(),
	}
}
