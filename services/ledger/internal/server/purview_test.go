package server_test

import (
	"bytes"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

func TestAServiceBringsOnlyWhatIsItsBusiness(t *testing.T) {
	t.Parallel()
	f := setup(t)
	decide := func(service string, kind ledgerv1.DecisionKind) error {
		everything := []policyv1.Role{asTreasurer, asApprover, asVerifier, policyv1.Role_ROLE_PROTECTION_OFFICER}
		_, err := f.in(service, "staff/s_1", everything...).Record(t.Context(), recordOf(&ledgerv1.DecisionDraft{
			Reference: service + "/" + kind.String(), Kind: kind, Commitment: bytes.Repeat([]byte{1}, 32), Content: postingtest.Content(kind),
		}))
		return err
	}
	for service, own := range map[string]ledgerv1.DecisionKind{
		"access": ledgerv1.DecisionKind_DECISION_KIND_GRANT_PROPOSED, "families": ledgerv1.DecisionKind_DECISION_KIND_FAMILY_DECIDED,
		"disbursements": ledgerv1.DecisionKind_DECISION_KIND_PLAN_APPROVED, "donations": ledgerv1.DecisionKind_DECISION_KIND_POLICY_PROPOSED,
	} {
		if err := decide(service, own); err != nil {
			t.Errorf("%s may not record %s: %v", service, own, err)
		}
		if service == "disbursements" {
			continue
		}
		err := decide(service, ledgerv1.DecisionKind_DECISION_KIND_PLAN_RELEASED)
		wantFault(t, err, fault.PermissionDenied, "NOT_THIS_SERVICE", "decisions[0].kind")
	}
	_, err := ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: "disbursements"})).Post(t.Context(),
		&ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{
			postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_INTEREST, "interest", "statements/s_1",
				postingtest.Debit("asset:bank:main", 1), postingtest.Credit("fund:operations:available", 1)),
			postingtest.Gift("donations/d_1", 5000),
		}})
	wantFault(t, err, fault.PermissionDenied, "NOT_THIS_SERVICE", "transactions[1].kind")
}

func TestAServiceTakesBackOnlyWhatItMayBring(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("donations/d_1", 5000))
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_BANK_CHARGE, "charge", "statements/s_1",
		postingtest.Debit("deficit:operations", 100), postingtest.Credit("asset:bank:main", 100)))
	reverse := func(original string) error {
		_, err := ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: "donations"})).Reverse(t.Context(),
			&ledgerv1.ReverseRequest{Reference: "undo/" + original, OriginalReference: original, Source: "donations/d_1", OccurredOn: today})
		return err
	}
	wantFault(t, reverse("charge"), fault.PermissionDenied, "NOT_THIS_SERVICE", "originalReference")
	if err := reverse("donations/d_1"); err != nil {
		t.Errorf("its own gift: %v", err)
	}
}

// A call whose caller is not known is not taken for the ledger itself.
func TestACallerWithoutANameBringsNothing(t *testing.T) {
	t.Parallel()
	var books arrivals
	posting := server.NewPosting(&books, nil, time.Now)
	_, err := posting.RecordByRule(t.Context(), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{{
		Reference: "adj", Kind: ledgerv1.DecisionKind_DECISION_KIND_ADJUSTMENT_APPROVED, Resource: "ledger/adjustments/adj_1",
		Person: "staff/s_1", Day: today, Commitment: bytes.Repeat([]byte{1}, 32),
	}}})
	if !fault.Is(err, book.NotThisService) || books != 0 {
		t.Errorf("an approval: %v", err)
	}
	_, err = posting.Reverse(t.Context(), &ledgerv1.ReverseRequest{
		Reference: "undo", OriginalReference: "donations/d_1", Source: "donations/d_1", OccurredOn: today,
	})
	if !fault.Is(err, book.NotThisService) || books != 0 {
		t.Errorf("a reversal: %v", err)
	}
}
