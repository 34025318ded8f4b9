package server

import (
	"context"
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Officers of a founding, at least and at most.
const (
	minFounders = 2
	maxFounders = 3
)

// Found names the first protection officers of an empty installation by the subjects
// of their tokens, and returns their pseudonyms. No RPC leads here: it is called by who
// holds the service's own secrets and certificate. The ledger takes it once, while
// its log has no grant.
func (s *Server) Found(ctx context.Context, subjects []string) ([]string, error) {
	digests, err := s.founders(subjects)
	if err != nil {
		return nil, err
	}
	grants, err := s.Store.Found(ctx, digests, s.Now())
	if err != nil {
		return nil, err
	}
	drafts := make([]*ledgerv1.DecisionDraft, 0, 2*len(grants))
	for i, g := range grants {
		drafts = append(drafts, posting.StaffFounded(posting.Binding{
			Person: g.Staff, Issuer: s.Issuer, Subject: subjects[i], Commitment: digests[i],
		}))
	}
	for _, g := range grants {
		drafts = append(drafts, posting.GrantFounded(leafOf(g)))
	}
	sequences, err := s.recordByRule(ctx, drafts...)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(grants))
	for i, g := range grants {
		names[i] = resource.Staff.Of(g.Staff)
		if err := s.Store.Founded(ctx, g, sequences[i], sequences[len(grants)+i]); err != nil {
			return nil, err
		}
	}
	return names, nil
}

func (s *Server) founders(subjects []string) ([][]byte, error) {
	if len(subjects) < minFounders || len(subjects) > maxFounders {
		return nil, fault.Field("officers", fault.FieldNotPossible, "must be two or three")
	}
	digests := make([][]byte, len(subjects))
	seen := map[string]bool{}
	for i, subject := range subjects {
		var err error
		if digests[i], err = s.Identities.Digest(s.Issuer, subject); err != nil {
			return nil, err
		}
		if seen[subject] {
			return nil, fault.Field(fmt.Sprintf("officers[%d]", i), fault.FieldNotPossible, "must be another person than those before")
		}
		seen[subject] = true
	}
	return digests, nil
}
