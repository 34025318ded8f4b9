// Package fetched asks the ledger whether a payment file has left: the leaf of its first
// fetching comes before the rows that say so, and nobody can take it back.
package fetched

import (
	"context"
	"fmt"
	"log/slog"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// Leaves is the part of the ledger that is asked.
type Leaves interface {
	CheckLeaves(ctx context.Context, req *ledgerv1.CheckLeavesRequest, opts ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error)
}

// Check reports, as the fault PAYMENT_LEFT, that the ledger knows a file fetched. Whoever
// asks has found nothing of it in the rows: somebody has written to the database, or a
// fetching broke off, and the log says so as an alarm.
func Check(ctx context.Context, ledger Leaves, log *slog.Logger, planID, fileID string) error {
	resp, err := ledger.CheckLeaves(ctx, &ledgerv1.CheckLeavesRequest{
		Leaves: []*ledgerv1.LeafQuery{{Reference: reference.FileLeft(planID, fileID)}},
	})
	if err != nil {
		return fmt.Errorf("ask whether the file has left: %w", err)
	}
	if len(resp.GetLeaves()) != 1 {
		return fmt.Errorf("ask whether the file has left: %d answers", len(resp.GetLeaves()))
	}
	if resp.GetLeaves()[0].GetState() == ledgerv1.LeafState_LEAF_STATE_MISSING {
		return nil
	}
	log.ErrorContext(ctx, "a file was to be withdrawn that the ledger knows fetched, or whose fetching broke off",
		"table", "file_downloads", "row", fileID, "alarm", true)
	return payment.Left()
}
