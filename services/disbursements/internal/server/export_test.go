package server

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
)

// NewCareless returns a server that hands out files whatever was stopped since.
func NewCareless(o Options) *Server {
	s := New(o)
	s.leaves = func(context.Context, string, string) error { return nil }
	return s
}

// NewForgetful returns a server that withdraws files without asking the ledger.
func NewForgetful(o Options) *Server {
	s := New(o)
	s.unfetched = func(context.Context, string, string) error { return nil }
	return s
}

// NewTrusting returns a server that believes its rows who recorded a refusal.
func NewTrusting(o Options) *Server {
	s := New(o)
	s.firstHand = func(context.Context, payment.Payment, payment.Refusal) error { return nil }
	return s
}

// NewReaching returns a server whose senders may pay only few families.
func NewReaching(o Options, warn, most int) *Server {
	s := New(o)
	s.reach = rail.Reach{Warn: warn, Most: most}
	return s
}

// Verbs are the RPCs that can be called on each type of resource, by verb.
func (s *Server) Verbs() map[string]map[string]string {
	return map[string]map[string]string{
		"solidarity/AllocationRound": s.acts.rounds.Methods(), "solidarity/Award": s.acts.awards.Methods(),
		"solidarity/PaymentPlan": s.acts.plans.Methods(), "solidarity/Payment": s.acts.payments.Methods(),
		"solidarity/PaymentFile": s.acts.files.Methods(), "solidarity/Rail": s.acts.rails.Methods(), "solidarity/Sender": s.acts.senders.Methods(),
		"solidarity/PolicyVersion": s.acts.policies.Methods(), "solidarity/Statement": s.acts.statements.Methods(),
		"solidarity/Inquiry": s.acts.inquiries.Methods(),
	}
}
