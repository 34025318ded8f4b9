package server

import (
	"context"
	"fmt"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// CreateAllocationRound opens a round.
func (s *Server) CreateAllocationRound(ctx context.Context, req *disbursementsv1.CreateAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, repeated, err := s.Store.Repeated(ctx)
	if err != nil {
		return nil, err
	}
	if !repeated {
		r, err := s.newRound(ctx, req.GetAllocationRound())
		if err != nil {
			return nil, err
		}
		if id, err = s.Store.CreateRound(ctx, r); err != nil {
			return nil, err
		}
	}
	return s.round(ctx, id)
}

func (s *Server) newRound(ctx context.Context, m *disbursementsv1.AllocationRound) (round.Round, error) {
	r := round.Round{Currency: m.GetCurrencyCode(), Step: m.GetPolicy().GetStepMinorUnits(), OpenedBy: person(ctx)}
	rules, err := s.rules(ctx, r.Currency)
	if err != nil {
		return r, err
	}
	if r.Step == 0 {
		r.Step = rules.Step
	}
	switch n := len(m.GetBudgets()); {
	case !money.Known(r.Currency):
		return r, fault.Field("currencyCode", fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
	case r.Step < 1 || r.Step > round.MaxStep:
		return r, fault.Field("policy.stepMinorUnits", fault.FieldOutOfRange, "must be from 1 to 1000000")
	case n == 0 || n > allocation.MaxFunds:
		return r, fault.Field("budgets", fault.FieldWrongCount, "must have 1 to 200 funds")
	}
	seen := map[string]bool{}
	for i, b := range m.GetBudgets() {
		field := fmt.Sprintf("budgets[%d]", i)
		budget, err := s.newBudget(ctx, field, b, r.Currency)
		if err != nil {
			return r, err
		}
		if seen[budget.Fund] {
			return r, fault.Field(field+".fund", fault.FieldGivenTwice, "must not be there twice")
		}
		seen[budget.Fund] = true
		r.Budgets = append(r.Budgets, budget)
	}
	return r, s.affordable(ctx, r)
}

// rules are what the policy in force says of rounds in a currency.
func (s *Server) rules(ctx context.Context, currency string) (round.CurrencyRules, error) {
	var p round.Policy
	err := s.Policies.Counts(ctx, round.PolicyKind, &p)
	return p.In(currency), err
}

// DiscardAllocationRound gives a round up.
func (s *Server) DiscardAllocationRound(ctx context.Context, req *disbursementsv1.DiscardAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Store.DiscardRound(ctx, id); err != nil {
		return nil, err
	}
	return s.round(ctx, id)
}

// GetAllocationRound reads one round.
func (s *Server) GetAllocationRound(ctx context.Context, req *disbursementsv1.GetAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.round(ctx, id)
}

// ListAllocationRounds lists rounds, newest first.
func (s *Server) ListAllocationRounds(ctx context.Context, req *disbursementsv1.ListAllocationRoundsRequest) (*disbursementsv1.ListAllocationRoundsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]round.Round, error) {
		return s.Store.Rounds(ctx, s.acts.rounds.Page(identity.From(ctx), p))
	}, func(r round.Round) []string { return page.At(r.Created, r.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.roundProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &disbursementsv1.ListAllocationRoundsResponse{AllocationRounds: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// roundID reads the id out of a round's name.
func roundID(field, name string) (string, error) { return resource.AllocationRound.ID(field, name) }

func (s *Server) round(ctx context.Context, id string) (*disbursementsv1.AllocationRound, error) {
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.roundProto(ctx, r)
}
