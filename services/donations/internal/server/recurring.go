package server

import (
	"context"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// ChangePledge changes amount, tip or day of a recurring pledge.
func (s *Server) ChangePledge(ctx context.Context, req *donationsv1.ChangePledgeRequest) (*donationsv1.Pledge, error) {
	change, err := s.changeOf(req)
	if err != nil {
		return nil, err
	}
	return s.changed(ctx, req.GetName(), change)
}

// PausePledge lets nothing be paid for a while.
func (s *Server) PausePledge(ctx context.Context, req *donationsv1.PausePledgeRequest) (*donationsv1.Pledge, error) {
	until, err := dayOf("until", req.GetUntil())
	if err != nil {
		return nil, err
	}
	return s.changed(ctx, req.GetName(), func(p pledge.Pledge) (pledge.Pledge, error) { return p.Pause(until, s.now()) })
}

// ResumePledge ends a pause.
func (s *Server) ResumePledge(ctx context.Context, req *donationsv1.ResumePledgeRequest) (*donationsv1.Pledge, error) {
	return s.changed(ctx, req.GetName(), pledge.Pledge.Resume)
}

// changed makes a pledge of the caller's another.
func (s *Server) changed(ctx context.Context, name string, change func(pledge.Pledge) (pledge.Pledge, error)) (*donationsv1.Pledge, error) {
	id, err := resource.Pledge.ID("name", name)
	if err != nil {
		return nil, err
	}
	p, err := s.Store.ChangePledge(ctx, scopeOf(ctx), id, change)
	if err != nil {
		return nil, err
	}
	return s.pledgeProto(ctx, p)
}

// terms is what a request may change.
type terms interface {
	GetAmount() *typev1.Money
	GetTip() *typev1.Money
	GetNextPaymentOn() string
}

// changeOf reads what a request changes.
func (s *Server) changeOf(req terms) (func(pledge.Pledge) (pledge.Pledge, error), error) {
	var c pledge.Change
	var err error
	if c.NextOn, err = dayOf("nextPaymentOn", req.GetNextPaymentOn()); err != nil {
		return nil, err
	}
	if in := req.GetAmount(); in != nil {
		amount, err := rpc.Money("amount", in)
		if err != nil {
			return nil, err
		}
		c.Amount = &amount
	}
	if in := req.GetTip(); in != nil {
		tip := money.Amount{Currency: in.GetCurrencyCode()}
		if in.GetMinorUnits() != 0 { // zero is no tip any more
			if tip, err = rpc.Money("tip", in); err != nil {
				return nil, err
			}
		}
		c.Tip = &tip
	}
	return func(p pledge.Pledge) (pledge.Pledge, error) { return p.Changed(c, s.now()) }, nil
}

// dayOf reads a day, zero where none is given.
func dayOf(field, day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	return rpc.ParseDay(field, day)
}

// ForecastGifts adds up what recurring pledges promise.
func (s *Server) ForecastGifts(ctx context.Context, req *donationsv1.ForecastGiftsRequest) (*donationsv1.ForecastGiftsResponse, error) {
	id, err := resource.Fund.ID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	dues, err := s.Store.Dues(ctx, id)
	if err != nil {
		return nil, err
	}
	all, err := pledge.Foresee(dues, s.now())
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ForecastGiftsResponse{}
	for _, f := range all {
		resp.Forecasts = append(resp.Forecasts, &donationsv1.GiftForecast{
			Month: f.Month, Fund: resource.Fund.Of(f.Fund), Amount: rpc.MoneyOf(f.Sum), Payments: int32(f.Count), //nolint:gosec // fewer than there are donors
		})
	}
	return resp, nil
}
