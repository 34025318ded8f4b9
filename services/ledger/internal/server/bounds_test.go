package server_test

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/uuid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// fill books as much on an account as there may be.
func (f *fixture) fill(account string) {
	f.t.Helper()
	var drafts []*ledgerv1.TransactionDraft
	for i := range book.MaxSum / book.MaxAmount {
		drafts = append(drafts, postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE, fmt.Sprintf("%s/%d", account, i), "donations/d_1",
			postingtest.Debit(account, book.MaxAmount), postingtest.Credit("suspense:"+strings.ReplaceAll(account, ":", "-"), book.MaxAmount)))
	}
	f.post(drafts...)
}

func TestTheLargestAmountsCannotKeepReportsFromBeingMade(t *testing.T) {
	t.Parallel()
	f := setup(t)
	suspense := ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE
	_, err := f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{
		postingtest.Draft(suspense, "largest", "donations/d_1", postingtest.Debit("asset:bank:a", math.MaxInt64), postingtest.Credit("suspense:main", math.MaxInt64)),
	}})
	wantFault(t, err, fault.Invalid, book.AmountOverflow, "transactions[0].entries[0].amount.minorUnits")

	f.fill("asset:bank:a")
	f.fill("asset:bank:b")
	_, err = f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{
		postingtest.Draft(suspense, "more", "donations/d_1", postingtest.Debit("asset:bank:a", 1), postingtest.Credit("suspense:main", 1)),
	}})
	wantFault(t, err, fault.Invalid, book.AmountOverflow, "transactions[0].entries[0]")
	_, err = f.posting().Reverse(t.Context(), &ledgerv1.ReverseRequest{
		Reference: "back", OriginalReference: "nothing", Source: "donations/d_1", OccurredOn: today,
	})
	wantFault(t, err, fault.NotFound, "NOT_FOUND", "originalReference")

	trial, err := f.books().GetTrialBalance(t.Context(), &ledgerv1.GetTrialBalanceRequest{})
	if err != nil || trial.GetTotals()[0].GetDebits() != 2*book.MaxSum {
		t.Errorf("trial balance: %v, %v", trial, err)
	}
	if _, err := f.books().GetIncomeStatement(t.Context(), &ledgerv1.GetIncomeStatementRequest{}); err != nil {
		t.Errorf("income statement: %v", err)
	}
}

func TestASumThatDoesNotFitIsARefusalAndNoDefect(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("g", 5000))
	set := func(column, pool string) {
		if _, err := f.db.Pool.Exec(t.Context(), `UPDATE pool_totals SET `+column+` = $1 WHERE pool LIKE $2`, int64(math.MaxInt64), pool); err != nil {
			t.Fatal(err)
		}
	}
	set("debits", "asset:%")
	set("credits", "fund:%")
	if _, err := f.books().GetIncomeStatement(t.Context(), &ledgerv1.GetIncomeStatementRequest{}); !fault.Is(err, book.AmountOverflow) {
		t.Errorf("income statement: %v", err)
	}
	set("debits", "fund:%")
	if _, err := f.books().GetTrialBalance(t.Context(), &ledgerv1.GetTrialBalanceRequest{}); !fault.Is(err, book.AmountOverflow) {
		t.Errorf("trial balance: %v", err)
	}
}

func TestBalancesAreReadAfterLeavesThatAreThereOnly(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.post(postingtest.Gift("g", 5000))
	for sequence, good := range map[int64]bool{-1: false, 0: true, 1: false, math.MaxInt64: false} {
		_, err := f.books().ListAccounts(t.Context(), &ledgerv1.ListAccountsRequest{Sequence: &sequence})
		if good && err != nil {
			t.Errorf("%d: %v", sequence, err)
		}
		if !good {
			wantFault(t, err, fault.Invalid, "INVALID_FIELD", "sequence")
		}
	}
}

func TestServicesCannotTakeTheReferencesOfTheLedgerItself(t *testing.T) {
	t.Parallel()
	f := setup(t)
	_, err := f.posting().Post(t.Context(), &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{
		postingtest.Gift("g", 1), postingtest.Gift("ledger/adjustments/adj_1", 1),
	}})
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "transactions[1].reference")
	f.post(postingtest.Gift("g", 1))
	_, err = f.posting().Reverse(t.Context(), &ledgerv1.ReverseRequest{
		Reference: "ledger/x", OriginalReference: "g", Source: "donations/d_1", OccurredOn: today,
	})
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "reference")
	families := ledgerv1.NewPostingServiceClient(f.bench.As(identity.Caller{Service: "families"}))
	_, err = families.RecordByRule(t.Context(), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{{
		Reference: "ledger/periods/prd_1/closed", Kind: ledgerv1.DecisionKind_DECISION_KIND_FAMILY_DECIDED, Commitment: bytes.Repeat([]byte{1}, 32),
	}}})
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "decisions[0].reference")
}

func TestWhatWasBookedInACurrencyThatIsNoMoreIsRead(t *testing.T) {
	t.Parallel()
	f := setup(t)
	read := func(currency string) error {
		_, err := f.posting().GetBalances(t.Context(), &ledgerv1.GetBalancesRequest{
			Accounts: []*ledgerv1.AccountKey{{Path: "asset:stripe", CurrencyCode: currency}},
		})
		return err
	}
	if err := read("BGN"); err != nil {
		t.Error(err)
	}
	wantFault(t, read("DEM"), fault.Invalid, "INVALID_FIELD", "accounts[0].currencyCode")
}

// propose returns the name of a new adjustment that puts money into a bank.
func (f *fixture) propose(bank string) string {
	f.t.Helper()
	a, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(f.t.Context(),
		proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_OPENING_BALANCE, bank, "equity:opening", 1))
	if err != nil {
		f.t.Fatal(err)
	}
	return a.GetName()
}

// An approval that can never be booked is over: nobody tries for ever.
func TestAnAdjustmentThatTheBooksRefuseForGoodIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	f.fill("asset:bank:full")
	full, taken := f.propose("asset:bank:full"), f.propose("asset:bank:main")
	u, err := book.NewUnit([]book.Decision{{
		Reference: taken, Kind: leaf.DecisionRoundSnapshot, Day: leaf.DayOf(f.now), Commitment: [32]byte{1},
	}}, nil, leaf.DayOf(f.now))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.store.Batch(t.Context(), []book.Unit{u}, store.Memory{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{full, taken} {
		a, err := f.adjuster("staff/s_2", policyv1.Role_ROLE_APPROVER).ApproveAdjustment(t.Context(),
			&ledgerv1.ApproveAdjustmentRequest{Name: name, RequestId: uuid.NewString()})
		if err != nil || a.GetState() != ledgerv1.AdjustmentState_ADJUSTMENT_STATE_REFUSED {
			t.Errorf("approve: %v, %v", a, err)
		}
	}
}
