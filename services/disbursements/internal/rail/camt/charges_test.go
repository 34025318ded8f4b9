package camt_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestChargesAreWhatTheBankSaysThatItTook(t *testing.T) {
	t.Parallel()
	record := func(inner string) string { return "<Rcrd>" + inner + "</Rcrd>" }
	for name, test := range map[string]struct {
		charges string
		want    *money.Amount
	}{
		"none":             {"", nil},
		"one record":       {"<Chrgs>" + record(`<Amt Ccy="EUR">0.35</Amt>`) + "</Chrgs>", new(postingtest.EUR(35))},
		"a total alone":    {`<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">0.35</TtlChrgsAndTaxAmt></Chrgs>`, new(postingtest.EUR(35))},
		"total and record": {`<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">9</TtlChrgsAndTaxAmt>` + record(`<Amt Ccy="EUR">0.35</Amt>`) + "</Chrgs>", new(postingtest.EUR(35))},
		"included":         {"<Chrgs>" + record(`<Amt Ccy="EUR">0.35</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd>`) + "</Chrgs>", new(postingtest.EUR(35))},
		"taken elsewhere":  {"<Chrgs>" + record(`<Amt Ccy="EUR">0.35</Amt><ChrgInclInd>false</ChrgInclInd>`) + "</Chrgs>", new(postingtest.EUR(0))},
		"given back":       {"<Chrgs>" + record(`<Amt Ccy="EUR">0.35</Amt><CdtDbtInd>CRDT</CdtDbtInd>`) + "</Chrgs>", new(postingtest.EUR(-35))},
		"two records":      {"<Chrgs>" + record(`<Amt Ccy="EUR">0.35</Amt>`) + record(`<Amt Ccy="EUR">0.05</Amt>`) + "</Chrgs>", new(postingtest.EUR(40))},
		"of version 2":     {`<Chrgs><Amt Ccy="EUR">0.30</Amt></Chrgs><Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">9</TtlChrgsAndTaxAmt><Amt Ccy="EUR">0.05</Amt><Pty/></Chrgs>`, new(postingtest.EUR(35))},
		"two currencies":   {"<Chrgs>" + record(`<Amt Ccy="EUR">0.35</Amt>`) + record(`<Amt Ccy="SEK">0.35</Amt>`) + "</Chrgs>", nil},
		"half a cent":      {"<Chrgs>" + record(`<Amt Ccy="EUR">0.355</Amt>`) + "</Chrgs>", nil},
		"no currency":      {"<Chrgs>" + record(`<Amt>0.35</Amt>`) + "</Chrgs>", nil},
		"no amount":        {"<Chrgs>" + record(`<Rate>1</Rate>`) + "</Chrgs>", nil},
		"too much":         {"<Chrgs>" + record(`<Amt Ccy="EUR">92233720368547758.07</Amt>`) + record(`<Amt Ccy="EUR">0.01</Amt>`) + "</Chrgs>", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Given charges at a transfer and at an entry, a statement that says more besides
			// is read, and both are there.
			atDetail := parse(t, replace(t, `<Amt Ccy="EUR">120</Amt>`, `<Amt Ccy="EUR">120</Amt>`+test.charges)).Statements[0].Entries[0]
			atEntry := parse(t, replace(t, `<NtryDtls><Btch>`, test.charges+`<NtryDtls><Btch>`)).Statements[0].Entries[0]
			if diff := cmp.Diff(test.want, atDetail.Details[0].Charges); diff != "" {
				t.Errorf("at the transfer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.want, atEntry.Charges); diff != "" {
				t.Errorf("at the entry (-want +got):\n%s", diff)
			}
			if atDetail.Charges != nil || atEntry.Details[0].Charges != nil {
				t.Error("charges of one are the other's")
			}
		})
	}
}

func TestWhatWasInstructedIsReadWhereItCanBe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]*money.Amount{
		``: nil,
		`<AmtDtls><InstdAmt><Amt Ccy="EUR">120.50</Amt></InstdAmt></AmtDtls>`:                     {MinorUnits: 12_050, Currency: "EUR"},
		`<AmtDtls><InstdAmt><Amt Ccy="PLN">500</Amt><CcyXchg><X/></CcyXchg></InstdAmt></AmtDtls>`: {MinorUnits: 50_000, Currency: "PLN"},
		`<AmtDtls><InstdAmt><Amt Ccy="EUR">1.005</Amt></InstdAmt></AmtDtls>`:                      nil,
		`<AmtDtls><TxAmt><Amt Ccy="EUR">120</Amt></TxAmt></AmtDtls>`:                              nil,
	} {
		d := parse(t, replace(t, `<Amt Ccy="EUR">120</Amt>`, `<Amt Ccy="EUR">120</Amt>`+text)).Statements[0].Entries[0].Details[0]
		if diff := cmp.Diff(want, d.Instructed); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
