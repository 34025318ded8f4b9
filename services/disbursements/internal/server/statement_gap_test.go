package server_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// statements lists all statements, newest first.
func (b *bench) statements(filter ...string) []*disbursementsv1.Statement {
	b.t.Helper()
	req := &disbursementsv1.ListStatementsRequest{}
	if len(filter) > 0 {
		req.Filter = filter[0]
	}
	return must[*disbursementsv1.ListStatementsResponse](b.t, "list")(b.treasurer("t").books.ListStatements(context.Background(), req)).GetStatements()
}

// passGap is one hand that passes over what is missing before a statement.
func (b *bench) passGap(who, name string, difference int64) (*disbursementsv1.Statement, error) {
	return b.treasurer(who).books.PassStatementGap(context.Background(), &disbursementsv1.PassStatementGapRequest{
		Name: name, Reason: disbursementsv1.StatementGapReason_STATEMENT_GAP_REASON_BANK_CANNOT_GIVE, Difference: postingtest.Money(difference),
	})
}

// threeDays are a bank's statements of three days, on the second of which it took 12.50.
func threeDays() (first, second, third paper) {
	first = one(1_000, "")
	second = paper{id: "S2", currency: "EUR", opening: first.closing, closing: first.closing - 1_250, sequence: 2, entries: debitEntry(1_250, "")}
	third = paper{id: "S3", currency: "EUR", opening: second.closing, closing: second.closing - 300, sequence: 3, entries: debitEntry(300, "")}
	return first, second, third
}

// TestAMissingStatementStopsNone leaves the second of three out.
func TestAMissingStatementStopsNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second, third := threeDays()
	b.imported(document("08", first))
	// When the third comes, then it counts, and says what is missing;
	st := b.imported(document("08", third)).GetStatements()[0]
	b.drain()
	if g := st.GetGap(); g.GetState() != disbursementsv1.StatementGapState_STATEMENT_GAP_STATE_OPEN || g.GetDifference().GetMinorUnits() != -1_250 {
		t.Errorf("gap: %v", g)
	}
	if got := b.ledger.Sum("suspense:bank:main"); got != -1_300 {
		t.Errorf("suspense: %d", got)
	}
	if resp, err := b.series("2026-11-24"); err != nil || resp.GetSeries()[0].GetUnbroken() {
		t.Errorf("series: %v, %v", resp, err)
	}
	if list := b.statements(`gap_state = "OPEN"`); len(list) != 1 || list[0].GetName() != st.GetName() {
		t.Errorf("with a gap: %v", list)
	}
	// when the second comes after all, nothing is missing, and each line counts once.
	b.imported(document("08", second))
	b.drain()
	if len(b.statements(`gap_state = "OPEN"`)) != 0 || b.ledger.Sum("suspense:bank:main") != -2_550 {
		t.Errorf("statements %v, suspense %d", b.statements(), b.ledger.Sum("suspense:bank:main"))
	}
	if resp, err := b.series("2026-11-24"); err != nil || !resp.GetSeries()[0].GetUnbroken() || resp.GetSeries()[0].GetClosingBalance().GetMinorUnits() != third.closing {
		t.Errorf("series: %v, %v", resp, err)
	}
}

// TestTwoPassOverAGapAndItsDifferenceWaitsInSuspense until the statement comes.
func TestTwoPassOverAGapAndItsDifferenceWaitsInSuspense(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second, third := threeDays()
	name := b.imported(document("08", first)).GetStatements()[0].GetName()
	_, err := b.passGap("a", name, 0)
	refused(t, "nothing is missing", err, "NO_STATEMENT_GAP")
	name = b.imported(document("08", third)).GetStatements()[0].GetName()
	// Given a gap that one person would pass over,
	_, err = b.passGap("a", name, -1_251)
	refused(t, "another difference", err, "STATEMENT_GAP")
	if _, err := b.passGap("a", name, -1_250); err != nil {
		t.Fatal(err)
	}
	_, err = b.passGap("a", name, -1_250)
	refused(t, "the same person", err, "SAME_PERSON")
	b.drain()
	if got := b.ledger.Sum("suspense:bank:main"); got != -1_300 {
		t.Errorf("after one hand: suspense %d", got)
	}
	// when another one does, too,
	st := must[*disbursementsv1.Statement](t, "pass")(b.passGap("b", name, -1_250))
	if g := st.GetGap(); g.GetState() != disbursementsv1.StatementGapState_STATEMENT_GAP_STATE_PASSED || g.GetProposedBy() != "staff/s_a" || g.GetPassedBy() != "staff/s_b" {
		t.Errorf("gap: %v", g)
	}
	_, err = b.passGap("c", name, -1_250)
	refused(t, "passed already", err, "NO_STATEMENT_GAP")
	// then the difference is in suspense, the books agree with the bank, and a period can close;
	b.drain()
	b.agrees(-2_550, third.closing-1_000_000)
	// and when the statement comes, its lines take the place of the difference.
	b.imported(document("08", second))
	b.drain()
	b.agrees(-2_550, third.closing-1_000_000)
	if st := b.statements()[0]; st.GetUnmatchedCount() != 1 || len(b.statements(`gap_state = "PASSED"`)) != 0 {
		t.Errorf("statement: %v", st)
	}
}

// agrees checks what is in suspense and in the bank, which lost it, and that the series is
// unbroken.
func (b *bench) agrees(suspense, bank int64) {
	b.t.Helper()
	if b.ledger.Sum("suspense:bank:main") != suspense || b.ledger.Sum("asset:bank:main") != -bank {
		b.t.Errorf("balances %v, want suspense %d, bank %d", b.ledger.Balances(), suspense, bank)
	}
	if resp, err := b.series("2026-11-24"); err != nil || !resp.GetSeries()[0].GetUnbroken() {
		b.t.Errorf("series: %v, %v", resp, err)
	}
}

// TestWithoutTheSecondPersonTheDatabaseRefuses passes a gap around the program.
func TestWithoutTheSecondPersonTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, _, third := threeDays()
	b.imported(document("08", first))
	name := b.imported(document("08", third)).GetStatements()[0].GetName()
	if _, err := b.passGap("a", name, -1_250); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		`UPDATE statement_gaps SET state = 'PASSED', passed_by = 'staff/s_a'`,
		`UPDATE statements SET confirmed_by = imported_by, confirmed_at = now()`,
	} {
		if _, err := b.db.Pool.Exec(context.Background(), sql); err == nil {
			t.Errorf("%s is taken", sql)
		}
	}
}

// TestANumberThatIsMissingIsAGap has a bank that counts on, while balances agree.
func TestANumberThatIsMissingIsAGap(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second, _ := threeDays()
	b.imported(document("08", first))
	second.sequence = 5
	st := b.imported(document("08", second)).GetStatements()[0]
	if st.GetGap() == nil || st.GetGap().GetDifference().GetMinorUnits() != 0 {
		t.Fatalf("gap: %v", st.GetGap())
	}
	for _, who := range []string{"a", "b"} {
		if _, err := b.passGap(who, st.GetName(), 0); err != nil {
			t.Fatal(err)
		}
	}
	b.drain()
	b.agrees(-2_250, second.closing-1_000_000)
}

// TestABadStatementStopsNoneInItsFile breaks the first and the last of three.
func TestABadStatementStopsNoneInItsFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, second, third := threeDays()
	third.closing++
	file := bytes.Replace(document("08", first, second, third), []byte(`<NtryRef>N</NtryRef><Amt Ccy="EUR">10.00`), []byte(`<NtryRef>N</NtryRef><Extra/><Amt Ccy="EUR">10.00`), 1)
	resp := b.imported(file)
	var reasons []string
	for _, r := range resp.GetRefusedStatements() {
		reasons = append(reasons, r.GetReason())
		if r.GetLine() == 0 || r.GetWrongLine() < r.GetLine() || r.GetDescription() == "" {
			t.Errorf("refused: %v", r)
		}
	}
	if len(resp.GetStatements()) != 1 || resp.GetStatements()[0].GetBankId() != "S2" || !slices.Equal(reasons, []string{"STATEMENT_INVALID", "STATEMENT_UNBALANCED"}) {
		t.Errorf("import: %v", resp)
	}
}

func TestBadInputOfAGapIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	by := b.treasurer("a").books
	name := b.imported(document("08", one(1, ""))).GetStatements()[0].GetName()
	lost := disbursementsv1.StatementGapReason_STATEMENT_GAP_REASON_BANK_CANNOT_GIVE
	for field, req := range map[string]*disbursementsv1.PassStatementGapRequest{
		"name":       {Name: "statements/x/y", Reason: lost, Difference: &typev1.Money{}},
		"reason":     {Name: name, Difference: postingtest.Money(1)},
		"difference": {Name: name, Reason: lost},
	} {
		_, err := by.PassStatementGap(context.Background(), req)
		names(t, field, err)
	}
	_, err := by.ConfirmStatement(context.Background(), &disbursementsv1.ConfirmStatementRequest{Name: "statements/"})
	names(t, "name", err)
}

func TestAStatementTellsWhatCanBeDoneWithIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.cast()
	first, _, third := threeDays()
	b.imported(document("08", first))
	name := b.imported(document("08", third)).GetStatements()[0].GetName()
	st := b.tried("solidarity/Statement", name, func(a actiontest.Actor) (actiontest.Seen, error) {
		return disbursementsv1.NewStatementServiceClient(a.Conn).GetStatement(context.Background(), &disbursementsv1.GetStatementRequest{Name: name})
	})
	st.Take(t, "passGap", all...)
	st.Take(t, "passGap", all...)
	st.Take(t, "confirm", all...)
	if may := st.Check(t, all...); len(may) > 0 {
		t.Errorf("a confirmed statement allows %v", may)
	}
	if list := b.statements(`allowed_to_me = true`); len(list) != 1 {
		t.Errorf("for me: %v", list)
	}
}
