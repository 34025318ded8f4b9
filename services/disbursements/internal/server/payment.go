package server

import (
	"context"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// GetPayment reads one payment.
func (s *Server) GetPayment(ctx context.Context, req *disbursementsv1.GetPaymentRequest) (*disbursementsv1.Payment, error) {
	id, err := paymentID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.payment(ctx, id)
}

// ListPayments lists payments, newest first.
func (s *Server) ListPayments(ctx context.Context, req *disbursementsv1.ListPaymentsRequest) (*disbursementsv1.ListPaymentsResponse, error) {
	planOnly := resource.Any
	if req.GetParent() != "" {
		var err error
		if planOnly, err = planID("parent", req.GetParent()); err != nil {
			return nil, err
		}
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]payment.Payment, error) {
		return s.Store.Payments(ctx, planOnly, s.acts.payments.Page(identity.From(ctx), p))
	}, func(r payment.Payment) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	list, err := s.paymentProtos(ctx, rows...)
	if err != nil {
		return nil, err
	}
	return &disbursementsv1.ListPaymentsResponse{Payments: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// ListAttempts lists the attempts of a payment.
func (s *Server) ListAttempts(ctx context.Context, req *disbursementsv1.ListAttemptsRequest) (*disbursementsv1.ListAttemptsResponse, error) {
	id, err := paymentID("parent", req.GetParent())
	if err != nil {
		return nil, err
	}
	if err := there(id, func() error { _, err := s.Store.Payment(ctx, id); return err }); err != nil {
		return nil, err
	}
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]payment.Attempt, error) {
		return s.Store.Attempts(ctx, id, p)
	}, func(a payment.Attempt) []string {
		return append(page.At(a.Claimed, a.PaymentID), page.Numbered(int64(a.Number))...)
	})
	if err != nil {
		return nil, err
	}
	resp := &disbursementsv1.ListAttemptsResponse{NextPageToken: next}
	for _, a := range rows {
		resp.Attempts = append(resp.Attempts, attemptProto(a))
	}
	return resp, nil
}

// there says that a parent is missing; whose children of any are listed needs none.
func there(id string, read func() error) error {
	if id == resource.Any {
		return nil
	}
	return read()
}

// RetryPayment starts another attempt.
func (s *Server) RetryPayment(ctx context.Context, req *disbursementsv1.RetryPaymentRequest) (*disbursementsv1.Payment, error) {
	id, err := paymentID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Store.RetryPayment(ctx, id); err != nil {
		return nil, err
	}
	return s.payment(ctx, id)
}

// CancelPayment takes a payment out of a plan in DRAFT.
func (s *Server) CancelPayment(ctx context.Context, req *disbursementsv1.CancelPaymentRequest) (*disbursementsv1.Payment, error) {
	id, err := paymentID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if err := s.Store.CancelPayment(ctx, id, person(ctx)); err != nil {
		return nil, err
	}
	return s.payment(ctx, id)
}

func paymentID(field, name string) (string, error) { return resource.Payment.ID(field, name) }

func (s *Server) payment(ctx context.Context, id string) (*disbursementsv1.Payment, error) {
	y, err := s.Store.Payment(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := s.paymentProtos(ctx, y)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// paymentProtos writes payments, each with what the caller could do with it.
func (s *Server) paymentProtos(ctx context.Context, list ...payment.Payment) ([]*disbursementsv1.Payment, error) {
	settings, err := s.Store.Settings(ctx, person(ctx), list...)
	if err != nil {
		return nil, err
	}
	protos := make([]*disbursementsv1.Payment, len(list))
	for i, y := range list {
		m, in := paymentProto(y), settings[y.ID]
		m.Refusal = refusalProto(in.Refusal)
		in.Way = s.way(in.Rail, s.configured(store.SenderSwitch{Rail: in.Rail, ID: in.Sender}))
		m.AllowedActions, m.BlockedActions = s.acts.payments.Of(identity.From(ctx), seenPayment{Payment: y, in: in})
		protos[i] = m
	}
	return protos, nil
}

// paymentProto writes a payment.
func paymentProto(y payment.Payment) *disbursementsv1.Payment {
	m := &disbursementsv1.Payment{
		Name: resource.Payment.Of(y.ID), PaymentPlan: resource.PaymentPlan.Of(y.PlanID),
		State:  enum.Value[disbursementsv1.PaymentState](y.State),
		Amount: moneyOf(y.Minor, y.Currency), Family: y.Family, AttemptCount: int32(y.Attempts), FailureReason: y.Failure,
		Answer: enum.Value[disbursementsv1.PaymentAnswer](y.Answer), CodeIssued: y.CodeIssued, SettledOn: y.SettledOn,
		ReportedByOwner: y.ReportedByOwner, Overdue: y.Overdue,
	}
	if r := y.Record; r.RecordedBy != "" {
		m.Record = &disbursementsv1.Payment_Record{OccurredOn: r.On, RecordedBy: r.RecordedBy, ConfirmedBy: r.ConfirmedBy}
	}
	for _, sh := range y.Shares {
		m.Shares = append(m.Shares, &disbursementsv1.Payment_Share{Award: resource.Award.Of(sh.Award), Amount: moneyOf(sh.Minor, y.Currency)})
	}
	return m
}

// attemptProto writes an attempt.
func attemptProto(a payment.Attempt) *disbursementsv1.Attempt {
	m := &disbursementsv1.Attempt{
		Name:   payment.AttemptName(a.PaymentID, a.Number),
		State:  enum.Value[disbursementsv1.AttemptState](a.State),
		Amount: moneyOf(a.Minor, a.Currency), EndToEndId: a.EndToEndID,
		FailureReason: a.Failure, ClaimTime: rpc.Moment(a.Claimed),
	}
	if a.FileID != "" {
		m.PaymentFile = resource.PaymentFile.Of(a.PlanID, a.FileID)
	}
	return m
}
