package crash

import (
	"fmt"
	"math/rand/v2"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

func eur(minor int64) *typev1.Money {
	return &typev1.Money{MinorUnits: minor, CurrencyCode: "EUR"}
}

// gift is a new gift to one of a few funds; all of it can be taken back.
func gift(day string) *ledgerv1.TransactionDraft {
	id := resource.NewID("d")
	return donation(day, "gift/"+id, "donations/"+id,
		&ledgerv1.EntryDraft{Account: fmt.Sprintf("fund:f%d:clearing", rand.IntN(5)), Side: ledgerv1.Side_SIDE_CREDIT, Amount: eur(100)})
}

// shared is a gift out of a small number, so that callers meet at the same one.
func shared(day string) *ledgerv1.TransactionDraft {
	n := rand.IntN(2000)
	return donation(day, fmt.Sprintf("shared/%d", n), "donations/shared",
		&ledgerv1.EntryDraft{Account: "fund:operations:available", Side: ledgerv1.Side_SIDE_CREDIT, Amount: eur(100)})
}

func donation(day, reference, source string, credit *ledgerv1.EntryDraft) *ledgerv1.TransactionDraft {
	return &ledgerv1.TransactionDraft{
		Reference: reference, Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, Source: source, OccurredOn: day,
		Entries: []*ledgerv1.EntryDraft{{Account: "asset:stripe", Side: ledgerv1.Side_SIDE_DEBIT, Amount: eur(100)}, credit},
	}
}

// fee is a new fee, whose accounts the ledger chooses: operations as far as there
// is something, then a deficit.
func fee(day string) *ledgerv1.TransactionDraft {
	id := resource.NewID("d")
	return &ledgerv1.TransactionDraft{
		Reference: "fee/" + id, Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE,
		Source: "donations/" + id, OccurredOn: day,
		Entries: []*ledgerv1.EntryDraft{{Account: "asset:stripe", Side: ledgerv1.Side_SIDE_CREDIT, Amount: eur(30)}},
		Sources: []*ledgerv1.OrderedSources{{Accounts: []string{"fund:operations:available", "deficit:general"}, Amount: eur(30)}},
	}
}

// decision is a new decision of those that donations records.
func decision(day string) *ledgerv1.DecisionDraft {
	id := resource.NewID("d")
	return &ledgerv1.DecisionDraft{
		Reference: "decision/" + id, Kind: ledgerv1.DecisionKind_DECISION_KIND_POLICY_VERSION,
		Resource: "policies/" + id, Person: "staff/s_1", Day: day, Commitment: make([]byte, 32),
	}
}
