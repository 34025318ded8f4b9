package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// paper is a statement as a bank writes it, balances in minor units. Its entries
// are XML.
type paper struct {
	id, currency     string
	opening, closing int64
	sequence         int
	entries          string
}

func major(minor int64) string { return fmt.Sprintf("%d.%02d", minor/100, minor%100) }

// document is a bank's file of statements of the tests' account.
func document(version string, papers ...paper) []byte {
	var out strings.Builder
	fmt.Fprintf(&out, `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.%s"><BkToCstmrStmt>
<GrpHdr><MsgId>M-%s</MsgId><CreDtTm>2026-11-24T21:30:00Z</CreDtTm></GrpHdr>`, version, version)
	for _, p := range papers {
		fmt.Fprintf(&out, `<Stmt><Id>%s</Id><ElctrncSeqNb>%d</ElctrncSeqNb><CreDtTm>2026-11-24T21:00:00Z</CreDtTm>
<Acct><Id><IBAN>%s</IBAN></Id><Ccy>%s</Ccy></Acct>`, p.id, p.sequence, senderIBAN, p.currency)
		for code, minor := range map[string]int64{"OPBD": p.opening, "CLBD": p.closing} {
			fmt.Fprintf(&out, `<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="%s">%s</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-11-24</Dt></Dt></Bal>`, code, p.currency, major(minor))
		}
		out.WriteString(p.entries + `</Stmt>`)
	}
	out.WriteString(`</BkToCstmrStmt></Document>`)
	return []byte(out.String())
}

// debitEntry is a booked entry in EUR that leaves the account; more is what else
// it says.
func debitEntry(minor int64, more string) string {
	return fmt.Sprintf(`<Ntry><NtryRef>N</NtryRef><Amt Ccy="EUR">%s</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-24</Dt></BookgDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>%s</Ntry>`,
		major(minor), more)
}

// one is a statement of one debit, from 10,000.00 on.
func one(minor int64, more string) paper {
	return paper{id: "S1", currency: "EUR", opening: 1_000_000, closing: 1_000_000 - minor, sequence: 1, entries: debitEntry(minor, more)}
}

// imported takes a file in.
func (b *bench) imported(content []byte) *disbursementsv1.ImportStatementResponse {
	b.t.Helper()
	return must[*disbursementsv1.ImportStatementResponse](b.t, "import")(b.upload(content))
}

func TestADownloadThatOverlapsTheLastOneBringsWhatIsNew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := one(1_250, "")
	second := paper{id: "S2", currency: "EUR", opening: first.closing, closing: first.closing - 300, sequence: 2, entries: debitEntry(300, "")}
	third := paper{id: "S3", currency: "EUR", opening: second.closing, closing: second.closing, sequence: 3}
	// Given the first statement, when files come that hold it again,
	b.imported(document("08", first))
	for _, test := range []struct {
		file     []byte
		count    int
		replayed bool
	}{
		{document("08", first, second), 2, false},
		{document("08", second, third), 2, false},
		{document("08", first, second, third), 3, true},
	} {
		resp := b.imported(test.file)
		if len(resp.GetStatements()) != test.count || resp.GetReplayed() != test.replayed {
			t.Errorf("import: %v", resp)
		}
	}
	// then each is there once.
	list := must[*disbursementsv1.ListStatementsResponse](t, "list")(b.treasurer("t").books.ListStatements(
		context.Background(), &disbursementsv1.ListStatementsRequest{})).GetStatements()
	if len(list) != 3 {
		t.Errorf("statements: %v", list)
	}
	b.drain()
	if got := b.ledger.Sum("suspense:bank:main"); got != -1_550 {
		t.Errorf("suspense: %d", got)
	}
}

func TestStatementsOfOtherCurrenciesAreLeftOutAndNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ours := one(640, "")
	pln, usd := paper{id: "P", currency: "PLN", opening: 12_000, closing: 12_000}, paper{id: "U", currency: "USD", opening: 1, closing: 1}
	again := usd
	again.id = "U2"
	resp := b.imported(document("08", usd, pln, ours, again))
	if len(resp.GetStatements()) != 1 || resp.GetStatements()[0].GetBankId() != "S1" || !slices.Equal(resp.GetLeftOutCurrencyCodes(), []string{"PLN", "USD"}) {
		t.Errorf("import: %v", resp)
	}
	// A file with none of ours is refused.
	_, err := b.upload(document("08", pln, usd))
	refused(t, "other currencies alone", err, "STATEMENT_INVALID")
	if !fault.OfKind(err, fault.Invalid) {
		t.Errorf("%v", err)
	}
	// And one of another account is, too; it stands in no other's way.
	other := one(1, "")
	other.id = "OTHER"
	resp = b.imported([]byte(strings.Replace(string(document("08", other, ours)), senderIBAN, "DE02120300000000202051", 1)))
	if len(resp.GetStatements()) != 1 || len(resp.GetRefusedStatements()) != 1 || resp.GetRefusedStatements()[0].GetReason() != "UNKNOWN_ACCOUNT" || resp.GetRefusedStatements()[0].GetLine() == 0 {
		t.Errorf("another account: %v", resp)
	}
}

func TestEachVersionOfTheMessageIsTaken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	balance := int64(1_000_000)
	for n := 2; n <= 13; n++ {
		p := paper{id: fmt.Sprintf("S%d", n), currency: "EUR", opening: balance, closing: balance - 310, sequence: n, entries: debitEntry(310, "")}
		if n <= 6 {
			p.entries = strings.Replace(p.entries, "<Sts><Cd>BOOK</Cd></Sts>", "<Sts>BOOK</Sts>", 1)
		}
		balance = p.closing
		if resp := b.imported(document(fmt.Sprintf("%02d", n), p)); resp.GetStatements()[0].GetLineCount() != 1 {
			t.Errorf("version %d: %v", n, resp)
		}
	}
	for _, version := range []string{"01", "14", "2"} {
		_, err := b.upload(document(version, one(310, "")))
		refused(t, "version "+version, err, "STATEMENT_INVALID")
	}
}

// transfer is the detail of one transfer with its end-to-end id.
func transfer(id string, minor int64, more string) string {
	return fmt.Sprintf(`<TxDtls><Refs><EndToEndId>%s</EndToEndId></Refs><Amt Ccy="EUR">%s</Amt><CdtDbtInd>DBIT</CdtDbtInd>%s</TxDtls>`, id, major(minor), more)
}

func TestAFeeInsideTheEntryIsNoOtherAmount(t *testing.T) {
	t.Parallel()
	const fee = `<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.35</TtlChrgsAndTaxAmt>
<Rcrd><Amt Ccy="EUR">0.35</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>`
	for name, entry := range map[string]func(id string) string{
		"at the transfer": func(id string) string {
			return debitEntry(10_035, `<NtryDtls>`+transfer(id, 10_000, fee)+`</NtryDtls>`)
		},
		"at the entry": func(id string) string {
			return debitEntry(10_035, fee+`<NtryDtls>`+transfer(id, 10_000, "")+`</NtryDtls>`)
		},
		"beside what was instructed": func(id string) string {
			return debitEntry(10_035, `<NtryDtls>`+transfer(id, 10_035, `<AmtDtls><InstdAmt><Amt Ccy="EUR">100.00</Amt></InstdAmt></AmtDtls>`+fee)+`</NtryDtls>`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			plan := b.released(1)
			b.drain()
			id := b.attempts(b.payments(plan)[0].GetName())[0].GetEndToEndId()
			p := one(10_035, "")
			p.entries = entry(id)
			resp := b.imported(document("08", p))
			b.drain()
			if st := resp.GetStatements()[0]; st.GetSettledCount() != 1 || st.GetUnmatchedCount() != 1 {
				t.Errorf("import: %v", resp)
			}
			if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 1 || b.ledger.Sum("suspense:bank:main") != -35 || b.ledger.Sum("transit:") != 0 {
				t.Errorf("states %v, balances %v", b.states(plan), b.ledger.Balances())
			}
		})
	}
}

func TestADifferenceThatTheBankDoesNotExplainSettlesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	id := b.attempts(b.payments(plan)[0].GetName())[0].GetEndToEndId()
	const elsewhere = `<Chrgs><Rcrd><Amt Ccy="EUR">0.35</Amt><ChrgInclInd>false</ChrgInclInd></Rcrd></Chrgs>`
	for n, entry := range []string{
		debitEntry(10_035, `<NtryDtls>`+transfer(id, 10_000, "")+`</NtryDtls>`),
		debitEntry(10_035, `<NtryDtls>`+transfer(id, 10_000, elsewhere)+`</NtryDtls>`),
		debitEntry(10_035, `<NtryDtls>`+transfer(id, 10_000, strings.Replace(elsewhere, "0.35", "0.34", 1))+`</NtryDtls>`),
	} {
		p := paper{
			id: fmt.Sprintf("S%d", n), currency: "EUR", opening: 1_000_000 - int64(n)*10_035, closing: 1_000_000 - int64(n+1)*10_035, entries: entry,
		}
		if st := b.imported(document("08", p)).GetStatements()[0]; st.GetSettledCount() != 0 || st.GetUnmatchedCount() != 1 {
			t.Errorf("%d: %v", n, st)
		}
	}
	if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SUBMITTED] != 1 {
		t.Errorf("states %v", b.states(plan))
	}
}

// TestABatchBookedAsOneSumSettlesAllOfItsFile tries the ways in which banks name
// the file.
func TestABatchBookedAsOneSumSettlesAllOfItsFile(t *testing.T) {
	t.Parallel()
	for name, details := range map[string]string{
		"a purpose alone":         `<Btch><PmtInfId>%s</PmtInfId><NbOfTxs>2</NbOfTxs><TtlAmt Ccy="EUR">200.00</TtlAmt></Btch><TxDtls><Purp><Cd>CHAR</Cd></Purp></TxDtls>`,
		"the sum once more":       `<Btch><PmtInfId>%s</PmtInfId><NbOfTxs>2</NbOfTxs></Btch><TxDtls><Amt Ccy="EUR">200.00</Amt></TxDtls>`,
		"no details":              `<Btch><PmtInfId>%s</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>`,
		"the message of the file": `<Btch><MsgId>%s</MsgId></Btch>`,
		"the details' reference":  `<TxDtls><Refs><PmtInfId>%s</PmtInfId></Refs></TxDtls>`,
		"no id":                   `<TxDtls><Refs><PmtInfId>%s</PmtInfId><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls>`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			plan := b.released(2)
			b.drain()
			file := b.messageID()
			b.imported(document("08", one(20_000, `<NtryDtls>`+fmt.Sprintf(details, file)+`</NtryDtls>`)))
			b.drain()
			if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED] != 2 || b.ledger.Sum("asset:bank:main") != 20_000 {
				t.Errorf("states %v, balances %v", b.states(plan), b.ledger.Balances())
			}
		})
	}
}

// TestASumThatIsNotTheFilesSettlesNone is off by a cent, or counts one more.
func TestASumThatIsNotTheFilesSettlesNone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(2)
	b.drain()
	file := b.messageID()
	balance := int64(1_000_000)
	for n, entry := range []string{
		debitEntry(20_001, `<NtryDtls><Btch><PmtInfId>`+file+`</PmtInfId></Btch></NtryDtls>`),
		debitEntry(20_000, `<NtryDtls><Btch><PmtInfId>`+file+`</PmtInfId><NbOfTxs>3</NbOfTxs></Btch></NtryDtls>`),
		strings.Replace(debitEntry(20_000, `<NtryDtls><Btch><PmtInfId>`+file+`</PmtInfId></Btch></NtryDtls>`), ">DBIT<", ">CRDT<", 1),
	} {
		p := paper{id: fmt.Sprintf("S%d", n), currency: "EUR", opening: balance, entries: entry}
		p.closing = balance - []int64{20_001, 20_000, -20_000}[n]
		balance = p.closing
		if st := b.imported(document("08", p)).GetStatements()[0]; st.GetUnmatchedCount() != 1 || st.GetSettledCount() != 0 {
			t.Errorf("%d: %v", n, st)
		}
	}
	if b.states(plan)[disbursementsv1.PaymentState_PAYMENT_STATE_SUBMITTED] != 2 {
		t.Errorf("states %v", b.states(plan))
	}
}

// messageID is the bank's id of the only file, as the file has it.
func (b *bench) messageID() string {
	b.t.Helper()
	var id string
	var sealed []byte
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT id, sealed FROM payment_files`).Scan(&id, &sealed); err != nil {
		b.t.Fatal(err)
	}
	content, err := must[rail.Filer](b.t, "find rail")(b.serving.Rails.Filer(sepa.ID)).Open(context.Background(), id, sealed)
	if err != nil {
		b.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "<PmtInfId>")
	name, _, _ := strings.Cut(rest, "<")
	return name
}
