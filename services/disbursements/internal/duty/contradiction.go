package duty

import (
	"context"
	"fmt"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// booked are what the ledger can have booked about an attempt after it was submitted.
type booked struct{ settled, failed, returned bool }

// contradicts reports whether the books know more about an attempt than its row says:
// somebody has put an older row back, with the MAC that it had.
func (b booked) contradicts(state payment.AttemptState) bool {
	switch state {
	case payment.AttemptReturned:
		return b.failed
	case payment.AttemptSettled:
		return b.failed || b.returned
	case payment.AttemptFailed:
		return b.settled || b.returned
	}
	return b.settled || b.failed || b.returned
}

// uncontradicted asks the ledger, before money leaves, for what it has booked about all
// attempts of a payment. Where it knows more than a row, nothing is done.
func (w *Worker) uncontradicted(ctx context.Context, paymentID string) error {
	attempts, err := w.Store.OwnAttempts(ctx, paymentID)
	if err != nil {
		return err
	}
	req := &ledgerv1.CheckLeavesRequest{}
	for _, a := range attempts {
		for _, name := range []func(string, int) string{reference.Settle, reference.Fail, reference.Return} {
			req.Leaves = append(req.Leaves, &ledgerv1.LeafQuery{Reference: name(paymentID, a.Number)})
		}
	}
	resp, err := w.Posting.CheckLeaves(ctx, req)
	if err != nil {
		return fmt.Errorf("ask for postings: %w", err)
	}
	if len(resp.GetLeaves()) != len(req.GetLeaves()) {
		return fmt.Errorf("ask for %d postings: %d answers", len(req.GetLeaves()), len(resp.GetLeaves()))
	}
	there := func(n int) bool { return resp.GetLeaves()[n].GetState() != ledgerv1.LeafState_LEAF_STATE_MISSING }
	for i, a := range attempts {
		if (booked{settled: there(3 * i), failed: there(3*i + 1), returned: there(3*i + 2)}).contradicts(a.State) {
			w.Log.ErrorContext(ctx, "the ledger knows more about an attempt than its row says: it is an older one",
				"table", "attempts", "row", payment.AttemptName(paymentID, a.Number), "alarm", true)
			return fault.New(fault.Precondition, rowmac.Changed, "The books know more about an attempt than what is stored of it; the operator has been told.")
		}
	}
	return nil
}
