package server

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// People is what of access is asked about people.
type People interface {
	ListFrozen(ctx context.Context, req *accessv1.ListFrozenRequest, opts ...grpc.CallOption) (*accessv1.ListFrozenResponse, error)
	ListAwake(ctx context.Context, req *accessv1.ListAwakeRequest, opts ...grpc.CallOption) (*accessv1.ListAwakeResponse, error)
}

// mayLeave checks that nothing which a file rests on was stopped since it was sealed:
// the plan's decisions stand in the log and are not voided, nobody who took them is
// frozen, and each family may still be paid where the file says.
func (s *Server) mayLeave(ctx context.Context, planID, fileID string) error {
	l, err := s.Store.Leaving(ctx, planID, fileID)
	if err != nil {
		return err
	}
	if err := s.stillDecided(ctx, planID, l.Digest); err != nil {
		return err
	}
	if err := s.nobodyFrozen(ctx, l.People); err != nil {
		return err
	}
	return s.stillPayable(ctx, l.Attempts)
}

// stillDecided asks the ledger for the plan's decisions: what its rows say here is not
// enough for money to leave.
func (s *Server) stillDecided(ctx context.Context, planID string, digest []byte) error {
	_, err := s.Posting.CheckPlanDecisions(forOurselves(ctx), &ledgerv1.CheckPlanDecisionsRequest{
		Plan: resource.PaymentPlan.Of(planID), Commitment: digest,
	})
	if fault.Is(err, fault.ReasonDecisionsMissing) {
		s.Log.ErrorContext(ctx, "a payment file was to leave that its plan's people did not decide about, or no more", "plan", planID, "alarm", true)
	}
	if err != nil {
		return fmt.Errorf("ask for the plan's decisions: %w", err)
	}
	return nil
}

func (s *Server) nobodyFrozen(ctx context.Context, people []string) error {
	if len(people) == 0 {
		return nil
	}
	resp, err := s.People.ListFrozen(forOurselves(ctx), &accessv1.ListFrozenRequest{People: people})
	if err != nil {
		return fmt.Errorf("ask who is frozen: %w", err)
	}
	if len(resp.GetFrozen()) > 0 {
		return fault.New(fault.Precondition, fault.ReasonDeciderFrozen, "Somebody who decided about the plan, or proposed this download, is frozen.")
	}
	return nil
}

func (s *Server) stillPayable(ctx context.Context, attempts []store.LeavingAttempt) error {
	if len(attempts) == 0 {
		return nil
	}
	req := &familiesv1.CheckReleasesRequest{}
	for _, a := range attempts {
		req.Attempts = append(req.Attempts, &familiesv1.CheckReleasesRequest_Attempt{
			Payment: resource.Payment.Of(a.PaymentID), Attempt: a.Number,
		})
	}
	resp, err := s.Release.CheckReleases(forOurselves(ctx), req)
	if err != nil {
		return fmt.Errorf("ask whether families may still be paid: %w", err)
	}
	if held := resp.GetHeld(); len(held) > 0 {
		return fault.New(fault.Precondition, fault.Reason(held[0].GetReason()), "A family in the file may not be paid now: the file is held back.")
	}
	return nil
}
