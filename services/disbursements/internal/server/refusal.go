package server

import (
	"context"
	"crypto/sha256"
	"fmt"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// RecordRefusal notes that the caller has the bank's letter which refuses a payment.
func (s *Server) RecordRefusal(ctx context.Context, req *disbursementsv1.RecordRefusalRequest) (*disbursementsv1.Payment, error) {
	id, err := paymentID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	reason, err := enum.RequiredWord("reason", req.GetReason())
	if err != nil {
		return nil, err
	}
	r := store.Refusing{PaymentID: id, Person: person(ctx), Letter: req.GetLetterSha256(), Reason: reason}
	if err := s.refusing(ctx, r, s.refuse); err != nil {
		return nil, err
	}
	return s.payment(ctx, id)
}

// ConfirmRefusal notes that the caller has the same letter: the payment has failed.
func (s *Server) ConfirmRefusal(ctx context.Context, req *disbursementsv1.ConfirmRefusalRequest) (*disbursementsv1.Payment, error) {
	id, err := paymentID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	r := store.Refusing{PaymentID: id, Person: person(ctx), Letter: req.GetLetterSha256()}
	if err := s.refusing(ctx, r, s.confirmRefusal); err != nil {
		return nil, err
	}
	return s.payment(ctx, id)
}

// refusing does one of the two steps, unless this call repeats one that did.
func (s *Server) refusing(ctx context.Context, r store.Refusing, step func(context.Context, store.Refusing) error) error {
	if len(r.Letter) != sha256.Size {
		return fault.Field("letterSha256", fault.FieldWrongLength, "must be the SHA-256 of the bank's letter, 32 bytes")
	}
	_, repeated, err := s.Store.Repeated(ctx)
	if err != nil || repeated {
		return err
	}
	return step(ctx, r)
}

func (s *Server) refuse(ctx context.Context, r store.Refusing) error {
	y, recorded, err := s.Store.MayRefuse(ctx, r)
	if err != nil {
		return err
	}
	leaf, err := s.record(ctx, posting.RefusalRecorded(refusalStep(y, recorded, personID(ctx))))
	if err != nil {
		return err
	}
	r.Leaf = leaf.Sequence
	return s.Store.Refuse(ctx, r)
}

func (s *Server) confirmRefusal(ctx context.Context, r store.Refusing) error {
	y, recorded, err := s.Store.MayConfirmRefusal(ctx, r)
	if err != nil {
		return err
	}
	if err := s.firstHand(ctx, y, recorded); err != nil {
		return err
	}
	leaf, err := s.record(ctx, posting.RefusalConfirmed(refusalStep(y, recorded, personID(ctx))))
	if err != nil {
		return err
	}
	r.Leaf = leaf.Sequence
	return s.Store.ConfirmRefusal(ctx, r)
}

// recordedFirst asks the ledger for the decision of who recorded a refusal: the row alone
// could be written by one who would then confirm it.
func (s *Server) recordedFirst(ctx context.Context, y payment.Payment, r payment.Refusal) error {
	first, _ := resource.Staff.Cut(r.RecordedBy)
	draft := posting.RefusalRecorded(refusalStep(y, r, first))
	resp, err := s.Posting.CheckLeaves(forOurselves(ctx), &ledgerv1.CheckLeavesRequest{
		Leaves: []*ledgerv1.LeafQuery{{Reference: draft.GetReference(), Commitment: draft.GetCommitment()}},
	})
	if err != nil {
		return fmt.Errorf("ask who recorded the refusal: %w", err)
	}
	if len(resp.GetLeaves()) != 1 {
		return fmt.Errorf("ask who recorded the refusal: %d answers", len(resp.GetLeaves()))
	}
	l := resp.GetLeaves()[0]
	if l.GetState() == ledgerv1.LeafState_LEAF_STATE_RECORDED && l.GetKind() == draft.GetKind() && l.GetPerson() == r.RecordedBy {
		return nil
	}
	s.Log.ErrorContext(ctx, "a refusal was to be confirmed that nobody has recorded so", "alarm", true,
		"table", "payment_refusals", "row", payment.AttemptName(y.ID, r.Number))
	return fault.New(fault.Precondition, fault.ReasonRowWithoutLeaf, "The refusal was not recorded as it stands; the operator has been told.")
}

// refusalStep is a step about a refusal for the ledger.
func refusalStep(y payment.Payment, r payment.Refusal, by string) posting.RefusalStep {
	return posting.RefusalStep{Plan: y.PlanID, Payment: y.ID, Number: r.Number, Version: r.Version, Person: by, Digest: r.Digest}
}

// refusalProto writes a refusal; nil where nobody has recorded one.
func refusalProto(r payment.Refusal) *disbursementsv1.PaymentRefusal {
	if r.Version == 0 {
		return nil
	}
	return &disbursementsv1.PaymentRefusal{
		Reason:     enum.Value[disbursementsv1.PaymentRefusalReason](r.Reason),
		RecordedBy: r.RecordedBy, RecordedOn: rpc.Day(r.RecordedOn), ConfirmedBy: r.ConfirmedBy,
	}
}
