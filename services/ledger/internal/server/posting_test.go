package server_test

import (
	"testing"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestPostBooksAllOrNone(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("donations/d_1", 5000))

	// When a call holds one good transaction and one that overdraws a fund
	_, err := f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{
		postingtest.Clearing("clear/1", 3000), postingtest.Clearing("clear/2", 3000),
	}})

	// Then it is refused by the place in the call, and nothing of it stays.
	wantFault(t, err, fault.Precondition, "INSUFFICIENT_FUNDS", "transactions[1].entries[0]")
	if got := f.balance("fund:general:available"); got != 0 {
		t.Errorf("available: got %d, want 0", got)
	}
	if got := f.balance("fund:general:clearing"); got != 5000 {
		t.Errorf("clearing: got %d, want 5000", got)
	}
}

func TestFirstGiftWithFeeBooksTheFeeAsDeficit(t *testing.T) {
	t.Parallel()
	f := setup(t)

	// Given the first gift ever, to a fund that promises 100 %, and empty operations
	resp := f.post(postingtest.Gift("donations/d_1", 5000), &ledgerv1.TransactionDraft{
		Reference: "donations/d_1/fee", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE,
		Source: "donations/d_1", OccurredOn: today,
		Entries: []*ledgerv1.EntryDraft{postingtest.Credit("asset:stripe", 170)},
		Sources: []*ledgerv1.OrderedSources{{Accounts: []string{"fund:operations:available", "deficit:general"}, Amount: postingtest.Money(170)}},
	})

	// Then the fee stands as a deficit and nothing was refused.
	fee := resp.GetTransactions()[1]
	if n := len(fee.GetEntries()); n != 2 || fee.GetEntries()[1].GetAccount() != "deficit:general" {
		t.Errorf("entries of the fee: %v", fee.GetEntries())
	}
	if got := f.balance("deficit:general"); got != -170 {
		t.Errorf("deficit: got %d, want -170", got)
	}
	if got := f.balance("asset:stripe"); got != -4830 {
		t.Errorf("asset: got %d, want -4830", got)
	}
}

func TestRepeatGivesTheFirstResultAndAnotherContentIsNamed(t *testing.T) {
	t.Parallel()
	f := setup(t)
	first := f.post(postingtest.Gift("donations/d_1", 5000))

	again := f.post(postingtest.Gift("donations/d_1", 5000))
	if !again.GetReplayed()[0] || again.GetTransactions()[0].GetName() != first.GetTransactions()[0].GetName() {
		t.Errorf("repeat: got %v", again)
	}

	_, err := f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{postingtest.Gift("donations/d_1", 5001)}})
	wantFault(t, err, fault.AlreadyExists, "REFERENCE_CONFLICT", "transactions[0].entries[0].amount.minorUnits")
}

func TestReverseBooksTheCounterTransactionOnce(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("donations/d_1", 5000))
	req := &ledgerv1.ReverseRequest{Reference: "r/1", OriginalReference: "donations/d_1", Source: "donations/d_1", OccurredOn: today}

	first, err := f.posting().Reverse(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if first.GetReplayed() || first.GetTransaction().GetReverses() != "donations/d_1" || f.balance("asset:stripe") != 0 {
		t.Errorf("reversal: %v, asset %d", first, f.balance("asset:stripe"))
	}
	again, err := f.posting().Reverse(t.Context(), req)
	if err != nil || !again.GetReplayed() {
		t.Errorf("repeat: %v, %v", again, err)
	}
	req.Reference = "r/2"
	_, err = f.posting().Reverse(t.Context(), req)
	wantFault(t, err, fault.Precondition, "ALREADY_REVERSED", "originalReference")
	req.Reference, req.OriginalReference = "r/3", "nothing"
	if _, err = f.posting().Reverse(t.Context(), req); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("reverse of nothing: %v", err)
	}
}

func TestBadPostingsNameTheirField(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for field, change := range map[string]func(*ledgerv1.TransactionDraft){
		"transactions[0].reference":                      func(d *ledgerv1.TransactionDraft) { d.Reference = "" },
		"transactions[0].kind":                           func(d *ledgerv1.TransactionDraft) { d.Kind = 77 },
		"transactions[0].source":                         func(d *ledgerv1.TransactionDraft) { d.Source = "a b" },
		"transactions[0].occurredOn":                     func(d *ledgerv1.TransactionDraft) { d.OccurredOn = "24.11.2026" },
		"transactions[0].entries":                        func(d *ledgerv1.TransactionDraft) { d.Entries[0].Amount = postingtest.Money(4999) },
		"transactions[0].entries[0].account":             func(d *ledgerv1.TransactionDraft) { d.Entries[0].Account = "asset:gold" },
		"transactions[0].entries[0].side":                func(d *ledgerv1.TransactionDraft) { d.Entries[0].Side = 0 },
		"transactions[0].entries[0].amount.minorUnits":   func(d *ledgerv1.TransactionDraft) { d.Entries[0].Amount = postingtest.Money(-1) },
		"transactions[0].entries[0].amount.currencyCode": func(d *ledgerv1.TransactionDraft) { d.Entries[0].Amount.CurrencyCode = "DEM" },
		"transactions[0].reverses":                       func(d *ledgerv1.TransactionDraft) { d.Reverses = "x" },
		"transactions[0].sources[0].accounts": func(d *ledgerv1.TransactionDraft) {
			d.Sources = []*ledgerv1.OrderedSources{{Amount: postingtest.Money(1)}}
		},
	} {
		d := postingtest.Gift("g", 5000)
		change(d)
		_, err := f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{d}})
		got := fault.As(err)
		if got == nil || got.Kind != fault.Invalid || len(got.Violations) != 1 || got.Violations[0].Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	h, err := f.store.DurableHead(t.Context())
	if err != nil || h.Size != 0 {
		t.Errorf("head after bad postings: %+v, %v", h, err)
	}
}

func TestPostingIsForServicesOnly(t *testing.T) {
	t.Parallel()
	f := setup(t)
	treasurer := ledgerv1.NewPostingServiceClient(f.as("staff/s_1", policyv1.Role_ROLE_TREASURER))
	_, err := treasurer.Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{postingtest.Gift("g", 1)}})
	if !fault.OfKind(err, fault.PermissionDenied) {
		t.Errorf("treasurer posts: %v", err)
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, reason fault.Reason, field string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || f.Kind != kind || f.Reason != reason || len(f.Violations) != 1 || f.Violations[0].Field != field {
		t.Errorf("got %v, want %s at %s", err, reason, field)
	}
}

func TestMoneyMovesOnlyAfterItsDecisions(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("g", 5000), postingtest.Clearing("c", 5000))
	hold := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD, "hold", "allocationRounds/r_1",
		postingtest.Debit("fund:general:available", 2000), postingtest.Credit("round:r_1:general", 2000))
	award := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD, "award", "allocationRounds/r_1",
		postingtest.Debit("round:r_1:general", 2000), postingtest.Credit("award:w_1", 2000))
	submit := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED, "submit", "paymentPlans/p_1/payments/y_1",
		postingtest.Debit("award:w_1", 2000), postingtest.Credit("transit:sepa", 2000))
	drafts := &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{hold, award, submit}}

	_, err := f.posting().Post(t.Context(), drafts)
	wantFault(t, err, fault.Precondition, "DECISIONS_MISSING", "transactions[0].source")
	decide(f)
	if _, err := f.posting().Post(t.Context(), drafts); err != nil {
		t.Errorf("after the decisions: %v", err)
	}

	// And a plan that is locked anew needs all its steps anew.
	f.record("paymentPlans/p_1", map[string]ledgerv1.DecisionKind{"staff/s_9": ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED}, "staff/s_9")
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_FAILED, "failed", "paymentPlans/p_1/payments/y_1",
		postingtest.Debit("transit:sepa", 2000), postingtest.Credit("award:w_1", 2000)))
	submit.Reference = "submit/2"
	_, err = f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{submit}})
	wantFault(t, err, fault.Precondition, "DECISIONS_MISSING", "transactions[0].source")
}

func TestAnEmergencyIsGrantedByTwoAndPaidByItsRelease(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, "g", "donations/d_1",
		postingtest.Debit("asset:stripe", 300), postingtest.Credit("fund:emergency:available", 300)))
	grant := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_EMERGENCY_GRANT, "emergencyGrants/e_9/grant", "emergencyGrants/e_9",
		postingtest.Debit("fund:emergency:available", 300), postingtest.Credit("award:w_9", 300))
	submit := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED, "s", "paymentPlans/p_9/payments/y_9",
		postingtest.Debit("award:w_9", 300), postingtest.Credit("transit:manual", 300))
	missing := func(d *ledgerv1.TransactionDraft) {
		t.Helper()
		_, err := f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{d}})
		wantFault(t, err, fault.Precondition, "DECISIONS_MISSING", "transactions[0].source")
	}
	for _, person := range []string{"staff/s_1", "staff/s_2"} {
		missing(grant)
		f.record("emergencyGrants/e_9", map[string]ledgerv1.DecisionKind{person: ledgerv1.DecisionKind_DECISION_KIND_EMERGENCY_APPROVED}, person)
	}
	f.post(grant)
	missing(submit)
	f.record("paymentPlans/p_9", map[string]ledgerv1.DecisionKind{"staff/s_1": ledgerv1.DecisionKind_DECISION_KIND_PLAN_RELEASED}, "staff/s_1")
	f.post(submit)
}
