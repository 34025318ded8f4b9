package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// CreateFund opens a fund.
func (s *Server) CreateFund(ctx context.Context, req *donationsv1.CreateFundRequest) (*donationsv1.Fund, error) {
	in := req.GetFund()
	f, err := fund.New(req.GetFundId(), fund.Fund{
		DisplayName: in.GetDisplayName(), Currencies: in.GetCurrencyCodes(), PromisesFull: in.GetPromisesFullGift(),
		ReserveShare: int64(in.GetReserveBasisPoints()), OperationsShare: int64(in.GetOperationsBasisPoints()),
	}, s.now())
	if err != nil {
		return nil, err
	}
	if f, err = s.Store.CreateFund(ctx, f); err != nil {
		return nil, err
	}
	return fundProto(f), nil
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
		then, err := revision.Merge(fundProto(now), req.GetFund(), req.GetUpdateMask(), "display_name", "currency_codes")
		if err != nil {
			return now, err
		}
		return now.Changed(then.GetDisplayName(), then.GetCurrencyCodes())
	})
	if err != nil {
		return nil, err
	}
	return fundProto(f), nil
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
	return fundProto(f), nil
}

// ListFunds lists funds.
func (s *Server) ListFunds(ctx context.Context, req *donationsv1.ListFundsRequest) (*donationsv1.ListFundsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]fund.Fund, error) {
		return s.Store.Funds(ctx, p)
	}, func(r fund.Fund) []string { return []string{r.ID} })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListFundsResponse{NextPageToken: next}
	for _, row := range rows {
		resp.Funds = append(resp.Funds, fundProto(row))
	}
	return resp, nil
}

func fundProto(f fund.Fund) *donationsv1.Fund {
	return &donationsv1.Fund{
		Name: resource.Fund.Of(f.ID), DisplayName: f.DisplayName, CurrencyCodes: f.Currencies, PromisesFullGift: f.PromisesFull,
		ReserveBasisPoints: int32(f.ReserveShare), OperationsBasisPoints: int32(f.OperationsShare), // both at most 1000
		State: enum.Value[donationsv1.FundState](f.State), Kind: enum.Value[donationsv1.FundKind](f.Kind),
		CreateTime: rpc.Moment(f.CreatedAt), Etag: revision.Etag(f.Version),
	}
}
