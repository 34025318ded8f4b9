package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// round books a gift that is cleared, and a round that makes n awards of it; all
// but one of them are paid. The first payment fails and is reversed by nobody.
func round(t testing.TB, s *store.Store, n int) {
	t.Helper()
	minor := int64(n) * 10
	drafts := []book.Draft{booktest.Gift("gift", minor),
		booktest.Draft(leaf.Clearing, "clearing", booktest.Debit("fund:general:clearing", minor), booktest.Credit("fund:general:available", minor)),
		from("allocationRounds/r_1", booktest.Draft(leaf.RoundHold, "hold", booktest.Debit("fund:general:available", minor), booktest.Credit("round:r_1:general", minor))),
	}
	for i := range n {
		award := fmt.Sprintf("award:w_%d", i)
		drafts = append(drafts, from("allocationRounds/r_1",
			booktest.Draft(leaf.RoundAward, fmt.Sprintf("award/%d", i), booktest.Debit("round:r_1:general", 10), booktest.Credit(award, 10))))
		drafts = append(drafts, from(fmt.Sprintf("paymentPlans/p_1/payments/y_%d", i),
			booktest.Draft(leaf.AttemptSubmitted, fmt.Sprintf("payment/%d", i), booktest.Debit(award, 10), booktest.Credit("transit:sepa", 10))))
	}
	drafts = append(drafts, from("paymentPlans/p_1/payments/y_0",
		booktest.Draft(leaf.AttemptFailed, "payment/0/failed", booktest.Debit("transit:sepa", 10), booktest.Credit("award:w_0", 10))))
	u, err := book.NewUnit(decided(), drafts, today)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, _, err := s.Batch(t.Context(), []book.Unit{u}, store.Memory{})
	if err != nil || outcomes[0].Err != nil {
		t.Fatal(err, outcomes[0].Err)
	}
}

func from(source string, d book.Draft) book.Draft {
	d.Source = source
	return d
}
