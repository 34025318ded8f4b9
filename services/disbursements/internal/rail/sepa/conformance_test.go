package sepa_test

import (
	"context"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest/filetest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

func TestSEPAKeepsTheRulesOfRails(t *testing.T) {
	t.Parallel()
	railtest.Run(t, func(t *testing.T) railtest.Bench { return filetest.New(t, theBank()) })
}

// TestAFileIsWithdrawnWholeAndNeverFetched plays what people can do with a file in each
// order.
func TestAFileIsWithdrawnWholeAndNeverFetched(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), filetest.New(t, theBank())
	all := b.Claimed(2)
	withdraw := func() error { return b.Rail().Cancel(ctx, filetest.Withdrawal(all[0].Attempt.FileID)) }
	for _, in := range all {
		if _, err := b.Rail().Submit(ctx, in); err != nil {
			t.Fatal(err)
		}
	}
	// While it is filled it is not complete, and what is not complete is not withdrawn.
	if err := withdraw(); !fault.Is(err, "FILE_NOT_SEALED") {
		t.Errorf("withdrawn while it is filled: %v", err)
	}
	if err := b.Seal(all[0].Attempt.FileID); err != nil {
		t.Fatal(err)
	}
	if err := withdraw(); err != nil {
		t.Fatalf("withdraw: %v", err)
	}
	if err := b.Fetch(all[0].Attempt.FileID); !fault.Is(err, "FILE_NOT_SEALED") {
		t.Errorf("fetched: %v", err)
	}
	for _, in := range all {
		a, err := b.Store.Attempts(ctx, in.Attempt.PaymentID, page.Page{Size: 10})
		if err != nil || a[0].State != payment.AttemptFailed || a[0].Failure != "WITHDRAWN" {
			t.Errorf("attempt %+v, %v", a, err)
		}
	}
}
