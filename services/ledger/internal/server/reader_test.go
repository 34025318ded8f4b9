package server_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestEntriesAreListedByFilterPageAfterPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	fill(f)
	f.post(postingtest.Clearing("clear/1", 700))

	// When the fund's clearing account is read in pages of 250
	req := &ledgerv1.ListEntriesRequest{Filter: `account = "fund:general:clearing" AND kind = "DONATION"`, PageSize: 250}
	var got []*ledgerv1.Entry
	for pages := 0; ; pages++ {
		resp, err := f.books().ListEntries(t.Context(), req)
		if err != nil || pages > 3 {
			t.Fatalf("page %d: %v", pages, err)
		}
		got = append(got, resp.GetEntries()...)
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}

	// Then every gift is there once, in order, with its running balance.
	if len(got) != 600 {
		t.Fatalf("got %d entries, want 600", len(got))
	}
	for i, e := range got {
		if e.GetSequence() != int64(i) || e.GetBalanceAfter() != int64(i+1)*100 || e.GetNumber() != 2 {
			t.Fatalf("entry %d: %v", i, e)
		}
	}
}

func TestTokenOfOneListIsRefusedByAnother(t *testing.T) {
	t.Parallel()
	f := setup(t)
	fill(f)
	first, err := f.books().ListTransactions(t.Context(), &ledgerv1.ListTransactionsRequest{PageSize: 1})
	if err != nil || len(first.GetTransactions()) != 1 || first.GetNextPageToken() == "" {
		t.Fatalf("first page: %v, %v", first, err)
	}
	_, err = f.books().ListTransactions(t.Context(), &ledgerv1.ListTransactionsRequest{
		PageToken: first.GetNextPageToken(), Filter: `source = "donations/d_1"`,
	})
	if got := fault.As(err); got == nil || got.Kind != fault.Invalid || got.Violations[0].Field != "pageToken" {
		t.Errorf("got %v", err)
	}
}

func TestBalancesNowAtASequenceAndAtADate(t *testing.T) {
	t.Parallel()
	f := setup(t)
	late := postingtest.Gift("g/2", 30)
	late.OccurredOn = "2026-11-20"
	f.post(postingtest.Gift("g/1", 100), late, postingtest.Clearing("c/1", 50))
	one, two := int64(0), int64(1)

	for name, c := range map[string]struct {
		req  *ledgerv1.ListAccountsRequest
		want map[string]int64
	}{
		"now":         {&ledgerv1.ListAccountsRequest{}, map[string]int64{"asset:stripe": -130, "fund:general:available": 50, "fund:general:clearing": 80}},
		"by prefix":   {&ledgerv1.ListAccountsRequest{Prefix: "fund:general:c"}, map[string]int64{"fund:general:clearing": 80}},
		"at sequence": {&ledgerv1.ListAccountsRequest{Sequence: &one}, map[string]int64{"asset:stripe": -100, "fund:general:clearing": 100}},
		"next":        {&ledgerv1.ListAccountsRequest{Sequence: &two}, map[string]int64{"asset:stripe": -130, "fund:general:clearing": 130}},
		"at date":     {&ledgerv1.ListAccountsRequest{Date: "2026-11-23"}, map[string]int64{"asset:stripe": -30, "fund:general:clearing": 30}},
		"before all":  {&ledgerv1.ListAccountsRequest{Date: "2026-11-19"}, map[string]int64{}},
	} {
		resp, err := f.books().ListAccounts(t.Context(), c.req)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := map[string]int64{}
		for _, a := range resp.GetAccounts() {
			got[a.GetPath()] = a.GetBalance()
			known := a.Debits != nil && a.Credits != nil && a.GetCredits()-a.GetDebits() == a.GetBalance()
			if unsaid := a.Debits == nil && a.Credits == nil; unsaid != (c.req.Sequence != nil) || !unsaid && !known {
				t.Errorf("%s: %v", name, a)
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTrialBalanceSumsUpAwardsAndBalances(t *testing.T) {
	t.Parallel()
	f := setup(t)
	story(f)
	resp, err := f.books().GetTrialBalance(t.Context(), &ledgerv1.GetTrialBalanceRequest{Date: today})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, l := range resp.GetLines() {
		got[l.GetPath()] = l.GetBalance()
	}
	want := map[string]int64{
		"asset:stripe": -4830, "asset:bank:main": 900, "award:*": 300,
		"fund:general:available": 1800, "fund:general:clearing": 1830, "round:*": 0, "transit:sepa": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	totals := resp.GetTotals()
	if len(totals) != 1 || totals[0].GetDebits() != totals[0].GetCredits() {
		t.Errorf("totals: %v", totals)
	}
}

func TestFundStatementTellsWhatBecameOfGifts(t *testing.T) {
	t.Parallel()
	f := setup(t)
	story(f)
	got, err := f.books().GetFundStatement(t.Context(), &ledgerv1.GetFundStatementRequest{Fund: "general", FirstDay: today})
	if err != nil {
		t.Fatal(err)
	}
	want := &ledgerv1.FundStatementFigures{
		CurrencyCode: "EUR", Received: 5000, Fees: 170, Cleared: 3000,
		Awarded: 2000, Released: 800, Paid: 1100, Returned: 200, Closing: 3630,
	}
	if diff := cmp.Diff([]*ledgerv1.FundStatementFigures{want}, got.GetFigures(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
}

func TestTraceWalksFromPaymentToFund(t *testing.T) {
	t.Parallel()
	f := setup(t)
	story(f)
	resp, err := f.books().TraceSource(t.Context(), &ledgerv1.TraceSourceRequest{Source: "paymentPlans/p_1/payments/y_1"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, tx := range resp.GetTransactions() {
		got = append(got, tx.GetReference())
	}
	want := []string{"r_1/hold", "r_1/awards", "payment/y_1/attempts/1/submit", "payment/y_1/attempts/1/settle", "payment/y_1/attempts/1/return"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecisionsAreListedByResource(t *testing.T) {
	t.Parallel()
	f := setup(t)
	story(f)
	resp, err := f.books().ListDecisions(t.Context(), &ledgerv1.ListDecisionsRequest{Filter: `resource = "paymentPlans/p_1" AND kind != "PLAN_LOCKED"`})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range resp.GetDecisions() {
		got = append(got, d.GetKind().String()+" "+d.GetPerson())
	}
	want := []string{
		"DECISION_KIND_PLAN_APPROVED staff/s_2", "DECISION_KIND_PLAN_AUTHORIZED staff/s_3", "DECISION_KIND_PLAN_RELEASED staff/s_4",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Transactions and decisions share one sequence: what stands at a place is read under
// its own name only.
func TestWhatStandsAtAPlaceIsReadByItsName(t *testing.T) {
	t.Parallel()
	f := setup(t)
	decide(f)
	f.post(postingtest.Gift("g/1", 100))
	decisions, err := f.books().ListDecisions(t.Context(), &ledgerv1.ListDecisionsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range decisions.GetDecisions() {
		got, err := f.books().GetDecision(t.Context(), &ledgerv1.GetDecisionRequest{Name: want.GetName()})
		if diff := cmp.Diff(want, got, protocmp.Transform()); err != nil || diff != "" {
			t.Error(err, diff)
		}
	}
	n := len(decisions.GetDecisions())
	for _, id := range []string{strconv.Itoa(n), strconv.Itoa(n + 1), "-1", "00", "99999999999999999999", "x"} {
		if _, err := f.books().GetDecision(t.Context(), &ledgerv1.GetDecisionRequest{Name: "ledger/decisions/" + id}); !fault.Is(err, "NOT_FOUND") {
			t.Errorf("decision %s: %v", id, err)
		}
	}
	for _, id := range []string{"0", "-1", "00", "x"} {
		if _, err := f.books().GetTransaction(t.Context(), &ledgerv1.GetTransactionRequest{Name: "ledger/transactions/" + id}); !fault.Is(err, "NOT_FOUND") {
			t.Errorf("transaction %s: %v", id, err)
		}
	}
	_, err = f.books().GetDecision(t.Context(), &ledgerv1.GetDecisionRequest{Name: "ledger/transactions/0"})
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "name")
}

// TestPagesOfAnAuditorAreFullOfWhatTheyLookAt has an engagement of some days, and entries
// beyond them that would fill the first pages.
func TestPagesOfAnAuditorAreFullOfWhatTheyLookAt(t *testing.T) {
	t.Parallel()
	f := setup(t)
	now, err := time.Parse(time.DateOnly, today)
	if err != nil {
		t.Fatal(err)
	}
	day := func(ago int) string { return now.AddDate(0, 0, -ago).Format(time.DateOnly) }
	for ago := range 4 {
		d := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, "g/"+day(ago), "donations/d_1",
			postingtest.Debit("asset:stripe", 100), postingtest.Credit("fund:general:clearing", 100))
		d.OccurredOn = day(ago)
		f.post(d)
	}
	books := ledgerv1.NewLedgerServiceClient(f.bench.As(identity.Caller{
		Service: "gateway", Person: "staff/s_auditor", Roles: []policyv1.Role{policyv1.Role_ROLE_AUDITOR}, Engagement: &identity.Terms{First: day(3), Last: day(2)},
	}))
	page, err := books.ListTransactions(t.Context(), &ledgerv1.ListTransactionsRequest{PageSize: 2, Filter: `kind = "DONATION"`})
	if err != nil || len(page.GetTransactions()) != 2 || page.GetNextPageToken() != "" {
		t.Errorf("transactions: %v, %v", page, err)
	}
	entries, err := books.ListEntries(t.Context(), &ledgerv1.ListEntriesRequest{PageSize: 4})
	if err != nil || len(entries.GetEntries()) != 4 || entries.GetNextPageToken() != "" {
		t.Errorf("entries: %v, %v", entries, err)
	}
	decisions, err := books.ListDecisions(t.Context(), &ledgerv1.ListDecisionsRequest{PageSize: 1})
	if err != nil || len(decisions.GetDecisions()) != 0 || decisions.GetNextPageToken() != "" {
		t.Errorf("decisions: %v, %v", decisions, err)
	}
}
