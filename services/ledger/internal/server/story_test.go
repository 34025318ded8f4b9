package server_test

import (
	"bytes"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
)

// record records decisions of today about one content.
func (f *fixture) record(resource string, by map[string]ledgerv1.DecisionKind, order ...string) {
	f.t.Helper()
	var drafts []*ledgerv1.DecisionDraft
	for _, person := range order {
		drafts = append(drafts, &ledgerv1.DecisionDraft{
			Reference: resource + "/" + by[person].String() + "/" + person, Kind: by[person], Resource: resource,
			Person: person, Day: today, Commitment: bytes.Repeat([]byte{7}, 32),
		})
	}
	if _, err := f.posting().Record(f.t.Context(), &ledgerv1.RecordRequest{Decisions: drafts}); err != nil {
		f.t.Fatalf("record: %v", err)
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
	f.post(gift("donations/d_1", 5000), &ledgerv1.TransactionDraft{
		Reference: "donations/d_1/fee", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE,
		Source: "donations/d_1", OccurredOn: today, Entries: []*ledgerv1.EntryDraft{credit("asset:stripe", 170)},
		Sources: []*ledgerv1.OrderedSources{{Accounts: []string{"fund:general:clearing", "deficit:general"}, Amount: eur(170)}},
	}, clearing("clear/1", 3000))
	f.post(draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD, "r_1/hold", "allocationRounds/r_1",
		debit("fund:general:available", 2000), credit("round:r_1:general", 2000)))
	f.post(draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD, "r_1/awards", "allocationRounds/r_1",
		debit("round:r_1:general", 2000), credit("award:w_1", 700), credit("award:w_2", 500), credit("fund:general:available", 800)))
	for n, amount := range map[string]int64{"1": 700, "2": 400} {
		f.post(draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED, "payment/y_"+n+"/attempts/1/submit", payment(n),
			debit("award:w_"+n, amount), credit("transit:sepa", amount)))
		f.post(draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SETTLED, "payment/y_"+n+"/attempts/1/settle", payment(n),
			debit("transit:sepa", amount), credit("asset:bank:main", amount)))
	}
	f.post(draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_RETURNED, "payment/y_1/attempts/1/return", payment("1"),
		debit("asset:bank:main", 200), credit("award:w_1", 200)))
}
