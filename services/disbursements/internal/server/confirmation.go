package server

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/google/uuid"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// IssueCode has families make the code of a payment, and tells it once. Only a
// hash of the handle stays here.
func (s *Server) IssueCode(ctx context.Context, req *disbursementsv1.IssueCodeRequest) (*disbursementsv1.IssueCodeResponse, error) {
	id, err := paymentID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	y, err := s.Store.Payment(ctx, id)
	if err != nil {
		return nil, err
	}
	if !y.CodeIssued || idempotency.From(ctx) == nil { // else it may be a repeat
		if err := y.May(payment.IssueCode, payment.Setting{}); err != nil {
			return nil, err
		}
	}
	resp := &disbursementsv1.IssueCodeResponse{Payment: resource.Payment.Of(id)}
	issued := &familiesv1.IssueCodeResponse{}
	if !y.CodeIssued {
		if issued, err = s.issue(ctx, y); err != nil {
			return nil, err
		}
	}
	hash := sha256.Sum256([]byte(issued.GetHandle()))
	if err := s.Store.KeepHandle(ctx, id, hash[:], issued.GetReportedByOwner()); err != nil {
		return nil, err
	}
	if idempotency.Replayed(ctx) {
		resp.SecretExpired = true
		return resp, nil
	}
	resp.Handle, resp.Code, resp.Contacts = issued.GetHandle(), issued.GetCode(), issued.GetContacts()
	resp.SecretExpired = issued.GetCode() == ""
	return resp, nil
}

// issue asks families. The key is the payment's: a repeat after a crash gets the
// handle again, though not the code.
func (s *Server) issue(ctx context.Context, y payment.Payment) (*familiesv1.IssueCodeResponse, error) {
	issued, err := s.Release.IssueCode(ctx, &familiesv1.IssueCodeRequest{
		Payment: resource.Payment.Of(y.ID), Family: y.Family, RequestId: uuid.NewSHA1(uuid.NameSpaceURL, []byte(resource.Payment.Of(y.ID))).String(),
	})
	if fault.OfKind(err, fault.AlreadyExists) {
		return nil, payment.CodeIssued().With(err)
	}
	if err != nil {
		return nil, fmt.Errorf("issue code of payment %s: %w", y.ID, err)
	}
	return issued, nil
}

// CreateConfirmation takes the family's word. A wrong handle and a wrong code
// get the same answer.
func (s *Server) CreateConfirmation(ctx context.Context, req *disbursementsv1.CreateConfirmationRequest) (*disbursementsv1.Confirmation, error) {
	switch {
	case req.GetHandle() == "":
		return nil, fault.Field("handle", fault.FieldRequired, "is required")
	case req.GetCode() == "":
		return nil, fault.Field("code", fault.FieldRequired, "is required")
	}
	answer, err := enum.RequiredWord("answer", req.GetAnswer())
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(req.GetHandle()))
	given := payment.Answer(answer)
	try, err := s.Store.KeepTry(ctx, hash[:], given)
	if err != nil {
		return nil, err
	}
	if try == nil {
		return nil, codeRefused()
	}
	used, err := s.judge(ctx, try.Payment, req.GetCode())
	if err != nil {
		return nil, err
	}
	if used { // an earlier try was accepted: its answer counts
		given = try.Before
	}
	a, err := s.Store.NoteAnswer(ctx, try.Payment.ID, given)
	if err != nil {
		return nil, err
	}
	return &disbursementsv1.Confirmation{Answer: enum.Value[disbursementsv1.PaymentAnswer](a.Answer), ConfirmedOn: a.On}, nil
}

// judge has families judge the code, and count the tries. Only they know whether it
// is the right one, or the one to give under pressure. An accepted code is used up:
// where this service went down before it noted the answer, a repeat finds the code
// used.
func (s *Server) judge(ctx context.Context, y payment.Payment, code string) (used bool, err error) {
	resp, err := s.Release.JudgeCode(forOurselves(ctx), &familiesv1.JudgeCodeRequest{Payment: resource.Payment.Of(y.ID), Code: code})
	switch {
	case fault.Is(err, fault.ReasonCodeUsed):
		return true, nil
	case fault.OfKind(err, fault.Invalid), fault.OfKind(err, fault.NotFound), fault.OfKind(err, fault.Precondition):
		return false, codeRefused().With(err)
	case err != nil:
		return false, fmt.Errorf("judge code of payment %s: %w", y.ID, err)
	case !resp.GetAccepted():
		return false, codeRefused()
	}
	return false, nil
}

func codeRefused() *fault.Fault {
	return fault.New(fault.PermissionDenied, fault.ReasonCodeRefused, "Handle and code do not fit, or were tried too often.")
}
