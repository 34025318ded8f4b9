package server_test

import (
	"context"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// Without the checks of roles and sign-ins, and of kinds that a person takes, what the
// tests of Record refuse reaches the books.
func TestWithoutTheChecksOfPersonsAnybodyDecides(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	stale := identity.Caller{Service: "disbursements", Person: "staff/s_1", Roles: []policyv1.Role{asApprover}, AuthTime: now().Add(-time.Hour)}
	other := identity.Caller{Service: "disbursements", Person: "staff/s_1", Roles: []policyv1.Role{asTreasurer}, AuthTime: now()}
	attacks := map[string]func(context.Context, *server.Posting) error{
		"a stale sign-in": func(ctx context.Context, s *server.Posting) error {
			_, err := s.Record(identity.Into(ctx, stale), recordOf(approval()))
			return err
		},
		"another role": func(ctx context.Context, s *server.Posting) error {
			_, err := s.Record(identity.Into(ctx, other), recordOf(approval()))
			return err
		},
		"nobody": func(ctx context.Context, s *server.Posting) error {
			_, err := s.RecordByRule(identity.Into(ctx, identity.Caller{Service: "disbursements"}),
				&ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{approval()}})
			return err
		},
		"an officer's name, by the certificate of access": func(ctx context.Context, s *server.Posting) error {
			d := posting.GrantProposed(posting.GrantStep{
				ID: "g_1", Staff: "s_2", Commitment: make([]byte, 32), Grant: posting.Grant{Role: "TREASURER", From: today, Until: today, RestsUntil: today},
			})
			d.Person, d.Day = "staff/s_olga", today
			_, err := s.RecordByRule(identity.Into(ctx, identity.Caller{Service: "access"}), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{d}})
			return err
		},
	}
	for name, attack := range attacks {
		m := memory{book.New(book.Position{Ledger: "main"}, func() [16]byte { return [16]byte{1} }).WithoutRoles()}
		s := server.NewPosting(m, m, now)
		if err := attack(t.Context(), s); fault.As(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
		s.WithoutPurviews()
		if err := attack(t.Context(), s); err != nil {
			t.Errorf("%s, protection off: %v", name, err)
		}
	}
}
