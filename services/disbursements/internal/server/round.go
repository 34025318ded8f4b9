package server

import (
	"context"
	"fmt"
	"strings"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// defaultStep is what awards are multiples of where the round does not say, in
// minor units.
const defaultStep = 1000

// maxStep bounds it.
const maxStep = 1_000_000

// commitTime bounds how long a call waits for its commit; afterwards it is
// carried on by itself.
const commitTime = 8 * time.Second

// CreateAllocationRound opens a round.
func (s *Server) CreateAllocationRound(ctx context.Context, req *disbursementsv1.CreateAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	r, err := s.newRound(ctx, req.GetAllocationRound())
	if err != nil {
		return nil, err
	}
	id, err := s.Store.CreateRound(ctx, r)
	if err != nil {
		return nil, err
	}
	return s.round(ctx, id)
}

func (s *Server) newRound(ctx context.Context, m *disbursementsv1.AllocationRound) (round.Round, error) {
	r := round.Round{Currency: m.GetCurrencyCode(), Step: m.GetPolicy().GetStepMinorUnits(), OpenedBy: person(ctx)}
	if r.Step == 0 {
		r.Step = defaultStep
	}
	switch n := len(m.GetBudgets()); {
	case !money.Known(r.Currency):
		return r, fault.Field("currencyCode", "must be a current ISO 4217 code in capitals")
	case r.Step < 1 || r.Step > maxStep:
		return r, fault.Field("policy.stepMinorUnits", "must be from 1 to 1000000")
	case n == 0 || n > allocation.MaxFunds:
		return r, fault.Field("budgets", "must have 1 to 200 funds")
	}
	seen := map[string]bool{}
	for i, b := range m.GetBudgets() {
		field := fmt.Sprintf("budgets[%d]", i)
		budget, err := s.newBudget(ctx, field, b, r.Currency)
		if err != nil {
			return r, err
		}
		if seen[budget.Fund] {
			return r, fault.Field(field+".fund", "must not be there twice")
		}
		seen[budget.Fund] = true
		r.Budgets = append(r.Budgets, budget)
	}
	return r, s.affordable(ctx, r)
}

func (s *Server) newBudget(ctx context.Context, field string, b *disbursementsv1.Budget, currency string) (round.Budget, error) {
	if _, err := resource.Match("funds/*", field+".fund", b.GetFund()); err != nil {
		return round.Budget{}, err
	}
	a, err := rpc.Money(field+".amount", b.GetAmount())
	if err != nil {
		return round.Budget{}, err
	}
	switch {
	case a.Currency != currency:
		return round.Budget{}, fault.Field(field+".amount.currencyCode", "must be the round's currency")
	case a.MinorUnits > allocation.MaxSum/allocation.MaxFunds:
		return round.Budget{}, fault.Field(field+".amount.minorUnits", "is too large")
	}
	fund, err := s.Funds.GetFund(forOurselves(ctx), &donationsv1.GetFundRequest{Name: b.GetFund()})
	if fault.OfKind(err, fault.NotFound) {
		return round.Budget{}, fault.Field(field+".fund", "must be an existing fund").With(err)
	}
	if err != nil {
		return round.Budget{}, fmt.Errorf("look up fund: %w", err)
	}
	if fund.GetKind() != donationsv1.FundKind_FUND_KIND_EARMARK {
		return round.Budget{}, fault.Field(field+".fund", "must be a fund for aid")
	}
	return round.Budget{Fund: b.GetFund(), Minor: a.MinorUnits}, nil
}

// affordable checks that each fund holds its budget now. Only the hold decides;
// this keeps people from planning with what is not there.
func (s *Server) affordable(ctx context.Context, r round.Round) error {
	balances, err := s.balances(ctx, r, func(fund string) string { return "fund:" + fund + ":available" })
	if err != nil {
		return err
	}
	for i, b := range r.Budgets {
		if balances[i] < b.Minor {
			f := round.Insufficient()
			f.Violations = []fault.Violation{{
				Field: fmt.Sprintf("budgets[%d].amount.minorUnits", i), Description: "is more than the fund has available",
			}}
			return f
		}
	}
	return nil
}

// balances reads an account of each of the round's funds, credits less debits.
func (s *Server) balances(ctx context.Context, r round.Round, account func(fundID string) string) ([]int64, error) {
	req := &ledgerv1.GetBalancesRequest{}
	for _, b := range r.Budgets {
		path := account(strings.TrimPrefix(b.Fund, "funds/"))
		req.Accounts = append(req.Accounts, &ledgerv1.AccountKey{Path: path, CurrencyCode: r.Currency})
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

// CommitAllocationRound orders the commit and waits for it.
func (s *Server) CommitAllocationRound(ctx context.Context, req *disbursementsv1.CommitAllocationRoundRequest) (*disbursementsv1.AllocationRound, error) {
	id, err := roundID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.withoutDeficit(ctx, id); err != nil {
		return nil, err
	}
	if err := s.Store.OrderCommit(ctx, id, person(ctx), req.GetSnapshotDigest()); err != nil {
		return nil, err
	}
	if call := idempotency.From(ctx); call != nil && call.Replayed {
		return s.round(ctx, id)
	}
	inTime, cancel := context.WithTimeout(forOurselves(ctx), commitTime)
	defer cancel()
	if err := s.Committer.Commit(inTime, id); err != nil {
		s.Log.WarnContext(ctx, "commit goes on by itself", "round", id, "error", err.Error())
	}
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	if r.Refusal == round.InsufficientFunds {
		return nil, round.Insufficient()
	}
	return s.roundProto(ctx, r)
}

// withoutDeficit checks that no fund of the round carries a deficit: what was
// taken from it outside comes first. A round that is past its simulation is left
// to the store.
func (s *Server) withoutDeficit(ctx context.Context, id string) error {
	r, err := s.Store.Round(ctx, id)
	if err != nil || r.State != round.Simulated {
		return err
	}
	deficits, err := s.balances(ctx, r, func(fund string) string { return "deficit:" + fund })
	if err != nil {
		return err
	}
	for _, d := range deficits {
		if d < 0 {
			return round.InDeficit()
		}
	}
	return nil
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
	p, err := s.Pager.Parse(req)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.Rounds(ctx, fetch(p))
	if err != nil {
		return nil, err
	}
	list, more := cut(list, p)
	resp := &disbursementsv1.ListAllocationRoundsResponse{}
	for _, r := range list {
		m, err := s.roundProto(ctx, r)
		if err != nil {
			return nil, err
		}
		resp.AllocationRounds = append(resp.AllocationRounds, m)
	}
	if more {
		last := list[len(list)-1]
		resp.NextPageToken = s.Pager.Next(req, timeKey(last.Created), last.ID)
	}
	return resp, nil
}

// roundID reads the id out of a round's name.
func roundID(field, name string) (string, error) { return idOf("allocationRounds/*", field, name) }

// idOf reads the one id out of a resource name.
func idOf(pattern, field, name string) (string, error) {
	ids, err := resource.Match(pattern, field, name)
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

func (s *Server) round(ctx context.Context, id string) (*disbursementsv1.AllocationRound, error) {
	r, err := s.Store.Round(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.roundProto(ctx, r)
}
