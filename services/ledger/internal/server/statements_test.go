package server_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// month books a gift of 50.00 with a fee of 1.70 in October and, in November, one
// of 10.00 by bank, a charge of 0.30 and a refund of 5.00 that is not confirmed.
func month(f *fixture) {
	kind := func(name string) ledgerv1.TransactionKind {
		return ledgerv1.TransactionKind(ledgerv1.TransactionKind_value["TRANSACTION_KIND_"+name])
	}
	first := postingtest.Gift("gift/1", 5000)
	fee := postingtest.Draft(kind("PROCESSING_FEE"), "gift/1/fee", "donations/d_1", postingtest.Debit("fund:general:clearing", 170), postingtest.Credit("asset:stripe", 170))
	first.OccurredOn, fee.OccurredOn = "2026-10-31", "2026-10-31"
	f.post(first, fee,
		postingtest.Draft(kind("BANK_GIFT"), "gift/2", "donations/d_2", postingtest.Debit("asset:bank:main", 1000), postingtest.Credit("fund:general:clearing", 1000)),
		postingtest.Draft(kind("REFUND_STARTED"), "gift/1/refund", "donations/d_1", postingtest.Debit("fund:general:clearing", 500), postingtest.Credit("transit:refunds", 500)))
	if _, err := (routed{f.posting(), f}).disbursements().Post(f.t.Context(), &ledgerv1.PostRequest{
		Transactions: []*ledgerv1.TransactionDraft{postingtest.Draft(kind("BANK_CHARGE"), "line/1", "bankLines/b_1",
			postingtest.Debit("fund:general:clearing", 30), postingtest.Credit("asset:bank:main", 30))},
	}); err != nil {
		f.t.Fatal(err)
	}
}

func TestIncomeStatementSaysWhatTheFundsGotAndSpent(t *testing.T) {
	t.Parallel()
	f := setup(t)
	month(f)
	got, err := f.books().GetIncomeStatement(t.Context(), &ledgerv1.GetIncomeStatementRequest{FirstDay: "2026-11-01", LastDay: "2026-11-30"})
	if err != nil {
		t.Fatal(err)
	}
	line := func(name ledgerv1.IncomeStatementLineName, section ledgerv1.IncomeStatementSection, minor int64) *ledgerv1.IncomeStatementLine {
		return &ledgerv1.IncomeStatementLine{Name: name, Section: section, MinorUnits: minor}
	}
	want := &ledgerv1.IncomeStatement{FirstDay: "2026-11-01", LastDay: "2026-11-30", Figures: []*ledgerv1.IncomeStatementFigures{{
		CurrencyCode: "EUR", Opening: 4830, Closing: 5300, Income: 500, Management: 30, Expense: 30,
		Lines: []*ledgerv1.IncomeStatementLine{
			line(ledgerv1.IncomeStatementLineName_INCOME_STATEMENT_LINE_NAME_BANK_GIFTS, ledgerv1.IncomeStatementSection_INCOME_STATEMENT_SECTION_INCOME, 1000),
			line(ledgerv1.IncomeStatementLineName_INCOME_STATEMENT_LINE_NAME_REFUNDS, ledgerv1.IncomeStatementSection_INCOME_STATEMENT_SECTION_INCOME, -500),
			line(ledgerv1.IncomeStatementLineName_INCOME_STATEMENT_LINE_NAME_BANK_CHARGES, ledgerv1.IncomeStatementSection_INCOME_STATEMENT_SECTION_MANAGEMENT, 30),
		},
		Positions: []*ledgerv1.IncomeStatementPosition{
			{Name: "fund", Funds: true, Balance: 5300}, {Name: "asset", Balance: -5800}, {Name: "refund", Balance: 500},
		},
	}}}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	// All of it is what October and November come to.
	all, err := f.books().GetIncomeStatement(t.Context(), &ledgerv1.GetIncomeStatementRequest{})
	if err != nil || len(all.GetFigures()) != 1 {
		t.Fatal(all, err)
	}
	if x := all.GetFigures()[0]; x.GetOpening() != 0 || x.GetClosing() != 5300 || x.GetFundraising() != 170 || x.GetIncome() != 5500 {
		t.Errorf("got %v", x)
	}
}

func TestIncomeStatementOfBooksThatWereChangedByHandIsRefused(t *testing.T) {
	t.Parallel()
	f := setup(t)
	month(f)
	if _, err := f.db.Pool.Exec(t.Context(), `UPDATE pool_totals SET credits = credits + 1 WHERE pool = 'fund:general:clearing'`); err != nil {
		t.Fatal(err)
	}
	if _, err := f.books().GetIncomeStatement(t.Context(), &ledgerv1.GetIncomeStatementRequest{}); err == nil || fault.OfKind(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestFundStatementOfAPeriod(t *testing.T) {
	t.Parallel()
	f := setup(t)
	month(f)
	got, err := f.books().GetFundStatement(t.Context(), &ledgerv1.GetFundStatementRequest{Fund: "general", FirstDay: "2026-11-01"})
	if err != nil {
		t.Fatal(err)
	}
	want := []*ledgerv1.FundStatementFigures{{
		CurrencyCode: "EUR", Opening: 4830, Received: 1000, Fees: 30, TakenBack: 500, Closing: 5300,
	}}
	if diff := cmp.Diff(want, got.GetFigures(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	// Before its first booking a fund has a statement too, of nothing.
	early, err := f.books().GetFundStatement(t.Context(), &ledgerv1.GetFundStatementRequest{Fund: "general", FirstDay: "2026-10-01", LastDay: "2026-10-30"})
	nothing := []*ledgerv1.FundStatementFigures{{CurrencyCode: "EUR"}}
	if diff := cmp.Diff(nothing, early.GetFigures(), protocmp.Transform()); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := f.books().GetFundStatement(t.Context(), &ledgerv1.GetFundStatementRequest{Fund: "nobody"}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}

func TestTraceOfAGiftNamesThePoolsThatItWentInto(t *testing.T) {
	t.Parallel()
	f := setup(t)
	month(f)
	got, err := f.books().TraceSource(t.Context(), &ledgerv1.TraceSourceRequest{Source: "donations/d_1"})
	if err != nil {
		t.Fatal(err)
	}
	var references, pools []string
	for _, x := range got.GetTransactions() {
		references = append(references, x.GetReference())
	}
	for _, p := range got.GetPools() {
		pools = append(pools, p.GetPath())
	}
	if diff := cmp.Diff([]string{"gift/1", "gift/1/fee", "gift/1/refund"}, references); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"asset:stripe", "fund:general:clearing", "transit:refunds"}, pools); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"donations/d_1"}, got.GetSources()); diff != "" || got.GetNextPageToken() != "" {
		t.Error(diff)
	}
}

// Page after page a trace is the whole of what it was when it began, whatever is
// booked meanwhile.
func TestATraceIsReadPageByPage(t *testing.T) {
	t.Parallel()
	f := setup(t)
	month(f)
	source := "donations/d_1"
	whole, err := f.books().TraceSource(t.Context(), &ledgerv1.TraceSourceRequest{Source: source})
	if err != nil {
		t.Fatal(err)
	}
	req := &ledgerv1.TraceSourceRequest{Source: source, PageSize: 1}
	got := &ledgerv1.TraceSourceResponse{}
	for page := 0; page == 0 || req.GetPageToken() != ""; page++ {
		resp, err := f.books().TraceSource(t.Context(), req)
		if err != nil || len(resp.GetTransactions()) != 1 {
			t.Fatalf("page %d: %v, %v", page, resp, err)
		}
		got.Transactions = append(got.Transactions, resp.GetTransactions()...)
		req.PageToken = resp.GetNextPageToken()
		f.post(postingtest.Gift(fmt.Sprintf("later/%d", page), 100)) // of the same source
	}
	if diff := cmp.Diff(whole.GetTransactions(), got.GetTransactions(), protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	first, err := f.books().TraceSource(t.Context(), &ledgerv1.TraceSourceRequest{Source: source, PageSize: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.books().TraceSource(t.Context(), &ledgerv1.TraceSourceRequest{Source: "donations/d_2", PageToken: first.GetNextPageToken()})
	wantFault(t, err, fault.Invalid, "INVALID_FIELD", "pageToken")
}

func TestReadsNameTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	f := setup(t)
	month(f)
	c, sequence := f.books(), int64(3)
	accounts := func(r *ledgerv1.ListAccountsRequest) func(context.Context) error {
		return func(ctx context.Context) error { _, err := c.ListAccounts(ctx, r); return err }
	}
	entries := func(r *ledgerv1.ListEntriesRequest) func(context.Context) error {
		return func(ctx context.Context) error { _, err := c.ListEntries(ctx, r); return err }
	}
	transactions := func(filter string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := c.ListTransactions(ctx, &ledgerv1.ListTransactionsRequest{Filter: filter})
			return err
		}
	}
	income := func(first, last string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := c.GetIncomeStatement(ctx, &ledgerv1.GetIncomeStatementRequest{FirstDay: first, LastDay: last})
			return err
		}
	}
	page, err := c.ListEntries(t.Context(), &ledgerv1.ListEntriesRequest{PageSize: 1})
	if err != nil || page.GetNextPageToken() == "" {
		t.Fatal(page, err)
	}
	for name, want := range map[string]struct {
		field string
		call  func(context.Context) error
	}{
		"date and sequence":       {"sequence", accounts(&ledgerv1.ListAccountsRequest{Date: today, Sequence: &sequence})},
		"no date":                 {"date", accounts(&ledgerv1.ListAccountsRequest{Date: "2026-02-30"})},
		"date with a time":        {"date", accounts(&ledgerv1.ListAccountsRequest{Date: today + "T00:00:00Z"})},
		"prefix with a space":     {"prefix", accounts(&ledgerv1.ListAccountsRequest{Prefix: "fund: "})},
		"negative page":           {"pageSize", accounts(&ledgerv1.ListAccountsRequest{PageSize: -1})},
		"token of another list":   {"pageToken", accounts(&ledgerv1.ListAccountsRequest{PageToken: page.GetNextPageToken()})},
		"token of another filter": {"pageToken", entries(&ledgerv1.ListEntriesRequest{Filter: `amount = 1`, PageToken: page.GetNextPageToken()})},
		"invented token":          {"pageToken", entries(&ledgerv1.ListEntriesRequest{PageToken: "x"})},
		"unknown word":            {"filter", entries(&ledgerv1.ListEntriesRequest{Filter: `donor = "x"`})},
		"amount as text":          {"filter", entries(&ledgerv1.ListEntriesRequest{Filter: `amount = "5"`})},
		"account as number":       {"filter", entries(&ledgerv1.ListEntriesRequest{Filter: `account = 5`})},
		"no side":                 {"filter", entries(&ledgerv1.ListEntriesRequest{Filter: `side = "LEFT"`})},
		"no kind":                 {"filter", transactions(`kind = "GIFT"`)},
		"no day":                  {"filter", transactions(`booking_date > "yesterday"`)},
		"reference after another": {"filter", transactions(`reference > "gift/1"`)},
		"word of another list":    {"filter", transactions(`amount = 5`)},
		"first day":               {"firstDay", income("1.1.2026", "")},
		"last day":                {"lastDay", income("", "2026-13-01")},
		"backwards":               {"lastDay", income("2026-11-02", "2026-11-01")},
		"trial balance": {"date", func(ctx context.Context) error {
			_, err := c.GetTrialBalance(ctx, &ledgerv1.GetTrialBalanceRequest{Date: "24.11.2026"})
			return err
		}},
		"no fund": {"fund", func(ctx context.Context) error {
			_, err := c.GetFundStatement(ctx, &ledgerv1.GetFundStatementRequest{Fund: "General:available"})
			return err
		}},
		"no resource": {"source", func(ctx context.Context) error {
			_, err := c.TraceSource(ctx, &ledgerv1.TraceSourceRequest{Source: "//"})
			return err
		}},
	} {
		err := want.call(t.Context())
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || len(f.Violations) != 1 || f.Violations[0].Field != want.field {
			t.Errorf("%s: got %v, want a violation of %s", name, err, want.field)
		}
	}
}
