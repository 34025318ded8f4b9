package server_test

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// bank is a bank that has taken all files of a plan.
func (b *bench) bank(plan string) *bankfake.Bank {
	b.t.Helper()
	bank := bankfake.New(senderIBAN, "EUR", 1_000_000)
	for _, f := range b.files(plan) {
		if _, err := bank.Take(bytes.NewReader(b.download(f.GetName()))); err != nil {
			b.t.Fatalf("bring file to the bank: %v", err)
		}
	}
	return bank
}

// statement is the bank's statement in which the given number of payments comes
// back.
func statement(t testing.TB, bank *bankfake.Bank, returns int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := bank.Statement(&out, time.Now().UTC(), func(string, int64) string {
		if returns--; returns >= 0 {
			return "AC04"
		}
		return ""
	}); err != nil {
		t.Fatalf("write statement: %v", err)
	}
	return out.Bytes()
}

// returned makes returns of the credits of a statement.
func returned(content []byte) []byte {
	return regexp.MustCompile(`(<Cd>RCDT</Cd>\s*<SubFmlyCd>)ESCT`).ReplaceAll(content, []byte("${1}RRTN"))
}

func (b *bench) upload(content []byte) (*disbursementsv1.ImportStatementResponse, error) {
	stream, err := b.treasurer("importer").books.ImportStatement(context.Background())
	if err != nil {
		return nil, err
	}
	for len(content) > 0 {
		n := min(1000, len(content))
		if err := stream.Send(&disbursementsv1.ImportStatementRequest{Chunk: content[:n]}); err != nil {
			break // CloseAndRecv tells why
		}
		content = content[n:]
	}
	return stream.CloseAndRecv()
}

// states counts the payments of a plan by state.
func (b *bench) states(plan string) map[disbursementsv1.PaymentState]int {
	b.t.Helper()
	states := map[disbursementsv1.PaymentState]int{}
	for _, y := range b.payments(plan) {
		states[y.GetState()]++
	}
	return states
}

func TestAStatementSettlesPaymentsAndReturnsGoBackToTheirAwards(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(3)
	b.drain()
	content := statement(t, b.bank(plan), 1)
	// When the statement of three payments and one return is taken in, twice,
	for i := range 2 {
		resp := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(content))
		st := resp.GetStatements()[0]
		if resp.GetReplayed() != (i == 1) || st.GetSettledCount() != 3 || st.GetReturnedCount() != 1 || st.GetUnmatchedCount() != 0 {
			t.Errorf("import %d: %v", i, resp)
		}
	}
	b.drain()
	// then two are settled, one is returned, and the books say so once.
	states := b.states(plan)
	if states[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 2 || states[disbursementsv1.PaymentState_PAYMENT_STATE_RETURNED] != 1 {
		t.Errorf("states: %v", states)
	}
	if b.ledger.Sum("transit:") != 0 || b.ledger.Sum("award:") != 10_000 || b.ledger.Sum("asset:bank:main") != 20_000 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}
	if b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SETTLED) != 3 || b.families.states("PAID") != 3 {
		t.Errorf("families paid: %d", b.families.states("PAID"))
	}
	p := must[*disbursementsv1.PaymentPlan](t, "get")(b.treasurer("t").plans.GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: plan}))
	if p.GetState() != disbursementsv1.PaymentPlanState_PAYMENT_PLAN_STATE_FINISHED {
		t.Errorf("plan is %v", p.GetState())
	}
	// And the returned money is paid by a follow-up plan, once a second person has the
	// statement from the bank.
	_, err := b.treasurer("maker2").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: p.GetAllocationRound(), Rail: "sepa"}})
	refused(t, "follow-up of a statement that one person has seen", err, "STATEMENT_NOT_CONFIRMED")
	b.confirmStatement("approver", b.statements()[0])
	again := must[*disbursementsv1.PaymentPlan](t, "follow-up")(b.treasurer("maker2").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: p.GetAllocationRound(), Rail: "sepa"}}))
	if again.GetPaymentCount() != 1 {
		t.Errorf("follow-up: %v", again)
	}
}

func TestAReturnAfterSettlingIsBookedToo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	bank := b.bank(plan)
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(statement(t, bank, 0)))
	b.drain()
	// Given a settled payment, when it comes back days later less 1.00 of charges,
	id := b.attempts(b.payments(plan)[0].GetName())[0].GetEndToEndId()
	bank.Credit(id, 9_900)
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(returned(statement(t, bank, 0))))
	b.drain()
	// then the award has all of it, and running costs carry the charge.
	if got := b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_RETURNED]; got != 1 {
		t.Errorf("states: %v", b.states(plan))
	}
	if b.ledger.Sum("award:") != 10_000 || b.ledger.Sum("deficit:operations") != -100 || b.ledger.Sum("asset:bank:main") != 100 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}
	// A return of a return explains nothing.
	bank.Credit(id, 9_900)
	resp := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(returned(statement(t, bank, 0))))
	if resp.GetStatements()[0].GetUnmatchedCount() != 1 {
		t.Errorf("return of a return: %v", resp)
	}
}

// TestOneCentUnderOurIDReturnsNothing sends a cent with the end-to-end id of a
// paid payment, once as plain money and once called a return.
func TestOneCentUnderOurIDReturnsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	bank := b.bank(plan)
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(statement(t, bank, 0)))
	id := b.attempts(b.payments(plan)[0].GetName())[0].GetEndToEndId()
	for _, made := range []func([]byte) []byte{func(s []byte) []byte { return s }, returned} {
		bank.Credit(id, 1)
		resp := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(made(statement(t, bank, 0))))
		if resp.GetStatements()[0].GetUnmatchedCount() != 1 || resp.GetStatements()[0].GetReturnedCount() != 0 {
			t.Errorf("import: %v", resp)
		}
	}
	b.drain()
	// Then the payment stays paid, and two people have to look at the cents.
	if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 1 || b.ledger.Sum("award:") != 0 || b.ledger.Sum("suspense:bank:main") != 2 {
		t.Errorf("states: %v, balances: %v", b.states(plan), b.ledger.Balances())
	}
	lines := must[*disbursementsv1.ListUnmatchedLinesResponse](t, "list")(b.treasurer("t").books.ListUnmatchedLines(
		context.Background(), &disbursementsv1.ListUnmatchedLinesRequest{})).GetUnmatchedLines()
	reasons := map[disbursementsv1.UnmatchedLineReason]int{}
	for _, l := range lines {
		reasons[l.GetReason()]++
	}
	if reasons[disbursementsv1.UnmatchedLineReason_UNMATCHED_LINE_REASON_NOT_A_RETURN] != 1 || reasons[disbursementsv1.UnmatchedLineReason_UNMATCHED_LINE_REASON_LACKS_TOO_MUCH] != 1 {
		t.Errorf("reasons: %v", reasons)
	}
}

func TestWhatNothingExplainsIsSuspense(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	bank := b.bank(plan)
	bank.Credit("SOMEBODYS-GIFT", 5_000)
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(statement(t, bank, 0)))
	b.drain()
	lines := must[*disbursementsv1.ListUnmatchedLinesResponse](t, "list")(b.treasurer("t").books.ListUnmatchedLines(
		context.Background(), &disbursementsv1.ListUnmatchedLinesRequest{})).GetUnmatchedLines()
	if len(lines) != 1 || !lines[0].GetPosted() || !lines[0].GetCredit() || lines[0].GetAmount().GetMinorUnits() != 5_000 {
		t.Errorf("lines: %v", lines)
	}
	if b.ledger.Sum("suspense:bank:main") != 5_000 {
		t.Errorf("balances: %v", b.ledger.Balances())
	}
	var kept bool
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT to_jsonb(l)::text LIKE '%SOMEBODYS-GIFT%' FROM statement_lines l`).Scan(&kept); err != nil || kept {
		t.Errorf("a stranger's text is kept (%v)", err)
	}
}

// TestAWrongStatementChangesNothing breaks a good statement in one place each.
func TestAWrongStatementChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	good := string(statement(t, b.bank(plan), 0))
	for name, test := range map[string]struct{ content, reason string }{
		"not XML":          {"this is no statement", "STATEMENT_NOT_XML"},
		"empty":            {"", "STATEMENT_NOT_XML"},
		"another account":  {strings.ReplaceAll(good, senderIBAN, "DE02120300000000202051"), "UNKNOWN_ACCOUNT"},
		"unbalanced":       {strings.Replace(good, ">9900.00<", ">9900.01<", 1), "STATEMENT_UNBALANCED"},
		"another currency": {strings.ReplaceAll(good, "EUR", "USD"), "STATEMENT_INVALID"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.content == good {
				t.Fatal("the statement was not broken")
			}
			_, err := b.upload([]byte(test.content))
			refused(t, name, err, fault.Reason(test.reason))
			if !fault.OfKind(err, fault.Invalid) {
				t.Errorf("%v", err)
			}
		})
	}
	if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SENT] != 1 {
		t.Errorf("states: %v", b.states(plan))
	}
}

// TestAStatementIsTheSameByWhatItSays brings one statement in other files, and one
// that says something else under its id.
func TestAStatementIsTheSameByWhatItSays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	good := string(statement(t, b.bank(plan), 0))
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload([]byte(good)))
	for name, same := range map[string]string{
		"more space":      good + "\n",
		"another message": strings.Replace(good, "<MsgId>", "<MsgId>NEW-", 1),
		"one line":        strings.ReplaceAll(good, "\n", ""),
	} {
		resp := must[*disbursementsv1.ImportStatementResponse](t, name)(b.upload([]byte(same)))
		if same == good || !resp.GetReplayed() || len(resp.GetStatements()) != 1 {
			t.Errorf("%s: %v", name, resp)
		}
	}
	_, err := b.upload([]byte(strings.Replace(good, "<NtryRef>", "<NtryRef>X", 1)))
	refused(t, "other content", err, "STATEMENT_CONFLICT")
	_, err = b.upload([]byte(strings.Replace(good, "<ElctrncSeqNb>1<", "<ElctrncSeqNb>2<", 1)))
	refused(t, "another number", err, "STATEMENT_CONFLICT")
}

func TestAnAmountOffByACentSettlesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	b.bank(plan)
	id := b.attempts(b.payments(plan)[0].GetName())[0].GetEndToEndId()
	// Given a bank that debits a cent more than it was told,
	wrong := bankfake.New(senderIBAN, "EUR", 1_000_000)
	file := `<Document><CstmrCdtTrfInitn><PmtInf><PmtInfId>B</PmtInfId><DbtrAcct><Id><IBAN>` + senderIBAN + `</IBAN></Id></DbtrAcct>
		<CdtTrfTxInf><PmtId><EndToEndId>` + id + `</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">100.01</InstdAmt></Amt></CdtTrfTxInf>
		</PmtInf></CstmrCdtTrfInitn></Document>`
	if _, err := wrong.Take(strings.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	resp := must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(statement(t, wrong, 0)))
	if resp.GetStatements()[0].GetUnmatchedCount() != 1 || b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SENT] != 1 {
		t.Errorf("import: %v, states %v", resp, b.states(plan))
	}
}

func TestAStatementResolvesAnUnknownAttempt(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, postgrestest.New(t, store.Migrations()), lax) // the test writes a row by hand
	plan := b.released(1)
	b.drain()
	content := statement(t, b.bank(plan), 0)
	if _, err := b.db.Pool.Exec(context.Background(), `UPDATE attempts SET state = 'UNKNOWN'`); err != nil {
		t.Fatal(err)
	}
	must[*disbursementsv1.ImportStatementResponse](t, "import")(b.upload(content))
	b.drain()
	if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 1 || b.ledger.Sum("transit:") != 0 {
		t.Errorf("states: %v", b.states(plan))
	}
}
