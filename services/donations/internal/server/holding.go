package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// holder is whoever has a receipt token.
var holder = identity.Caller{Roles: []policyv1.Role{policyv1.Role_ROLE_DONOR}}

// holding is what a token gives its holder: a pledge, and its newest payment.
type holding struct {
	pledge pledge.Pledge
	last   donation.Donation
}

// newHolders is what a holder can do.
func newHolders() action.Table[pledge.State, holding] {
	return action.New(action.Act[pledge.State, holding]{
		Verb: "changePledge", Method: donationsv1.GivingService_ChangeGiving_FullMethodName,
		Shut: func(_ identity.Caller, h holding) error {
			_, err := h.pledge.Changed(pledge.Change{}, h.pledge.CreatedAt)
			return err
		},
	}, action.Act[pledge.State, holding]{
		Verb: "cancelPledge", Method: donationsv1.GivingService_CancelGiving_FullMethodName,
		Shut: func(_ identity.Caller, h holding) error {
			if h.pledge.State == pledge.Cancelled {
				return action.ErrNothing
			}
			_, err := h.pledge.State.Move(pledge.Cancelled)
			return err
		},
	}, action.Act[pledge.State, holding]{
		Verb: "requestRefund", Method: donationsv1.GivingService_RefundGiving_FullMethodName,
		Shut: func(_ identity.Caller, h holding) error { return store.GiftOf(h.last).May(refund.Donor) },
	}, action.Act[pledge.State, holding]{
		Verb: "forget", Method: donationsv1.GivingService_ForgetGiving_FullMethodName,
		Shut: func(identity.Caller, holding) error { return nil },
	})
}

// CancelGiving ends the gift that a token belongs to.
func (s *Server) CancelGiving(ctx context.Context, req *donationsv1.CancelGivingRequest) (*donationsv1.Receipt, error) {
	p, err := s.held(ctx, req.GetReceiptToken())
	if err != nil {
		return nil, err
	}
	if p, err = s.Store.CancelPledge(ctx, store.Everything, p.ID); err != nil {
		return nil, err
	}
	return s.receiptOf(ctx, p)
}

// RefundGiving asks for a payment of the gift that a token belongs to.
func (s *Server) RefundGiving(ctx context.Context, req *donationsv1.RefundGivingRequest) (*donationsv1.Receipt, error) {
	amount, err := amountIfAny(req.GetAmount())
	if err != nil {
		return nil, err
	}
	p, err := s.held(ctx, req.GetReceiptToken())
	if err != nil {
		return nil, err
	}
	d, err := s.paymentOf(ctx, p.ID, req.GetDonation())
	if err != nil {
		return nil, err
	}
	counts, err := s.policy(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.Store.RequestRefund(ctx, store.Everything, d.ID, amount, refund.Donor, "", counts.RefundsOfDay); err != nil {
		return nil, err
	}
	return s.receiptOf(ctx, p)
}

// paymentOf is a payment of a pledge by its name, or the newest.
func (s *Server) paymentOf(ctx context.Context, pledgeID, name string) (donation.Donation, error) {
	if name != "" {
		id, err := resource.Donation.ID("donation", name)
		if err != nil {
			return donation.Donation{}, err
		}
		d, err := s.Store.Donation(ctx, store.Everything, id)
		if err == nil && d.Pledge != pledgeID {
			err = fault.Missing("donation")
		}
		return d, err
	}
	payments, err := s.Store.PaymentsOf(ctx, pledgeID)
	if err != nil {
		return donation.Donation{}, err
	}
	d := newest(payments)
	if d.ID == "" {
		return d, store.GiftOf(d).May(refund.Donor) // there is nothing that could go back
	}
	return d, nil
}
