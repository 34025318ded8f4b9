package server

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

// Eligibility knows whether a rule is for enough families; families does.
type Eligibility interface {
	// CheckRule answers yes or no, never a number.
	CheckRule(context.Context, *familiesv1.CheckRuleRequest, ...grpc.CallOption) (*familiesv1.CheckRuleResponse, error)
}

// CreateFund opens a fund.
func (s *Server) CreateFund(ctx context.Context, req *donationsv1.CreateFundRequest) (*donationsv1.Fund, error) {
	asked, err := s.newFund(ctx, req.GetFund())
	if err != nil {
		return nil, err
	}
	f, err := fund.New(req.GetFundId(), asked, s.now())
	if err == nil {
		err = s.checkRule(ctx, f)
	}
	if err != nil {
		return nil, err
	}
	f, err = s.Store.CreateFund(ctx, f)
	return s.shownFund(ctx, f, err)
}

// CreateFundVersion opens the next version of a fund.
func (s *Server) CreateFundVersion(ctx context.Context, req *donationsv1.CreateFundVersionRequest) (*donationsv1.Fund, error) {
	id, err := resource.Fund.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	asked, err := s.newFund(ctx, req.GetFund())
	if err != nil {
		return nil, err
	}
	newest, err := s.Store.NewestFund(ctx, id)
	if err != nil {
		return nil, err
	}
	next := func(newest fund.Fund) (fund.Fund, error) { return newest.Next(asked, s.now()) }
	f, err := next(newest)
	if err == nil {
		err = s.checkRule(ctx, f)
	}
	if err != nil {
		return nil, err
	}
	f, err = s.Store.CreateFundVersion(ctx, id, next)
	return s.shownFund(ctx, f, err)
}

// newFund reads what is said about a new fund, with the shares of the policy where it
// names none.
func (s *Server) newFund(ctx context.Context, m *donationsv1.Fund) (fund.Fund, error) {
	f, err := fundOf(m)
	if err != nil || f.PromisesFull || m != nil && m.ReserveBasisPoints != nil && m.OperationsBasisPoints != nil {
		return f, err
	}
	p, err := s.policy(ctx)
	if m == nil || m.ReserveBasisPoints == nil {
		f.ReserveShare = p.ReserveShare
	}
	if m == nil || m.OperationsBasisPoints == nil {
		f.OperationsShare = p.OperationsShare
	}
	return f, err
}

// policy is what counts now.
func (s *Server) policy(ctx context.Context) (rules.Policy, error) {
	p := rules.Printed()
	err := s.Policies.Counts(ctx, rules.Kind, &p)
	return p, err
}

// checkRule refuses a rule that is for too few families. A repeat of a call asks nobody
// again: its answer is decided.
func (s *Server) checkRule(ctx context.Context, f fund.Fund) error {
	if f.Rule == "" {
		return nil
	}
	if _, repeated, err := s.Store.Repeated(ctx); err != nil || repeated {
		return err
	}
	resp, err := s.Eligibility.CheckRule(identity.Into(ctx, identity.Caller{}), &familiesv1.CheckRuleRequest{Rule: f.Rule})
	if err != nil {
		return fmt.Errorf("have rule of fund checked: %w", err)
	}
	if !resp.GetEnough() {
		return fault.New(fault.Precondition, fault.ReasonRuleTooNarrow, "The rule accepts requests of fewer than ten families.")
	}
	return nil
}

// CloseFund ends the taking of gifts.
func (s *Server) CloseFund(ctx context.Context, req *donationsv1.CloseFundRequest) (*donationsv1.Fund, error) {
	id, err := resource.Fund.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	f, err := s.Store.UpdateFund(ctx, id, fund.Fund.Close)
	return s.shownFund(ctx, f, err)
}

// UpdateFund changes a fund.
func (s *Server) UpdateFund(ctx context.Context, req *donationsv1.UpdateFundRequest) (*donationsv1.Fund, error) {
	id, err := resource.Fund.ID("fund.name", req.GetFund().GetName())
	if err != nil {
		return nil, err
	}
	f, err := s.Store.UpdateFund(ctx, id, func(now fund.Fund) (fund.Fund, error) {
		if err := revision.Check(ctx, req.GetFund().GetEtag(), now.Version); err != nil {
			return now, err
		}
		then, err := revision.Merge(fundProto(now), req.GetFund(), req.GetUpdateMask(),
			"display_name", "currency_codes", "goal", "takes_from", "takes_until")
		if err != nil {
			return now, err
		}
		asked, err := fundOf(then)
		if err != nil {
			return now, err
		}
		return now.Changed(fund.Change{
			DisplayName: asked.DisplayName, Currencies: asked.Currencies, Goal: asked.Goal, TakesFrom: asked.TakesFrom, TakesUntil: asked.TakesUntil,
		})
	})
	return s.shownFund(ctx, f, err)
}

// GetFund returns a fund.
func (s *Server) GetFund(ctx context.Context, req *donationsv1.GetFundRequest) (*donationsv1.Fund, error) {
	id, err := resource.Fund.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	f, err := s.Store.Fund(ctx, id)
	if err != nil {
		return nil, err
	}
	out := fundProto(f)
	return out, s.towards(ctx, f, out)
}

// ListFunds lists funds.
func (s *Server) ListFunds(ctx context.Context, req *donationsv1.ListFundsRequest) (*donationsv1.ListFundsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]fund.Fund, error) {
		return s.Store.Funds(ctx, s.acts.funds.Page(identity.From(ctx), p))
	}, func(r fund.Fund) []string { return []string{r.ID} })
	if err != nil {
		return nil, err
	}
	return &donationsv1.ListFundsResponse{Funds: action.Mine(req.GetFilter(), s.shownFunds(ctx, rows)), NextPageToken: next}, nil
}

// ListFundVersions lists the versions of a fund.
func (s *Server) ListFundVersions(ctx context.Context, req *donationsv1.ListFundVersionsRequest) (*donationsv1.ListFundVersionsResponse, error) {
	id, err := resource.Fund.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.Fund(ctx, id); err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]fund.Fund, error) {
		return s.Store.FundVersions(ctx, id, s.acts.funds.Page(identity.From(ctx), p))
	}, func(r fund.Fund) []string { return page.Numbered(int64(r.Number)) })
	if err != nil {
		return nil, err
	}
	return &donationsv1.ListFundVersionsResponse{Funds: action.Mine(req.GetFilter(), s.shownFunds(ctx, rows)), NextPageToken: next}, nil
}
