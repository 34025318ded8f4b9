package camt_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// sample is a statement with a batch booking, a return and a charge that is not
// yet booked.
const sample = `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt><GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T18:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id><ElctrncSeqNb>7</ElctrncSeqNb><CreDtTm>2026-11-24T18:00:00+02:00</CreDtTm>
<Acct><Id><IBAN>LT121000011101001000</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Owner</Nm></Ownr></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">20</Amt><CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-11-24</Dt></Dt></Bal>
<Ntry><NtryRef>1</NtryRef><Amt Ccy="EUR">150.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-24</Dt></BookgDt>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><Btch><PmtInfId>FILE1</PmtInfId><NbOfTxs>2</NbOfTxs><TtlAmt Ccy="EUR">150.0</TtlAmt></Btch>
<TxDtls><Refs><EndToEndId>PAY1</EndToEndId></Refs><Amt Ccy="EUR">120</Amt><RltdPties><Cdtr><Pty><Nm>Secret Name</Nm></Pty></Cdtr></RltdPties></TxDtls>
<TxDtls><Refs><EndToEndId>PAY2</EndToEndId></Refs><Amt Ccy="EUR">30</Amt><RmtInf><Ustrd>Secret Text</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd><Sts><Cd>BOOK</Cd></Sts><AcctSvcrRef>BANK2</AcctSvcrRef>
<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>
<NtryDtls><TxDtls><Refs><PmtInfId>FILE1</PmtInfId><EndToEndId>PAY2</EndToEndId></Refs>
<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>Secret Text</AddtlInf></RtrInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BkTxCd><Prtry><Cd>CHG</Cd></Prtry></BkTxCd>
<AddtlNtryInf>Secret Text</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>
`

func parse(t *testing.T, text string) camt.File {
	t.Helper()
	f, err := camt.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAStatementIsReadWithoutNamesAndTexts(t *testing.T) {
	t.Parallel()
	f := parse(t, sample)
	want := []camt.Statement{{
		Line: 4, ID: "S1", Account: "LT121000011101001000", Currency: "EUR", Sequence: 7, Created: "2026-11-24",
		Opening: &camt.Balance{Minor: 10000, Day: "2026-11-23"}, Closing: &camt.Balance{Minor: -2000, Day: "2026-11-24"},
		Entries: []camt.Entry{
			{
				Line: 8, Ref: "1", Amount: postingtest.EUR(15000), Status: "BOOK", Booked: "2026-11-24", Code: "PMNT/ICDT/ESCT",
				Batches: []camt.Batch{{Line: 10, PaymentInfoID: "FILE1", Count: 2, Total: new(postingtest.EUR(15000))}},
				Details: []camt.Detail{
					{Line: 11, EndToEndID: "PAY1", PaymentInfoID: "FILE1", Amount: new(postingtest.EUR(12000))},
					{Line: 12, EndToEndID: "PAY2", PaymentInfoID: "FILE1", Amount: new(postingtest.EUR(3000))},
				},
			},
			{
				Line: 13, ServicerRef: "BANK2", Amount: postingtest.EUR(3000), Credit: true, Reversal: true, Status: "BOOK", Code: "PMNT/ICDT/RRTN",
				Details: []camt.Detail{
					{Line: 15, EndToEndID: "PAY2", PaymentInfoID: "FILE1", Credit: true, IsReturn: true, ReturnReason: "AC04"},
				},
			},
			{Line: 17, Amount: postingtest.EUR(150), Status: "PDNG"},
		},
	}}
	if diff := cmp.Diff(want, f.Statements, cmpopts.IgnoreUnexported(camt.Batch{})); diff != "" {
		t.Error(diff)
	}
	if f.MessageID != "M1" || f.Version != "camt.053.001.08" || f.SHA256 == [32]byte{} {
		t.Errorf("file: %s %s", f.MessageID, f.Version)
	}
	if err := f.Statements[0].Check(); err != nil {
		t.Error(err)
	}
	if f.Statements[0].Entries[0].Key() != "1" || f.Statements[0].Entries[1].Key() != "BANK2" {
		t.Error("entries without the bank's name")
	}
}

func TestUnusualButValidFilesAreRead(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"byte order mark":       {`<?xml version="1.0"`, "\ufeff" + `<?xml version="1.0"`},
		"Latin-1":               {`encoding="UTF-8"`, `encoding="ISO-8859-1"`},
		"comments":              {"<Stmt>", "<!-- a --><Stmt><!-- b -->"},
		"a prefix":              {`<Document xmlns="`, `<Document xmlns:x="urn:other" xmlns="`},
		"zeros behind the cent": {`"EUR">150.00<`, `"EUR">150.00000<`},
		"no leading digit":      {`<Amt Ccy="EUR">1.50`, `<Amt Ccy="EUR">.50`},
		"a plus":                {`"EUR">150.00<`, `"EUR">+150.00<`},
		"a point at the end":    {`"EUR">120<`, `"EUR">120.<`},
		"spaces":                {"<MsgId>M1</MsgId>", "<MsgId>\n\tM1 </MsgId>"},
		"a time as a day":       {"<BookgDt><Dt>2026-11-24</Dt>", "<BookgDt><DtTm>2026-11-24T23:59:59.123+14:00</DtTm>"},
		"a time zone at a day":  {"<BookgDt><Dt>2026-11-24</Dt>", "<BookgDt><Dt>2026-11-24Z</Dt>"},
		"an IBAN as a number":   {"<IBAN>LT121000011101001000</IBAN>", "<Othr><Id>LT12 1000 0111 0100 1000</Id></Othr>"},
		"no currency":           {"<Ccy>EUR</Ccy>", ""},
		"a bank's own status":   {"<Cd>PDNG</Cd>", "<Prtry>soon</Prtry>"},
		"sequence with zeros":   {"<ElctrncSeqNb>7<", "<ElctrncSeqNb>007.0<"},
		"CDATA":                 {"<EndToEndId>PAY1<", "<EndToEndId><![CDATA[PAY1]]><"},
		"a foreign balance": {"<Bal>", `<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="SEK">5</Amt>` +
			`<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-23</Dt></Dt></Bal><Bal>`},
		"the day before's closing": {"<Cd>OPBD<", "<Cd>PRCD<"},
		"version 2":                {"camt.053.001.08", "camt.053.001.02"},
		"version 6":                {"camt.053.001.08", "camt.053.001.06"},
		"version 10":               {"camt.053.001.08", "camt.053.001.10"},
		"version 13":               {"camt.053.001.08", "camt.053.001.13"},
		"a status as text":         {"<Sts><Cd>BOOK</Cd></Sts><BookgDt>", "<Sts>BOOK</Sts><BookgDt>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, replace(t, change[0], change[1])).Statements[0]
			if err := s.Check(); err != nil {
				t.Error(err)
			}
			if s.Account != "LT121000011101001000" || s.Currency != "EUR" || s.Sequence != 7 || s.Entries[0].Booked != "2026-11-24" {
				t.Errorf("got %+v", s)
			}
		})
	}
}

// replace changes the first place of old in the sample, which must be there.
func replace(t *testing.T, old, new string) string {
	t.Helper()
	if !strings.Contains(sample, old) {
		t.Fatalf("the sample does not hold %q", old)
	}
	return strings.Replace(sample, old, new, 1)
}

func TestAWrongFileIsRefusedWithLineAndReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, reason, field, words string }{
		"no XML":             {sample, "date;amount\n1;2", "STATEMENT_NOT_XML", "line 2", "text before"},
		"empty":              {sample, "", "STATEMENT_NOT_XML", "line 1", "well-formed"},
		"JSON":               {sample, "{}", "STATEMENT_NOT_XML", "line 1", "text before"},
		"cut off":            {"</Stmt></BkToCstmrStmt></Document>\n", "", "STATEMENT_NOT_XML", "line 19", "well-formed"},
		"a document type":    {"<Document", "<!DOCTYPE x [<!ENTITY e \"v\">]><Document", "STATEMENT_NOT_XML", "line 2", "document type"},
		"an entity":          {"<MsgId>M1", "<MsgId>&e;", "STATEMENT_NOT_XML", "line 3", "well-formed"},
		"an instruction":     {"<GrpHdr>", "<?run x?><GrpHdr>", "STATEMENT_NOT_XML", "line 3", "processing instruction"},
		"two documents":      {"</Document>", "</Document><Document/>", "STATEMENT_NOT_XML", "line 19", "after the document"},
		"another encoding":   {`encoding="UTF-8"`, `encoding="UTF-7"`, "STATEMENT_NOT_XML", "line 1", "well-formed"},
		"another message":    {"camt.053.001.08", "pain.001.001.09", "STATEMENT_INVALID", "line 2", "camt.053"},
		"another version":    {"camt.053.001.08", "camt.053.001.01", "STATEMENT_INVALID", "line 2", "versions 2 to 13"},
		"an unknown element": {"<Ntry><NtryRef>", "<Ntry><Extra/><NtryRef>", "STATEMENT_INVALID", "line 8", "does not belong"},
		"another namespace":  {"<NtryRef>", `<NtryRef xmlns="urn:x">`, "STATEMENT_INVALID", "line 8", "does not belong"},
		"twice":              {"<NtryRef>1</NtryRef>", "<NtryRef>1</NtryRef><NtryRef>2</NtryRef>", "STATEMENT_INVALID", "line 8", "twice"},
		"text between":       {"<Ntry><NtryRef>", "<Ntry>x<NtryRef>", "STATEMENT_INVALID", "line 8", "text where"},
		"no id":              {"<Id>S1</Id>", "", "STATEMENT_INVALID", "line 4", "lacks Id"},
		"an empty id":        {"<Id>S1</Id>", "<Id/>", "STATEMENT_INVALID", "line 4", "1 to 35"},
		"a long id":          {"<EndToEndId>PAY1<", "<EndToEndId>" + strings.Repeat("x", 36) + "<", "STATEMENT_INVALID", "line 11", "1 to 35"},
		"no amount":          {`<Amt Ccy="EUR">150.00</Amt>`, "", "STATEMENT_INVALID", "line 8", "lacks Amt"},
		"a half cent":        {`"EUR">150.00<`, `"EUR">150.005<`, "STATEMENT_INVALID", "line 8", "no more decimals"},
		"a negative amount":  {`"EUR">150.00<`, `"EUR">-150.00<`, "STATEMENT_INVALID", "line 8", "not negative"},
		"a float":            {`"EUR">150.00<`, `"EUR">1.5E2<`, "STATEMENT_INVALID", "line 8", "must be a number"},
		"a comma":            {`"EUR">150.00<`, `"EUR">150,00<`, "STATEMENT_INVALID", "line 8", "must be a number"},
		"a huge amount":      {`"EUR">150.00<`, `"EUR">99999999999999999999<`, "STATEMENT_INVALID", "line 8", "must be a number"},
		"no currency":        {`<Amt Ccy="EUR">150.00`, `<Amt>150.00`, "STATEMENT_INVALID", "line 8", "current currency"},
		"a retired currency": {`<Amt Ccy="EUR">150.00`, `<Amt Ccy="LTL">150.00`, "STATEMENT_INVALID", "line 8", "current currency"},
		"a third direction":  {"<CdtDbtInd>DBIT</CdtDbtInd><Sts>", "<CdtDbtInd>BOTH</CdtDbtInd><Sts>", "STATEMENT_INVALID", "line 8", "CRDT or DBIT"},
		"no status":          {"<Sts><Cd>BOOK</Cd></Sts><BookgDt>", "<BookgDt>", "STATEMENT_INVALID", "line 8", "lacks Sts"},
		"February 30th":      {"<BookgDt><Dt>2026-11-24", "<BookgDt><Dt>2026-02-30", "STATEMENT_INVALID", "line 8", "date"},
		"a day in words":     {"<BookgDt><Dt>2026-11-24", "<BookgDt><Dt>24.11.2026", "STATEMENT_INVALID", "line 8", "date"},
		"a broken time":      {"<CreDtTm>2026-11-24T18:00:00+02:00", "<CreDtTm>2026-11-24T18", "STATEMENT_INVALID", "line 4", "date"},
		"maybe a reversal":   {"<RvslInd>true", "<RvslInd>maybe", "STATEMENT_INVALID", "line 13", "true or false"},
		"half a transfer":    {"<NbOfTxs>2<", "<NbOfTxs>2.5<", "STATEMENT_INVALID", "line 10", "whole number"},
		"two opening":        {"<Cd>CLBD<", "<Cd>OPBD<", "STATEMENT_INVALID", "line 7", "two balances"},
		"a code in words":    {"<Cd>AC04<", "<Cd>account closed<", "STATEMENT_INVALID", "line 16", "code"},
		"too deep":           {"<RltdPties>", "<RltdPties>" + strings.Repeat("<a>", 70), "STATEMENT_INVALID", "line 11", "too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := camt.Parse(strings.NewReader(replace(t, c.old, c.new)))
			f := fault.As(err)
			if f == nil || f.Kind != fault.Invalid || string(f.Reason) != c.reason || f.Violations[0].Field != c.field ||
				!strings.Contains(f.Violations[0].Description, c.words) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestAFileBeyondTheBoundIsRefused(t *testing.T) {
	t.Parallel()
	_, err := camt.Parse(strings.NewReader(sample + strings.Repeat(" ", 20<<20)))
	if !fault.Is(err, "STATEMENT_TOO_LARGE") {
		t.Fatalf("got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("<Document/>"))
	for _, version := range []string{"053.001.02", "053.001.04", "054.001.08"} {
		f.Add([]byte(strings.Replace(sample, "053.001.08", version, 1)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := camt.Parse(bytes.NewReader(data))
		if err != nil {
			if fault.As(err) == nil {
				t.Fatal(err)
			}
			return
		}
		for _, s := range file.Statements {
			if err := s.Check(); err != nil && fault.As(err) == nil {
				t.Fatal(err)
			}
		}
	})
}

// broken is a statement whose entry has no amount.
const broken = `<Stmt><Id>S0</Id><Acct><Id><IBAN>LT121000011101001000</IBAN></Id></Acct><Ntry><CdtDbtInd>DBIT</CdtDbtInd></Ntry></Stmt>`

func TestAStatementThatCannotBeReadDoesNotStandInTheWayOfOthers(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]string{
		"no amount":          broken,
		"an unknown element": strings.Replace(broken, "<Ntry>", "<Ntry><Extra><Stmt/></Extra>", 1),
		"text between":       strings.Replace(broken, "<Ntry>", "x<Ntry>", 1),
		"empty":              "<Stmt/>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Given one that cannot be read before and after a good one.
			text := strings.Replace(sample, "<Stmt>", bad+"<Stmt>", 1)
			f := parse(t, strings.Replace(text, "</BkToCstmrStmt>", bad+"</BkToCstmrStmt>", 1))
			// Then the good one is whole, and the others say what is wrong.
			if len(f.Statements) != 3 || f.Statements[1].ID != "S1" || len(f.Statements[1].Entries) != 3 || f.Statements[1].Check() != nil {
				t.Fatalf("got %+v", f.Statements)
			}
			for _, s := range []camt.Statement{f.Statements[0], f.Statements[2]} {
				if !fault.Is(s.Refused, "STATEMENT_INVALID") || s.ID != "" || s.Entries != nil {
					t.Errorf("got %+v", s)
				}
			}
			// And alone it refuses the file.
			if _, err := camt.Parse(strings.NewReader(sample[:strings.Index(sample, "<Stmt>")] + bad + "</BkToCstmrStmt></Document>")); !fault.Is(err, "STATEMENT_INVALID") {
				t.Errorf("alone: %v", err)
			}
		})
	}
}
