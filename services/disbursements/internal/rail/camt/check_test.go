package camt_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAStatementThatDoesNotAddUpIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, field, words string }{
		"a cent more":            {`"EUR">20<`, `"EUR">20.01<`, "line 4", "closing balance"},
		"a turned sign":          {`20</Amt><CdtDbtInd>DBIT`, `20</Amt><CdtDbtInd>CRDT`, "line 4", "closing balance"},
		"a pending entry booked": {"<Cd>PDNG<", "<Cd>BOOK<", "line 4", "closing balance"},
		"no opening balance":     {"<Cd>OPBD<", "<Cd>XPCD<", "line 4", "no opening balance"},
		"no closing balance":     {"<Cd>CLBD<", "<Cd>CLAV<", "line 4", "no closing balance"},
		"another currency":       {`<Amt Ccy="EUR">1.50`, `<Amt Ccy="SEK">1.50`, "line 17", "currency"},
		"a missing transfer":     {"<NbOfTxs>2<", "<NbOfTxs>3<", "line 10", "counts other"},
		"another batch total":    {`<TtlAmt Ccy="EUR">150.0<`, `<TtlAmt Ccy="EUR">150.01<`, "line 10", "another total"},
		"an overflow": {`"EUR">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG`,
			`"EUR">92233720368547758.07</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK`, "line 17", "too much"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := fault.As(parse(t, replace(t, c.old, c.new)).Statements[0].Check())
			if f == nil || f.Reason != "STATEMENT_UNBALANCED" || f.Violations[0].Field != c.field ||
				!strings.Contains(f.Violations[0].Description, c.words) {
				t.Errorf("got %v", f)
			}
		})
	}
}

func TestABatchIsComparedWithItsOwnTransfersOnly(t *testing.T) {
	t.Parallel()
	second := `</NtryDtls><NtryDtls><Btch><PmtInfId>FILE2</PmtInfId><NbOfTxs>1</NbOfTxs></Btch><TxDtls/></NtryDtls>` +
		`<NtryDtls><Btch><NbOfTxs>9</NbOfTxs></Btch></NtryDtls></Ntry>`
	s := parse(t, replace(t, "</NtryDtls></Ntry>", second)).Statements[0]
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if e := s.Entries[0]; len(e.Batches) != 3 || len(e.Details) != 3 || e.Details[2].PaymentInfoID != "FILE2" {
		t.Errorf("got %+v", e)
	}
}

func TestDetailsMaySayWhatABatchIsInsteadOfListingIt(t *testing.T) {
	t.Parallel()
	const start, end = `<TxDtls><Refs><EndToEndId>PAY1`, `</NtryDtls></Ntry>`
	listed := sample[strings.Index(sample, start):strings.Index(sample, end)]
	for name, test := range map[string]struct {
		details string
		refused bool
	}{
		"a purpose":                  {`<TxDtls><Purp><Cd>CHAR</Cd></Purp></TxDtls>`, false},
		"the file's reference":       {`<TxDtls><Refs><PmtInfId>FILE1</PmtInfId></Refs></TxDtls>`, false},
		"the sum":                    {`<TxDtls><Amt Ccy="EUR">150</Amt></TxDtls>`, false},
		"no id in the bank's words":  {`<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls>`, false},
		"one of the transfers":       {`<TxDtls><Refs><EndToEndId>PAY1</EndToEndId></Refs></TxDtls>`, true},
		"one by the bank's id":       {`<TxDtls><Refs><TxId>T1</TxId></Refs></TxDtls>`, true},
		"one by its instruction":     {`<TxDtls><Refs><InstrId>I1</InstrId></Refs></TxDtls>`, true},
		"more than are counted":      {`<TxDtls/><TxDtls/><TxDtls/>`, true},
		"as many, of another amount": {`<TxDtls><Amt Ccy="EUR">1</Amt></TxDtls><TxDtls><Amt Ccy="EUR">2</Amt></TxDtls>`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := parse(t, replace(t, listed, test.details)).Statements[0].Check()
			if fault.Is(err, "STATEMENT_UNBALANCED") != test.refused || test.refused == (err == nil) {
				t.Errorf("got %v", err)
			}
		})
	}
}
