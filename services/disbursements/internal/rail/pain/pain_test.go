package pain_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/pain"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

func batch() pain.Batch {
	return pain.Batch{
		MessageID: "SOL-20261124-1", Created: time.Date(2026, 11, 24, 9, 30, 0, 0, time.UTC), Execute: "2026-11-25",
		Debtor: pain.Debtor{Name: "Brücke e. V.", IBAN: "DE89 3704 0044 0532 0130 00", BIC: "COBADEFFXXX"},
		Payments: []pain.Payment{
			{
				EndToEndID: "PAYA1", Amount: money.Amount{MinorUnits: 12000, Currency: "EUR"}, Remittance: "Support",
				Creditor: pain.Creditor{Name: "Янка Купала", IBAN: "LT121000011101001000", Country: "LT", Town: "Vilnius"},
			},
			{
				EndToEndID: "PAYA2", Amount: money.Amount{MinorUnits: 5, Currency: "EUR"},
				Creditor: pain.Creditor{
					Name: "Łucja Żółć", IBAN: "PL61109010140000071219812874", BIC: "BPKOPLPW", Country: "PL", Town: "Białystok",
				},
			},
		},
	}
}

func write(t *testing.T, b pain.Batch) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := pain.Write(&out, b); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// content is the part of a file that the tests look at.
type content struct {
	Count       int    `xml:"CstmrCdtTrfInitn>GrpHdr>NbOfTxs"`
	Sum         string `xml:"CstmrCdtTrfInitn>GrpHdr>CtrlSum"`
	BatchCount  int    `xml:"CstmrCdtTrfInitn>PmtInf>NbOfTxs"`
	BatchSum    string `xml:"CstmrCdtTrfInitn>PmtInf>CtrlSum"`
	ID          string `xml:"CstmrCdtTrfInitn>PmtInf>PmtInfId"`
	Batched     bool   `xml:"CstmrCdtTrfInitn>PmtInf>BtchBookg"`
	DebtorAgent string `xml:"CstmrCdtTrfInitn>PmtInf>DbtrAgt>FinInstnId>Othr>Id"`
	Transfers   []struct {
		ID      string `xml:"PmtId>EndToEndId"`
		Amount  string `xml:"Amt>InstdAmt"`
		Agent   string `xml:"CdtrAgt>FinInstnId>BICFI"`
		Name    string `xml:"Cdtr>Nm"`
		Town    string `xml:"Cdtr>PstlAdr>TwnNm"`
		Country string `xml:"Cdtr>PstlAdr>Ctry"`
		IBAN    string `xml:"CdtrAcct>Id>IBAN"`
		Remark  string `xml:"RmtInf>Ustrd"`
	} `xml:"CstmrCdtTrfInitn>PmtInf>CdtTrfTxInf"`
}

func read(t *testing.T, file []byte) content {
	t.Helper()
	var c content
	if err := xml.Unmarshal(file, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAFileSaysWhomToPayHowMuch(t *testing.T) {
	t.Parallel()
	got := read(t, write(t, batch()))
	if got.Count != 2 || got.BatchCount != 2 || got.Sum != "120.05" || got.BatchSum != "120.05" || !got.Batched || got.ID != "SOL-20261124-1" {
		t.Errorf("totals: %+v", got)
	}
	first, second := got.Transfers[0], got.Transfers[1]
	if first.ID != "PAYA1" || first.Amount != "120.00" || first.Name != "Ianka Kupala" || first.Agent != "" ||
		first.IBAN != "LT121000011101001000" || first.Town != "Vilnius" || first.Country != "LT" || first.Remark != "Support" {
		t.Errorf("first: %+v", first)
	}
	if second.Amount != "0.05" || second.Name != "Lucja Zolc" || second.Town != "Bialystok" || second.Agent != "BPKOPLPW" || second.Remark != "" {
		t.Errorf("second: %+v", second)
	}
}

func TestTheSameBatchGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(string(write(t, batch())), string(write(t, batch()))); diff != "" {
		t.Error(diff)
	}
}

func TestABankWithoutBICIsWrittenAsSuch(t *testing.T) {
	t.Parallel()
	b := batch()
	b.Debtor.BIC = ""
	if got := read(t, write(t, b)); got.DebtorAgent != "NOTPROVIDED" {
		t.Errorf("debtor's bank: %q", got.DebtorAgent)
	}
}

func TestLongNamesAreCut(t *testing.T) {
	t.Parallel()
	b := batch()
	b.Payments[0].Creditor.Name = strings.Repeat("Щ", 40)
	b.Payments[0].Creditor.Town = strings.Repeat("Llanfairpwll", 5)
	b.Debtor.Name = strings.Repeat("x", 71)
	got := read(t, write(t, b)).Transfers[0]
	if len(got.Name) != 70 || len(got.Town) != 35 {
		t.Errorf("name of %d, town of %d characters", len(got.Name), len(got.Town))
	}
}

func TestABatchThatABankWouldRefuseGivesNoFile(t *testing.T) {
	t.Parallel()
	for field, spoil := range map[string]func(*pain.Batch){
		"messageId":                       func(b *pain.Batch) { b.MessageID = "" },
		"messageId ":                      func(b *pain.Batch) { b.MessageID = strings.Repeat("x", 36) },
		"messageId  ":                     func(b *pain.Batch) { b.MessageID = "plan_1" },
		"created":                         func(b *pain.Batch) { b.Created = time.Time{} },
		"execute":                         func(b *pain.Batch) { b.Execute = "24.11.2026" },
		"debtor.name":                     func(b *pain.Batch) { b.Debtor.Name = " " },
		"debtor.iban":                     func(b *pain.Batch) { b.Debtor.IBAN = "BY13NBRB3600900000002Z00AB00" },
		"debtor.bic":                      func(b *pain.Batch) { b.Debtor.BIC = "COBA" },
		"payments":                        func(b *pain.Batch) { b.Payments = nil },
		"payments[1].endToEndId":          func(b *pain.Batch) { b.Payments[1].EndToEndID = "PAYA1" },
		"payments[0].endToEndId":          func(b *pain.Batch) { b.Payments[0].EndToEndID = "a//b" },
		"payments[0].endToEndId ":         func(b *pain.Batch) { b.Payments[0].EndToEndID = "a b" },
		"payments[0].amount.minorUnits":   func(b *pain.Batch) { b.Payments[0].Amount.MinorUnits = 0 },
		"payments[0].amount.minorUnits ":  func(b *pain.Batch) { b.Payments[0].Amount.MinorUnits = 100_000_000_000 },
		"payments[0].amount.currencyCode": func(b *pain.Batch) { b.Payments[0].Amount.Currency = "PLN" },
		"payments[0].creditor.iban":       func(b *pain.Batch) { b.Payments[0].Creditor.IBAN = "LT121000011101001001" },
		"payments[1].creditor.iban":       func(b *pain.Batch) { b.Payments[1].Creditor.IBAN = "BY13NBRB3600900000002Z00AB00" },
		"payments[0].creditor.bic":        func(b *pain.Batch) { b.Payments[0].Creditor.BIC = "hab alt22" },
		"payments[0].creditor.name":       func(b *pain.Batch) { b.Payments[0].Creditor.Name = "" },
		"payments[1].creditor.name":       func(b *pain.Batch) { b.Payments[1].Creditor.Name = "山田" },
		"payments[0].creditor.town":       func(b *pain.Batch) { b.Payments[0].Creditor.Town = "" },
		"payments[0].creditor.country":    func(b *pain.Batch) { b.Payments[0].Creditor.Country = "Lithuania" },
		"payments[0].remittance":          func(b *pain.Batch) { b.Payments[0].Remittance = strings.Repeat("щ", 36) },
		"payments[1].remittance":          func(b *pain.Batch) { b.Payments[1].Remittance = "დახმარება" },
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			b := batch()
			spoil(&b)
			var out bytes.Buffer
			f := fault.As(pain.Write(&out, b))
			if f == nil || len(f.Violations) != 1 || f.Violations[0].Field != strings.TrimSpace(field) || out.Len() != 0 {
				t.Errorf("got %v and %d bytes", f, out.Len())
			}
		})
	}
}

func TestEveryWrongFieldIsNamedAtOnce(t *testing.T) {
	t.Parallel()
	f := fault.As(pain.Write(&bytes.Buffer{}, pain.Batch{}))
	var fields []string
	for _, v := range f.Violations {
		fields = append(fields, v.Field)
	}
	if diff := cmp.Diff([]string{"messageId", "created", "execute", "debtor.name", "debtor.iban", "payments"}, fields); diff != "" {
		t.Error(diff)
	}
}

// TestTheOfficialSchemaAcceptsTheFile validates with xmllint.
func TestTheOfficialSchemaAcceptsTheFile(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SOLIDARITY_DATA")
	if dir == "" {
		t.Skip("SOLIDARITY_DATA is not set: the official schema is missing")
	}
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Fatal("xmllint is not installed: run make tools (Debian: libxml2-utils)")
	}
	without := batch()
	without.Debtor.BIC = ""
	large := batch()
	for i := range large.Payments {
		large.Payments[i].Amount.MinorUnits = 99_999_999_999
		large.Payments[i].Remittance = strings.Repeat("<&>'\" щ", 12)
	}
	for name, b := range map[string]pain.Batch{"usual": batch(), "no BIC": without, "largest": large} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "pain001.xml")
			if err := os.WriteFile(file, write(t, b), 0o600); err != nil {
				t.Fatal(err)
			}
			schema := filepath.Join(dir, "iso20022", "pain.001.001.09.xsd")
			out, err := exec.CommandContext(t.Context(), xmllint, "--noout", "--nonet", "--schema", schema, file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}
