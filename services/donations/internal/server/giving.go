package server

import (
	"bytes"
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// ChangeGiving changes, pauses or resumes the gift that a token belongs to.
func (s *Server) ChangeGiving(ctx context.Context, req *donationsv1.ChangeGivingRequest) (*donationsv1.Receipt, error) {
	change, err := s.givingChange(req)
	if err != nil {
		return nil, err
	}
	p, err := s.held(ctx, req.GetReceiptToken())
	if err != nil {
		return nil, err
	}
	if p, err = s.Store.ChangePledge(ctx, store.Everything, p.ID, change); err != nil {
		return nil, err
	}
	return s.receiptOf(ctx, p)
}

// givingChange reads what a donor changes: terms, and whether it pauses or goes on.
func (s *Server) givingChange(req *donationsv1.ChangeGivingRequest) (func(pledge.Pledge) (pledge.Pledge, error), error) {
	until, err := dayOf("pauseUntil", req.GetPauseUntil())
	if err != nil {
		return nil, err
	}
	asks := req.GetAmount() != nil || req.GetTip() != nil || req.GetNextPaymentOn() != ""
	switch {
	case req.GetPause() && req.GetResume():
		return nil, fault.Field("resume", fault.FieldNotPossible, "is not possible together with pause")
	case !req.GetPause() && !until.IsZero():
		return nil, fault.Field("pauseUntil", fault.FieldNotPossible, "is possible only with pause")
	case !asks && !req.GetPause() && !req.GetResume():
		return nil, fault.Field("amount", fault.FieldRequired, "is required where nothing else is changed")
	}
	change, err := s.changeOf(req)
	if err != nil {
		return nil, err
	}
	return func(p pledge.Pledge) (_ pledge.Pledge, err error) {
		if asks {
			if p, err = change(p); err != nil {
				return p, err
			}
		}
		switch {
		case req.GetPause():
			return p.Pause(until, s.now())
		case req.GetResume():
			return p.Resume()
		}
		return p, nil
	}, nil
}

// ChangeCard opens a page on which another card is saved.
func (s *Server) ChangeCard(ctx context.Context, req *donationsv1.ChangeCardRequest) (*donationsv1.ChangeCardResponse, error) {
	p, err := s.held(ctx, req.GetReceiptToken())
	switch {
	case err != nil:
		return nil, err
	case !p.Recurring():
		return nil, fault.State("pledge", string(p.State), "another card")
	}
	p, fresh, err := s.Store.AddCheckout(ctx, store.Everything, p.ID)
	if err != nil {
		return nil, err
	}
	if fresh {
		p, err = s.Pages.OpenClaimed(ctx, p)
	} else {
		p, err = s.openPage(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	if err := p.Checkout.CheckPayable(); err != nil {
		return nil, err
	}
	return &donationsv1.ChangeCardResponse{CheckoutUrl: p.Checkout.URL}, nil
}

// held is the pledge that a token belongs to. A token that opens nothing is NotFound, one of
// a gift that was forgotten RECEIPT_FORGOTTEN.
func (s *Server) held(ctx context.Context, token string) (pledge.Pledge, error) {
	p, err := s.found(ctx, token)
	if err == nil && p.ForgottenOn != nil {
		err = fault.New(fault.Precondition, fault.ReasonReceiptForgotten, "The gift was forgotten at its donor's wish.")
	}
	return p, err
}

// found is held, also of a gift that was forgotten.
func (s *Server) found(ctx context.Context, token string) (pledge.Pledge, error) {
	if token == "" {
		return pledge.Pledge{}, fault.Field("receiptToken", fault.FieldRequired, "is required")
	}
	hash := receipt.Hash(token)
	p, err := s.Store.PledgeByReceipt(ctx, hash)
	if err == nil && !bytes.Equal(p.ReceiptSHA256, hash) {
		err = fault.Missing("receipt")
	}
	if fault.OfKind(err, fault.NotFound) {
		return pledge.Pledge{}, fault.Missing("receipt")
	}
	return p, err
}
