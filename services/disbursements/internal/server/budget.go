package server

import (
	"context"
	"fmt"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

func (s *Server) newBudget(ctx context.Context, field string, b *disbursementsv1.Budget, currency string) (round.Budget, error) {
	if _, err := resource.Fund.ID(field+".fund", b.GetFund()); err != nil {
		return round.Budget{}, err
	}
	a, err := rpc.Money(field+".amount", b.GetAmount())
	if err != nil {
		return round.Budget{}, err
	}
	switch {
	case a.Currency != currency:
		return round.Budget{}, fault.Field(field+".amount.currencyCode", fault.FieldMismatch, "must be the round's currency")
	case a.MinorUnits > allocation.MaxSum/allocation.MaxFunds:
		return round.Budget{}, fault.Field(field+".amount.minorUnits", fault.FieldTooLarge, "is too large")
	}
	fund, err := s.fund(ctx, b.GetFund())
	if fault.OfKind(err, fault.NotFound) {
		return round.Budget{}, fault.Field(field+".fund", fault.FieldNoSuchResource, "must be an existing fund").With(err)
	}
	if err != nil {
		return round.Budget{}, fmt.Errorf("look up fund: %w", err)
	}
	if fund.GetKind() != donationsv1.FundKind_FUND_KIND_EARMARK {
		return round.Budget{}, fault.Field(field+".fund", fault.FieldNotPossible, "must be a fund for aid")
	}
	return round.Budget{Fund: b.GetFund(), Minor: a.MinorUnits}, nil
}

func (s *Server) fund(ctx context.Context, name string) (*donationsv1.Fund, error) {
	return s.Funds.GetFund(forOurselves(ctx), &donationsv1.GetFundRequest{Name: name})
}

// rulesOf asks for the rules of a round's funds.
func (s *Server) rulesOf(ctx context.Context, r round.Round) (map[string]eligibility.Rule, error) {
	rules := make(map[string]eligibility.Rule, len(r.Budgets))
	for _, b := range r.Budgets {
		f, err := s.fund(ctx, b.Fund)
		if err != nil {
			return nil, fmt.Errorf("look up %s: %w", b.Fund, err)
		}
		if rules[b.Fund], err = eligibility.Compile("rule", f.GetRule()); err != nil {
			return nil, fmt.Errorf("read rule of %s: %s", b.Fund, err.Error()) // donations has checked it: a defect, not the caller's
		}
	}
	return rules, nil
}

// affordable checks that each fund holds its budget now. Only the hold decides;
// this keeps people from planning with what is not there.
func (s *Server) affordable(ctx context.Context, r round.Round) error {
	balances, err := s.balances(ctx, r, account.FundAvailable)
	if err != nil {
		return err
	}
	for i, b := range r.Budgets {
		if balances[i] < b.Minor {
			f := round.Insufficient()
			f.Violations = []fault.Violation{{
				Field:  fmt.Sprintf("budgets[%d].amount.minorUnits", i),
				Reason: fault.FieldNotEnoughMoney, Description: "is more than the fund has available",
			}}
			return f
		}
	}
	return nil
}

// balances reads an account of each of the round's funds, credits less debits.
func (s *Server) balances(ctx context.Context, r round.Round, path func(fundID string) string) ([]int64, error) {
	req := &ledgerv1.GetBalancesRequest{}
	for _, b := range r.Budgets {
		id, _ := resource.Fund.Cut(b.Fund)
		req.Accounts = append(req.Accounts, &ledgerv1.AccountKey{Path: path(id), CurrencyCode: r.Currency})
	}
	resp, err := s.Posting.GetBalances(forOurselves(ctx), req)
	if err != nil {
		return nil, fmt.Errorf("read balances: %w", err)
	}
	if len(resp.GetAccounts()) != len(r.Budgets) {
		return nil, fmt.Errorf("read balances: %d answers for %d accounts", len(resp.GetAccounts()), len(r.Budgets))
	}
	list := make([]int64, len(r.Budgets))
	for i, a := range resp.GetAccounts() {
		list[i] = a.GetBalance()
	}
	return list, nil
}
