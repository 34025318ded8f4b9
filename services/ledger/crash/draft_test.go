package crash

import (
	"fmt"
	"math/rand/v2"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// newGift is a gift to one of a few funds; all of it can be taken back.
func newGift(day string) *ledgerv1.TransactionDraft {
	id := resource.NewID(resource.KindDonation)
	return donation(day, "gift/"+id, "donations/"+id, fmt.Sprintf("fund:f%d:clearing", rand.IntN(5)))
}

// shared is a gift out of a small number, so that callers meet at the same one.
func shared(day string) *ledgerv1.TransactionDraft {
	return donation(day, fmt.Sprintf("shared/%d", rand.IntN(2000)), "donations/shared", "fund:operations:available")
}

func donation(day, reference, source, credited string) *ledgerv1.TransactionDraft {
	d := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, reference, source,
		postingtest.Debit("asset:stripe", 100), postingtest.Credit(credited, 100))
	d.OccurredOn = day
	return d
}

// fee is a new fee, whose accounts the ledger chooses: operations as far as there
// is something, then a deficit.
func fee(day string) *ledgerv1.TransactionDraft {
	id := resource.NewID(resource.KindDonation)
	d := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE, "fee/"+id, "donations/"+id,
		postingtest.Credit("asset:stripe", 30))
	d.OccurredOn = day
	d.Sources = []*ledgerv1.OrderedSources{{
		Accounts: []string{"fund:operations:available", "deficit:general"}, Amount: postingtest.Money(30),
	}}
	return d
}

// decision is a new decision of those that nobody takes.
func decision(day string) *ledgerv1.DecisionDraft {
	id := resource.NewID(resource.KindDonation)
	return &ledgerv1.DecisionDraft{
		Reference: "decision/" + id, Kind: ledgerv1.DecisionKind_DECISION_KIND_READ_LOG_ROOT,
		Resource: "readLog/" + id, Day: day, Commitment: make([]byte, 32),
	}
}
