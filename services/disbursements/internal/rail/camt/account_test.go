package camt

import (
	"fmt"
	"strings"
	"testing"
)

// TestTheAccountThatWasPaidIsReadWhereTheBankNamesIt in any spelling; what cannot be read
// refuses nothing.
func TestTheAccountThatWasPaidIsReadWhereTheBankNamesIt(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ direction, parties, want string }{
		"an IBAN":             {"DBIT", `<CdtrAcct><Id><IBAN>DE89 3704</IBAN></Id><Nm>X</Nm></CdtrAcct>`, "DE893704"},
		"another number":      {"DBIT", `<Cdtr><Nm>N</Nm></Cdtr><CdtrAcct><Id><Othr><Id>123</Id></Othr></Id></CdtrAcct>`, "123"},
		"none":                {"DBIT", `<Cdtr><Nm>N</Nm></Cdtr>`, ""},
		"one that is empty":   {"DBIT", `<CdtrAcct><Id></Id></CdtrAcct>`, ""},
		"one that is no such": {"DBIT", `<CdtrAcct><Id><IBAN>` + strings.Repeat("9", 65) + `</IBAN></Id></CdtrAcct>`, ""},
		"our own, credited":   {"CRDT", `<DbtrAcct><Id><IBAN>XX</IBAN></Id></DbtrAcct><CdtrAcct><Id><IBAN>LT12</IBAN></Id></CdtrAcct>`, ""},
	} {
		file := fmt.Sprintf(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>M</MsgId></GrpHdr>
<Ntfctn><Id>N</Id><Acct><Id><IBAN>LT12</IBAN></Id></Acct><Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>%[1]s</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BkTxCd/>
<NtryDtls><TxDtls><RltdPties>%[2]s</RltdPties></TxDtls></NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`, test.direction, test.parties)
		got, err := Parse(strings.NewReader(file))
		if err != nil || got.Statements[0].Refused != nil {
			t.Errorf("%s: %v %v", name, err, got)
			continue
		}
		if account := got.Statements[0].Entries[0].Details[0].Account; account != test.want {
			t.Errorf("%s: %q, want %q", name, account, test.want)
		}
	}
}
