package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

var _ donationsv1.FundServiceServer = (*Funds)(nil)

// Funds serves FundService.
type Funds struct {
	store *store.Store
	pager *page.Pager
	now   func() time.Time
}

// CreateFund opens a fund.
func (s *Funds) CreateFund(ctx context.Context, req *donationsv1.CreateFundRequest) (*donationsv1.Fund, error) {
	in := req.GetFund()
	f, err := fund.New(req.GetFundId(), fund.Fund{
		DisplayName: in.GetDisplayName(), Currencies: in.GetCurrencyCodes(), PromisesFull: in.GetPromisesFullGift(),
		ReserveShare: int64(in.GetReserveBasisPoints()), OperationsShare: int64(in.GetOperationsBasisPoints()),
	}, s.now().UTC())
	if err != nil {
		return nil, err
	}
	name, err := s.store.CreateFund(ctx, f)
	if err != nil {
		return nil, err
	}
	return s.GetFund(ctx, &donationsv1.GetFundRequest{Name: name})
}

// GetFund returns a fund.
func (s *Funds) GetFund(ctx context.Context, req *donationsv1.GetFundRequest) (*donationsv1.Fund, error) {
	ids, err := resource.Match("funds/*", "name", req.GetName())
	if err != nil {
		return nil, err
	}
	f, err := s.store.Fund(ctx, ids[0])
	if err != nil {
		return nil, err
	}
	return fundProto(f), nil
}

// ListFunds lists funds.
func (s *Funds) ListFunds(ctx context.Context, req *donationsv1.ListFundsRequest) (*donationsv1.ListFundsResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]fund.Fund, error) {
		return s.store.Funds(ctx, p)
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
		Name: "funds/" + f.ID, DisplayName: f.DisplayName, CurrencyCodes: f.Currencies, PromisesFullGift: f.PromisesFull,
		ReserveBasisPoints: int32(f.ReserveShare), OperationsBasisPoints: int32(f.OperationsShare), // both at most 1000
		State: map[fund.State]donationsv1.FundState{
			fund.Open: donationsv1.FundState_FUND_STATE_OPEN, fund.Closed: donationsv1.FundState_FUND_STATE_CLOSED,
		}[f.State],
		Kind: map[fund.Kind]donationsv1.FundKind{
			fund.Earmark: donationsv1.FundKind_FUND_KIND_EARMARK, fund.ForOperations: donationsv1.FundKind_FUND_KIND_OPERATIONS,
			fund.ForReserve: donationsv1.FundKind_FUND_KIND_RESERVE, fund.ForEmergency: donationsv1.FundKind_FUND_KIND_EMERGENCY,
		}[f.Kind],
		CreateTime: timestamppb.New(f.CreatedAt),
	}
}
