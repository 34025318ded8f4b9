package server

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/item"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Adjustments are the ledger's bookings by people: it judges the person whose token a call
// brings by itself, and this service can propose and approve nothing.
type Adjustments interface {
	ProposeAdjustment(ctx context.Context, r *ledgerv1.ProposeAdjustmentRequest, opts ...grpc.CallOption) (*ledgerv1.Adjustment, error)
	ApproveAdjustment(ctx context.Context, r *ledgerv1.ApproveAdjustmentRequest, opts ...grpc.CallOption) (*ledgerv1.Adjustment, error)
	RejectAdjustment(ctx context.Context, r *ledgerv1.RejectAdjustmentRequest, opts ...grpc.CallOption) (*ledgerv1.Adjustment, error)
	GetAdjustment(ctx context.Context, r *ledgerv1.GetAdjustmentRequest, opts ...grpc.CallOption) (*ledgerv1.Adjustment, error)
}

// ProposeStripeItem says what an item is.
func (s *Server) ProposeStripeItem(ctx context.Context, req *donationsv1.ProposeStripeItemRequest) (*donationsv1.StripeItem, error) {
	id, err := resource.StripeItem.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	p := item.Proposal{Evidence: req.GetEvidenceSha256(), Proposer: identity.From(ctx).Person}
	if req.GetFund() != "" {
		if p.Fund, err = resource.Fund.ID("fund", req.GetFund()); err != nil {
			return nil, err
		}
	}
	i, err := s.Store.ChangeItem(ctx, id, func(i item.Item) (item.Item, error) {
		if err := i.May(item.Propose, p.Proposer); err != nil {
			return i, err
		}
		if err := i.Check(p); err != nil {
			return i, err
		}
		if err := s.knownFund(ctx, p.Fund); err != nil {
			return i, err
		}
		p.Adjustment, err = s.proposed(ctx, i, p, req.GetRequestId())
		i.State, i.Proposal = item.Proposed, p
		return i, err
	})
	if err != nil {
		return nil, err
	}
	return s.itemProto(ctx, i), nil
}

func (s *Server) knownFund(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	_, err := s.Store.Fund(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return fault.Field("fund", fault.FieldNoSuchResource, "is not a fund")
	}
	return err
}

// proposed brings a proposal to the ledger, in the name of the person who makes it, and
// returns the name of the adjustment; empty where nothing is to be booked.
func (s *Server) proposed(ctx context.Context, i item.Item, p item.Proposal, key string) (string, error) {
	if i.Amount.MinorUnits == 0 {
		return "", nil
	}
	debit, credit, amount := account.SuspenseStripe(), account.FundAvailable(p.Fund), i.Amount
	if amount.MinorUnits < 0 {
		debit, credit = credit, debit
		amount = money.Amount{MinorUnits: -amount.MinorUnits, Currency: amount.Currency}
	}
	a, err := s.Adjustments.ProposeAdjustment(ctx, &ledgerv1.ProposeAdjustmentRequest{RequestId: key, Adjustment: &ledgerv1.Adjustment{
		Kind: ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_SUSPENSE_CLEARED, DebitAccount: debit, CreditAccount: credit,
		Amount: rpc.MoneyOf(amount), OccurredOn: rpc.Day(i.OccurredOn), EvidenceSha256: p.Evidence,
	}})
	if err != nil {
		return "", fmt.Errorf("propose adjustment of item %s: %w", i.ID, err)
	}
	return a.GetName(), nil
}

// ApproveStripeItem clears an item.
func (s *Server) ApproveStripeItem(ctx context.Context, req *donationsv1.ApproveStripeItemRequest) (*donationsv1.StripeItem, error) {
	return s.decideItem(ctx, req.GetName(), item.Approve, func(ctx context.Context, i item.Item) (item.Item, error) {
		i.State, i.Approver = item.Cleared, identity.From(ctx).Person
		return i, s.approved(ctx, i, req.GetRequestId())
	})
}

// approved has the ledger book what was proposed, in the name of the person who approves.
func (s *Server) approved(ctx context.Context, i item.Item, key string) error {
	if i.Proposal.Adjustment == "" {
		return nil
	}
	a, err := s.Adjustments.ApproveAdjustment(ctx, &ledgerv1.ApproveAdjustmentRequest{Name: i.Proposal.Adjustment, RequestId: key})
	if fault.Is(err, fault.ReasonIllegalState) { // approved at the ledger itself, or before the answer was lost
		a, err = s.Adjustments.GetAdjustment(ctx, &ledgerv1.GetAdjustmentRequest{Name: i.Proposal.Adjustment})
	}
	switch {
	case err != nil:
		return fmt.Errorf("approve adjustment of item %s: %w", i.ID, err)
	case a.GetState() != ledgerv1.AdjustmentState_ADJUSTMENT_STATE_BOOKED:
		return fault.New(fault.Precondition, fault.ReasonInsufficientFunds, "The books refuse it; propose another fund.")
	}
	return nil
}

// RejectStripeItem turns a proposal down.
func (s *Server) RejectStripeItem(ctx context.Context, req *donationsv1.RejectStripeItemRequest) (*donationsv1.StripeItem, error) {
	return s.decideItem(ctx, req.GetName(), item.Reject, func(ctx context.Context, i item.Item) (item.Item, error) {
		if i.Proposal.Adjustment != "" {
			_, err := s.Adjustments.RejectAdjustment(ctx, &ledgerv1.RejectAdjustmentRequest{Name: i.Proposal.Adjustment, RequestId: req.GetRequestId()})
			if err != nil && !fault.Is(err, fault.ReasonIllegalState) {
				return i, fmt.Errorf("reject adjustment of item %s: %w", i.ID, err)
			}
		}
		i.State, i.Proposal = item.Waiting, item.Proposal{}
		return i, nil
	})
}

func (s *Server) decideItem(ctx context.Context, name string, v item.Verb, decide func(context.Context, item.Item) (item.Item, error)) (*donationsv1.StripeItem, error) {
	id, err := resource.StripeItem.ID("name", name)
	if err != nil {
		return nil, err
	}
	i, err := s.Store.ChangeItem(ctx, id, func(i item.Item) (item.Item, error) {
		if err := i.May(v, identity.From(ctx).Person); err != nil {
			return i, err
		}
		return decide(ctx, i)
	})
	if err != nil {
		return nil, err
	}
	return s.itemProto(ctx, i), nil
}

// GetStripeItem returns an item.
func (s *Server) GetStripeItem(ctx context.Context, req *donationsv1.GetStripeItemRequest) (*donationsv1.StripeItem, error) {
	id, err := resource.StripeItem.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	i, err := s.Store.Item(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.itemProto(ctx, i), nil
}

// ListStripeItems lists items.
func (s *Server) ListStripeItems(ctx context.Context, req *donationsv1.ListStripeItemsRequest) (*donationsv1.ListStripeItemsResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]item.Item, error) {
		return s.Store.Items(ctx, s.acts.items.Page(identity.From(ctx), p))
	}, func(i item.Item) []string { return page.At(i.CreatedAt, i.ID) })
	if err != nil {
		return nil, err
	}
	var list []*donationsv1.StripeItem
	for _, row := range rows {
		list = append(list, s.itemProto(ctx, row))
	}
	return &donationsv1.ListStripeItemsResponse{StripeItems: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// SweepStripe has Stripe's lists read again at once.
func (s *Server) SweepStripe(ctx context.Context, _ *donationsv1.SweepStripeRequest) (*donationsv1.SweepStripeResponse, error) {
	if err := s.Store.OweSweeps(ctx, true); err != nil {
		return nil, err
	}
	return &donationsv1.SweepStripeResponse{}, nil
}

// itemProto writes an item, with what the caller could do with it.
func (s *Server) itemProto(ctx context.Context, i item.Item) *donationsv1.StripeItem {
	out := &donationsv1.StripeItem{
		Name: resource.StripeItem.Of(i.ID), State: enum.Value[donationsv1.StripeItemState](i.State), Reason: i.Reason, StripeId: i.StripeID,
		OccurredOn: rpc.Day(i.OccurredOn), WaitingDays: int32(i.Waited(s.now())), Overdue: i.Overdue(s.now()),
		EvidenceSha256: i.Proposal.Evidence, Proposer: i.Proposal.Proposer, Approver: i.Approver, Adjustment: i.Proposal.Adjustment,
		CreateTime: rpc.Moment(i.CreatedAt),
	}
	if i.Amount.MinorUnits != 0 {
		out.Amount = rpc.MoneyOf(i.Amount)
	}
	if i.Donation != "" {
		out.Donation = resource.Donation.Of(i.Donation)
	}
	if i.Proposal.Fund != "" {
		out.Fund = resource.Fund.Of(i.Proposal.Fund)
	}
	out.AllowedActions, out.BlockedActions = s.acts.items.Of(identity.From(ctx), i)
	return out
}
