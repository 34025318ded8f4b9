package bankfake_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
)

const (
	account  = "LT121000011101001000"
	creditor = "LT601010012345678901"
)

const file = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><PmtInf>
<PmtInfId>B1</PmtInfId><DbtrAcct><Id><IBAN>` + account + `</IBAN></Id></DbtrAcct>
<CdtTrfTxInf><PmtId><EndToEndId>E1</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">120.50</InstdAmt></Amt><CdtrAcct><Id><IBAN>` + creditor + `</IBAN></Id></CdtrAcct></CdtTrfTxInf>
<CdtTrfTxInf><PmtId><EndToEndId>E2</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">79.50</InstdAmt></Amt></CdtTrfTxInf>
</PmtInf></CstmrCdtTrfInitn></Document>`

func TestPaymentsAreBookedAndTheChosenOneComesBack(t *testing.T) {
	t.Parallel()
	bank := bankfake.New(account, "EUR", 100000)
	if n, err := bank.Take(strings.NewReader(file)); err != nil || n != 2 {
		t.Fatalf("took %d, %v", n, err)
	}
	if paid := bank.Paid(creditor); paid != 12050 {
		t.Errorf("%d went to %s", paid, creditor)
	}
	var out bytes.Buffer
	if err := bank.Statement(&out, time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC), func(id string, _ int64) string {
		if id == "E2" {
			return "AC04"
		}
		return ""
	}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, want := range []string{
		"<Id>STMT-20261124-001</Id>", `<Amt Ccy="EUR">1000.00</Amt>`, `<Amt Ccy="EUR">879.50</Amt>`,
		"<EndToEndId>E1</EndToEndId>", "<Cd>AC04</Cd>", "<SubFmlyCd>RRTN</SubFmlyCd>",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the statement lacks %s:\n%s", want, text)
		}
	}
	if strings.Count(text, "<Ntry>") != 3 {
		t.Errorf("the statement has %d entries, want 3", strings.Count(text, "<Ntry>"))
	}
	valid(t, out.Bytes())
}

func TestAFileForAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	bank := bankfake.New("DE02120300000000202051", "EUR", 0)
	if _, err := bank.Take(strings.NewReader(file)); err == nil {
		t.Error("the file was taken")
	}
	if _, err := bank.Take(strings.NewReader("not xml")); err == nil {
		t.Error("a file that is no XML was taken")
	}
}

// valid checks a statement against the official schema.
func valid(t *testing.T, statement []byte) {
	t.Helper()
	data := os.Getenv("SOLIDARITY_DATA")
	if data == "" {
		t.Skip("SOLIDARITY_DATA is not set: the official schema is not here")
	}
	path := filepath.Join(t.TempDir(), "camt053.xml")
	if err := os.WriteFile(path, statement, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("xmllint", "--noout", "--nonet", "--schema",
		filepath.Join(data, "iso20022", "camt.053.001.08.xsd"), path).CombinedOutput()
	if err != nil {
		t.Errorf("xmllint: %v\n%s\n%s", err, out, statement)
	}
}
