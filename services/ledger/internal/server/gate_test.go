package server_test

import (
	"testing"

	"github.com/google/uuid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

// A ledger that is behind what was published of it books nothing and takes no decision,
// whoever asks; reading goes on.
func TestALedgerThatIsBehindBooksNothing(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx := t.Context()
	f.post(postingtest.Gift("g/1", 100))
	a, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(ctx,
		proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_OPENING_BALANCE, "equity:opening", "fund:general:available", 10000))
	if err != nil {
		t.Fatal(err)
	}
	before, err := f.log().GetCheckpoint(ctx, &ledgerv1.GetCheckpointRequest{})
	if err != nil {
		t.Fatal(err)
	}
	f.gate.Refuse()

	_, post := f.posting().Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{postingtest.Gift("g/2", 100)}})
	_, reverse := f.posting().Reverse(ctx, &ledgerv1.ReverseRequest{
		Reference: "g/1/reverse", OriginalReference: "g/1", Source: "donations/d_1", OccurredOn: today,
	})
	_, record := f.in("disbursements", "staff/s_1", asTreasurer).Record(ctx, recordOf(&ledgerv1.DecisionDraft{
		Reference: "rounds/1/snapshot", Kind: ledgerv1.DecisionKind_DECISION_KIND_ROUND_SNAPSHOT, Resource: "allocationRounds/r_1",
		Commitment: make([]byte, 32),
	}))
	_, approve := f.adjuster("staff/s_2", policyv1.Role_ROLE_APPROVER).ApproveAdjustment(ctx,
		&ledgerv1.ApproveAdjustmentRequest{Name: a.GetName(), RequestId: uuid.NewString()})
	_, propose := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(ctx,
		proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_OPENING_BALANCE, "equity:opening", "fund:general:available", 1))
	_, closing := f.closer("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposePeriodClose(ctx, proposeClose("2026-11-15"))
	for name, err := range map[string]error{"post": post, "reverse": reverse, "record": record, "approve": approve, "propose": propose, "close": closing} {
		if !fault.Is(err, publish.Behind) || !fault.OfKind(err, fault.Unavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, err = f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).GetAdjustment(ctx, &ledgerv1.GetAdjustmentRequest{Name: a.GetName()})
	if err != nil || a.GetState() != ledgerv1.AdjustmentState_ADJUSTMENT_STATE_PROPOSED {
		t.Errorf("after the refusals: %v, %v", a, err)
	}
	if got := f.balance("fund:general:clearing"); got != 100 {
		t.Errorf("balance: %d", got)
	}
	after, err := f.log().GetCheckpoint(ctx, &ledgerv1.GetCheckpointRequest{})
	if err != nil || after.GetTreeSize() != before.GetTreeSize() || len(after.GetKeys()) != 1 || after.GetKeys()[0].GetVerifierKey() != after.GetVerifierKey() {
		t.Errorf("checkpoint: %v, %v", after, err)
	}
}
