package server

import (
	"context"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// Duties record who was frozen while the ledger did not answer, and that the hours of a
// freeze are over. The leaf has no person then: nobody's token is at hand any more.
func (s *Server) Duties() []duty.Duty {
	return []duty.Duty{
		{Kind: "freeze.leaf", Owed: s.Store.UnrecordedFreezes, Do: s.followFreeze},
		{Kind: "freeze.end", Owed: s.expiredFreezes, Ahead: s.Store.NextFreezeEnd, Do: s.endFreeze},
	}
}

// expiredFreezes lists freezes whose hours are over.
func (s *Server) expiredFreezes(ctx context.Context, _ time.Time, after string, limit int) ([]string, error) {
	return s.Store.ExpiredFreezes(ctx, s.Now(), after, limit)
}

// Tasks remind people of what ends.
func (s *Server) Tasks() []duty.Task {
	return []duty.Task{{Name: "remind of roles that end", Do: s.remind}}
}

// remind tells all colleagues which roles end soon, and the operator's log how many:
// the fund sends no mail of its own.
func (s *Server) remind(ctx context.Context) error {
	n, err := s.Store.Remind(ctx, s.Now())
	if err != nil {
		return fmt.Errorf("remind: %w", err)
	}
	if n > 0 {
		s.Log.WarnContext(ctx, "roles end within 30 days: have them renewed", "roles", n)
	}
	return nil
}
