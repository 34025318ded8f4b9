package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// round books a gift that is cleared, and a round that makes n awards of it; all
// but one of them are paid. The first payment fails and is reversed by nobody.
func round(t testing.TB, s *store.Store, n int) {
	t.Helper()
	minor := int64(n) * 10
	drafts := []book.Draft{gift("gift", minor),
		draft(leaf.Clearing, "clearing", debit("fund:general:clearing", minor), credit("fund:general:available", minor)),
		from("allocationRounds/r_1", draft(leaf.RoundHold, "hold", debit("fund:general:available", minor), credit("round:r_1:general", minor))),
	}
	for i := range n {
		award := fmt.Sprintf("award:w_%d", i)
		drafts = append(drafts, from("allocationRounds/r_1",
			draft(leaf.RoundAward, fmt.Sprintf("award/%d", i), debit("round:r_1:general", 10), credit(award, 10))))
		drafts = append(drafts, from(fmt.Sprintf("paymentPlans/p_1/payments/y_%d", i),
			draft(leaf.AttemptSubmitted, fmt.Sprintf("payment/%d", i), debit(award, 10), credit("transit:sepa", 10))))
	}
	drafts = append(drafts, from("paymentPlans/p_1/payments/y_0",
		draft(leaf.AttemptFailed, "payment/0/failed", debit("transit:sepa", 10), credit("award:w_0", 10))))
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
