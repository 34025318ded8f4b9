package server_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/uuid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func (f *fixture) adjuster(person string, roles ...policyv1.Role) ledgerv1.AdjustmentServiceClient {
	return ledgerv1.NewAdjustmentServiceClient(f.as(person, roles[0]))
}

func proposal(kind ledgerv1.AdjustmentKind, debit, credit string, minor int64) *ledgerv1.ProposeAdjustmentRequest {
	return &ledgerv1.ProposeAdjustmentRequest{
		Adjustment: &ledgerv1.Adjustment{
			Kind: kind, DebitAccount: debit, CreditAccount: credit, Amount: postingtest.Money(minor), OccurredOn: today,
			EvidenceSha256: bytes.Repeat([]byte{1}, 32),
		},
		RequestId: uuid.NewString(),
	}
}

func TestAdjustmentIsBookedByAnotherPerson(t *testing.T) {
	t.Parallel()
	f := setup(t)
	treasurer := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER)
	same := f.adjuster("staff/s_1", policyv1.Role_ROLE_APPROVER)
	approver := f.adjuster("staff/s_2", policyv1.Role_ROLE_APPROVER)
	ctx := t.Context()

	// Given an opening balance that a treasurer has proposed
	req := proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_OPENING_BALANCE, "equity:opening", "fund:general:available", 10000)
	a, err := treasurer.ProposeAdjustment(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	again, err := treasurer.ProposeAdjustment(ctx, req)
	if err != nil || again.GetName() != a.GetName() {
		t.Errorf("repeat: %v, %v", again, err)
	}
	if got := f.balance("fund:general:available"); got != 0 {
		t.Errorf("before approval: %d", got)
	}

	// When the same person approves it, it is refused
	_, err = same.ApproveAdjustment(ctx, &ledgerv1.ApproveAdjustmentRequest{Name: a.GetName(), RequestId: uuid.NewString()})
	if !fault.Is(err, "SAME_PERSON") {
		t.Errorf("same person: %v", err)
	}

	// And when another does, it is booked with both decisions before it.
	approve := &ledgerv1.ApproveAdjustmentRequest{Name: a.GetName(), RequestId: uuid.NewString()}
	for range 2 {
		a, err = approver.ApproveAdjustment(ctx, approve)
		if err != nil || a.GetState() != ledgerv1.AdjustmentState_ADJUSTMENT_STATE_BOOKED {
			t.Fatalf("approve: %v, %v", a, err)
		}
	}
	if got := f.balance("fund:general:available"); got != 10000 {
		t.Errorf("after approval: %d", got)
	}
	tx, err := f.books().GetTransaction(ctx, &ledgerv1.GetTransactionRequest{Name: a.GetTransaction()})
	if err != nil || tx.GetSource() != a.GetName() || tx.GetSequence() != 2 {
		t.Errorf("transaction: %v, %v", tx, err)
	}
	if _, err = approver.RejectAdjustment(ctx, &ledgerv1.RejectAdjustmentRequest{Name: a.GetName()}); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("reject after booking: %v", err)
	}
}

func TestAdjustmentWithoutMoneyIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx := t.Context()
	a, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(ctx,
		proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_TRANSFER, "fund:general:available", "fund:operations:available", 1))
	if err != nil {
		t.Fatal(err)
	}
	a, err = f.adjuster("staff/s_2", policyv1.Role_ROLE_APPROVER).ApproveAdjustment(ctx,
		&ledgerv1.ApproveAdjustmentRequest{Name: a.GetName(), RequestId: uuid.NewString()})
	if err != nil || a.GetState() != ledgerv1.AdjustmentState_ADJUSTMENT_STATE_REFUSED || a.GetTransaction() != "" {
		t.Errorf("approve: %v, %v", a, err)
	}
	// Whoever looks at it is told why.
	a, err = f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).GetAdjustment(ctx, &ledgerv1.GetAdjustmentRequest{Name: a.GetName()})
	if err != nil || a.GetRefusalReason() != "INSUFFICIENT_FUNDS" || !strings.HasSuffix(a.GetRefusal(), ".") {
		t.Errorf("refused for %q, %q, %v", a.GetRefusalReason(), a.GetRefusal(), err)
	}
}

func TestRunningCostIsCarriedByOperationsThenByItsDeficit(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx := t.Context()
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, "g", "donations/d_1",
		postingtest.Debit("asset:stripe", 100), postingtest.Credit("fund:operations:available", 100)))
	a, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(ctx,
		proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_RUNNING_COST, "", "asset:bank:main", 150))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = f.adjuster("staff/s_2", policyv1.Role_ROLE_APPROVER).ApproveAdjustment(ctx,
		&ledgerv1.ApproveAdjustmentRequest{Name: a.GetName(), RequestId: uuid.NewString()}); err != nil {
		t.Fatal(err)
	}
	if got := f.balance("fund:operations:available"); got != 0 {
		t.Errorf("operations: %d", got)
	}
	if got := f.balance("deficit:operations"); got != -50 {
		t.Errorf("deficit: %d", got)
	}
}

func TestBadProposalsNameTheirField(t *testing.T) {
	t.Parallel()
	f := setup(t)
	treasurer := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER)
	transfer := ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_TRANSFER
	for field, req := range map[string]*ledgerv1.ProposeAdjustmentRequest{
		"adjustment.kind":              proposal(0, "asset:bank:main", "equity:opening", 1),
		"adjustment.debitAccount":      proposal(transfer, "asset:bank:main", "fund:general:available", 1),
		"adjustment.creditAccount":     proposal(transfer, "fund:general:available", "asset:bank:main", 1),
		"adjustment.amount.minorUnits": proposal(transfer, "fund:a:available", "fund:b:available", 0),
	} {
		_, err := treasurer.ProposeAdjustment(t.Context(), req)
		if got := fault.As(err); got == nil || got.Kind != fault.Invalid || len(got.Violations) != 1 || got.Violations[0].Field != field {
			t.Errorf("%s: got %v", field, err)
		}
	}
	req := proposal(transfer, "fund:a:available", "fund:b:available", 1)
	req.Adjustment.EvidenceSha256 = []byte{1}
	if _, err := treasurer.ProposeAdjustment(t.Context(), req); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("short evidence: %v", err)
	}
}

// A number that only looks like a kind when it is cut to the size of one is none.
func TestAnAdjustmentOfNoKindIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for _, kind := range []ledgerv1.AdjustmentKind{0, -1, 8, 1 << 8, 1<<16 + 1} {
		_, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(t.Context(),
			proposal(kind, "asset:bank:main", "equity:opening", 100))
		wantFault(t, err, fault.Invalid, "INVALID_FIELD", "adjustment.kind")
	}
}

func TestAdjustmentsAreListedLatestFirstWithDaysOnly(t *testing.T) {
	t.Parallel()
	f := setup(t)
	ctx := t.Context()
	treasurer := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER)
	var names []string
	for range 3 {
		a, err := treasurer.ProposeAdjustment(ctx,
			proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_TRANSFER, "fund:a:available", "fund:b:available", 1))
		if err != nil {
			t.Fatal(err)
		}
		names = append([]string{a.GetName()}, names...)
	}
	rejected, err := f.adjuster("staff/s_2", policyv1.Role_ROLE_APPROVER).RejectAdjustment(ctx, &ledgerv1.RejectAdjustmentRequest{Name: names[0]})
	if err != nil || rejected.GetProposedOn() != today || rejected.GetDecidedOn() != today {
		t.Errorf("rejected: %v, %v", rejected, err)
	}
	// Who may decide is offered what waits, and nobody else is.
	for who, want := range map[string]int{"staff/s_2": 2, "staff/s_1": 0} {
		list, err := f.adjuster(who, policyv1.Role_ROLE_APPROVER).ListAdjustments(ctx, &ledgerv1.ListAdjustmentsRequest{Filter: "allowed_to_me = true"})
		if err != nil || len(list.GetAdjustments()) != want {
			t.Errorf("offered to %s: %v, %v", who, list, err)
		}
	}
	token := ""
	for _, name := range names {
		list, err := treasurer.ListAdjustments(ctx, &ledgerv1.ListAdjustmentsRequest{PageSize: 1, PageToken: token})
		if err != nil || len(list.GetAdjustments()) != 1 || list.GetAdjustments()[0].GetName() != name {
			t.Fatalf("page of %s: %v, %v", name, list, err)
		}
		token = list.GetNextPageToken()
	}
	if token != "" {
		t.Error("there is a page after the last")
	}
}

// TestACouriersCashIsAdvancedBroughtBackAndLost by two people each time; what is lost the
// reserve carries, not the families.
func TestACouriersCashIsAdvancedBroughtBackAndLost(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, "g", "donations/d_1",
		postingtest.Debit("asset:stripe", 100), postingtest.Credit("fund:reserve:available", 100)))
	const courier, bank = "asset:cash:courier", "asset:bank:main"
	for _, step := range []struct {
		kind          ledgerv1.AdjustmentKind
		debit, credit string
		minor, held   int64
	}{
		{ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_CASH_ADVANCE, courier, bank, 700, 700},
		{ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_CASH_REST, bank, courier, 200, 500},
		{ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_CASH_LOST, "", courier, 500, 0},
	} {
		a, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(t.Context(), proposal(step.kind, step.debit, step.credit, step.minor))
		if err != nil {
			t.Fatalf("%s: %v", step.kind, err)
		}
		approve := &ledgerv1.ApproveAdjustmentRequest{Name: a.GetName(), RequestId: uuid.NewString()}
		if _, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_APPROVER).ApproveAdjustment(t.Context(), approve); !fault.Is(err, fault.ReasonSamePerson) {
			t.Errorf("%s by one: %v", step.kind, err)
		}
		a, err = f.adjuster("staff/s_2", policyv1.Role_ROLE_APPROVER).ApproveAdjustment(t.Context(), approve)
		if err != nil || a.GetState() != ledgerv1.AdjustmentState_ADJUSTMENT_STATE_BOOKED {
			t.Fatalf("%s: %v, %v", step.kind, a, err)
		}
		if got := f.balance(courier); got != -step.held {
			t.Errorf("%s: the courier holds %d", step.kind, -got)
		}
	}
	if reserve, deficit := f.balance("fund:reserve:available"), f.balance("deficit:reserve"); reserve != 0 || deficit != -400 {
		t.Errorf("reserve %d, deficit %d", reserve, deficit)
	}
}
