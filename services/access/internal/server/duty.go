package server

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// Duties record what has stopped somebody while the ledger did not answer. The leaf
// has no person then: nobody's token is at hand any more.
func (s *Server) Duties() []duty.Duty {
	return []duty.Duty{
		{Kind: "grant.revocation", Owed: s.Store.Unrecorded, Do: s.followRevocation},
		{Kind: "freeze.leaf", Owed: s.Store.UnrecordedFreezes, Do: s.followFreeze},
	}
}

func (s *Server) followRevocation(ctx context.Context, id string) error {
	g, owed, err := s.Store.RevokedGrant(ctx, id)
	if err != nil || !owed {
		return err
	}
	sequences, err := s.recordByRule(ctx, posting.Following(posting.GrantRevoked(leafOf(g))))
	if err != nil {
		return err
	}
	return s.Store.Revoked(ctx, id, sequences[0])
}

func (s *Server) followFreeze(ctx context.Context, id string) error {
	f, owed, err := s.Store.FreezeWithoutLeaf(ctx, id)
	if err != nil || !owed {
		return err
	}
	sequences, err := s.recordByRule(ctx, posting.Following(freezeLeaf(f)))
	if err != nil {
		return err
	}
	return s.Store.FreezeRecorded(ctx, id, sequences[0])
}
