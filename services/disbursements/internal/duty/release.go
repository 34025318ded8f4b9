package duty

import (
	"context"
	"fmt"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/destination"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// release asks families where the money goes: the one check right before it leaves. It
// brings the proof that the plan was decided about this payment.
func (w *Worker) release(ctx context.Context, c *store.Claim, forms []payment.Accepted) (payment.Destination, error) {
	a := c.Attempt
	proof, err := w.Store.ProofOf(ctx, a.PlanID, a.PaymentID)
	if err != nil {
		return payment.Destination{}, fmt.Errorf("prove payment: %w", err)
	}
	req := &familiesv1.ReleaseDestinationRequest{
		Payment: resource.Payment.Of(a.PaymentID), Attempt: int32(a.Number), Plan: resource.PaymentPlan.Of(a.PlanID), Family: c.Family,
		Rail: c.Rail, Sender: c.Sender, Forms: destination.Accepted(forms), Amount: rpc.MoneyOf(amount(a.Minor, a.Currency)), Digest: c.Digest,
		Proof: &familiesv1.ReleaseDestinationRequest_LeafProof{Blind: proof.Blind, Index: int32(proof.Index), Count: int32(proof.Count)},
	}
	for _, h := range proof.Path {
		req.Proof.Path = append(req.Proof.Path, h[:])
	}
	awarded, err := w.Store.AwardedTo(ctx, a.PaymentID)
	if err != nil {
		return payment.Destination{}, fmt.Errorf("read awards: %w", err)
	}
	for _, sh := range awarded {
		req.Shares = append(req.Shares, shareOf(sh, a.Currency))
	}
	resp, err := w.Release.ReleaseDestination(ctx, req)
	if err != nil {
		return payment.Destination{}, err
	}
	return destination.Of(resp.GetDestination()), nil
}

// shareOf is what families are told about a part of a payment, with what awarded it.
func shareOf(sh store.AwardedShare, currency string) *familiesv1.ReleaseDestinationRequest_Share {
	out := &familiesv1.ReleaseDestinationRequest_Share{
		Award: resource.Award.Of(sh.Award), Amount: rpc.MoneyOf(amount(sh.Minor, currency)), AidRequest: sh.AidRequest, Cycle: sh.Cycle,
	}
	if sh.GrantID != "" {
		out.Source = &familiesv1.ReleaseDestinationRequest_Share_EmergencyApproval{EmergencyApproval: &familiesv1.ReleaseDestinationRequest_EmergencyApproval{
			EmergencyGrant: resource.EmergencyGrant.Of(sh.GrantID), Approvers: sh.Approvers,
		}}
		return out
	}
	out.Source = &familiesv1.ReleaseDestinationRequest_Share_RoundCommit{RoundCommit: &familiesv1.ReleaseDestinationRequest_RoundCommit{
		Round: resource.AllocationRound.Of(sh.RoundID), Digest: sh.Digest, Committer: sh.Committer,
	}}
	return out
}
