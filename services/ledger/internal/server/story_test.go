package server_test

import (
	"bytes"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// record records decisions of today about one content.
func (f *fixture) record(resource string, by map[string]ledgerv1.DecisionKind, order ...string) {
	f.t.Helper()
	for _, person := range order {
		_, err := f.in("disbursements", person, asTreasurer, asApprover, asVerifier).Record(f.t.Context(), recordOf(&ledgerv1.DecisionDraft{
			Reference: resource + "/" + by[person].String() + "/" + person, Kind: by[person], Resource: resource,
			Commitment: bytes.Repeat([]byte{7}, 32), Content: postingtest.Content(by[person]),
		}))
		if err != nil {
			f.t.Fatalf("record: %v", err)
		}
	}
}

// decide records the decisions behind round r_1 and plan p_1.
func decide(f *fixture) {
	f.record("allocationRounds/r_1", map[string]ledgerv1.DecisionKind{
		"staff/s_1": ledgerv1.DecisionKind_DECISION_KIND_ROUND_SNAPSHOT,
		"staff/s_2": ledgerv1.DecisionKind_DECISION_KIND_ROUND_COMMITTED,
	}, "staff/s_1", "staff/s_2")
	f.record("paymentPlans/p_1", map[string]ledgerv1.DecisionKind{
		"staff/s_1": ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED,
		"staff/s_2": ledgerv1.DecisionKind_DECISION_KIND_PLAN_APPROVED,
		"staff/s_3": ledgerv1.DecisionKind_DECISION_KIND_PLAN_AUTHORIZED,
		"staff/s_4": ledgerv1.DecisionKind_DECISION_KIND_PLAN_RELEASED,
	}, "staff/s_1", "staff/s_2", "staff/s_3", "staff/s_4")
}

// story books one gift all the way: 50.00 received with a fee of 1.70, 30.00
// cleared, a round of 20.00 that awards 7.00 and 5.00 and gives 8.00 back, both
// awards submitted less 1.00, paid, and 2.00 of the first returned.
func story(f *fixture) {
	decide(f)
	payment := func(n string) string { return "paymentPlans/p_1/payments/y_" + n }
	f.post(postingtest.Gift("donations/d_1", 5000), &ledgerv1.TransactionDraft{
		Reference: "donations/d_1/fee", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE,
		Source: "donations/d_1", OccurredOn: today, Entries: []*ledgerv1.EntryDraft{postingtest.Credit("asset:stripe", 170)},
		Sources: []*ledgerv1.OrderedSources{{Accounts: []string{"fund:general:clearing", "deficit:general"}, Amount: postingtest.Money(170)}},
	}, postingtest.Clearing("clear/1", 3000))
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD, "r_1/hold", "allocationRounds/r_1",
		postingtest.Debit("fund:general:available", 2000), postingtest.Credit("round:r_1:general", 2000)))
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD, "r_1/awards", "allocationRounds/r_1",
		postingtest.Debit("round:r_1:general", 2000), postingtest.Credit("award:w_1", 700), postingtest.Credit("award:w_2", 500), postingtest.Credit("fund:general:available", 800)))
	for n, amount := range map[string]int64{"1": 700, "2": 400} {
		f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED, "payment/y_"+n+"/attempts/1/submit", payment(n),
			postingtest.Debit("award:w_"+n, amount), postingtest.Credit("transit:sepa", amount)))
		f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SETTLED, "payment/y_"+n+"/attempts/1/settle", payment(n),
			postingtest.Debit("transit:sepa", amount), postingtest.Credit("asset:bank:main", amount)))
	}
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_RETURNED, "payment/y_1/attempts/1/return", payment("1"),
		postingtest.Debit("asset:bank:main", 200), postingtest.Credit("award:w_1", 200)))
}
