package bankfake_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// written is a statement as a reader sees it.
type written struct {
	ID       string `xml:"BkToCstmrStmt>Stmt>Id"`
	Sequence int    `xml:"BkToCstmrStmt>Stmt>ElctrncSeqNb"`
	Balances []struct {
		Code      string `xml:"Tp>CdOrPrtry>Cd"`
		Amount    string `xml:"Amt"`
		Direction string `xml:"CdtDbtInd"`
	} `xml:"BkToCstmrStmt>Stmt>Bal"`
	Entries []struct {
		Reference string `xml:"NtryRef"`
		Amount    string `xml:"Amt"`
		Direction string `xml:"CdtDbtInd"`
		EndToEnd  string `xml:"NtryDtls>TxDtls>Refs>EndToEndId"`
		Reason    string `xml:"NtryDtls>TxDtls>RtrInf>Rsn>Cd"`
	} `xml:"BkToCstmrStmt>Stmt>Ntry"`
}

// evening is when a statement is written.
var evening = time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)

// statement writes the next statement of a bank and reads it.
func statement(t *rapid.T, bank *bankfake.Bank, returns func(string, int64) string) written {
	var out bytes.Buffer
	if err := bank.Statement(&out, evening, returns); err != nil {
		t.Fatal(err)
	}
	var w written
	if err := xml.Unmarshal(out.Bytes(), &w); err != nil {
		t.Fatal(err)
	}
	return w
}

// signed is an amount of money with its direction.
func signed(t *rapid.T, amount, direction string) int64 {
	minor, err := money.ParseDecimal(amount, "EUR")
	if err != nil || direction != "CRDT" && direction != "DBIT" {
		t.Fatalf("%s %s: %v", direction, amount, err)
	}
	if direction == "DBIT" {
		return -minor
	}
	return minor
}

// pain is a file of payments out of the account.
func pain(batch string, minor map[string]int64) string {
	var b strings.Builder
	for id, n := range minor {
		fmt.Fprintf(&b, `<CdtTrfTxInf><PmtId><EndToEndId>%s</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">%s</InstdAmt></Amt></CdtTrfTxInf>`,
			id, money.Amount{MinorUnits: n, Currency: "EUR"}.Decimal())
	}
	return `<Document><CstmrCdtTrfInitn><PmtInf><PmtInfId>` + batch + `</PmtInfId><DbtrAcct><Id><IBAN>` + account +
		`</IBAN></Id></DbtrAcct>` + b.String() + `</PmtInf></CstmrCdtTrfInitn></Document>`
}

// Statements follow each other without a gap: each opens where the one before closed,
// its entries explain the difference, and no two entries share a reference.
func TestStatementsExplainTheirBalances(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		closing := rapid.Int64Range(-100_000, 100_000).Draw(t, "opening")
		bank, seen := bankfake.New(account, "EUR", closing), map[string]bool{}
		for day := 1; day <= rapid.IntRange(1, 4).Draw(t, "days"); day++ {
			// Given some payments, of which some come back, and some gifts,
			paid := map[string]int64{}
			for i, n := range rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 0, 4).Draw(t, "payments") {
				paid[fmt.Sprintf("P%d-%d", day, i)] = n
			}
			if n, err := bank.Take(strings.NewReader(pain("B", paid))); err != nil || n != len(paid) {
				t.Fatalf("took %d of %d: %v", n, len(paid), err)
			}
			gifts := rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 0, 3).Draw(t, "gifts")
			for i, n := range gifts {
				bank.Credit(fmt.Sprintf("G%d-%d", day, i), n)
			}
			back := 0
			w := statement(t, bank, func(id string, minor int64) string {
				if paid[id] != minor {
					t.Fatalf("asked whether %s of %d comes back", id, minor)
				}
				if minor%2 == 0 {
					return ""
				}
				back++
				return "AC04"
			})
			// then the statement holds them all, and adds up.
			if w.Sequence != day || len(w.Balances) != 2 || len(w.Entries) != len(paid)+len(gifts)+back {
				t.Fatalf("%+v", w)
			}
			if got := signed(t, w.Balances[0].Amount, w.Balances[0].Direction); got != closing {
				t.Fatalf("day %d opens at %d, the day before closed at %d", day, got, closing)
			}
			for _, e := range w.Entries {
				if seen[e.Reference] || (e.Reason != "") != strings.HasSuffix(e.Reference, "-R") {
					t.Fatalf("entry %+v", e)
				}
				seen[e.Reference] = true
				closing += signed(t, e.Amount, e.Direction)
			}
			if got := signed(t, w.Balances[1].Amount, w.Balances[1].Direction); got != closing {
				t.Fatalf("day %d closes at %d, its entries say %d", day, got, closing)
			}
		}
	})
}

// A file that is refused is refused whole: a bank that paid half of it would be
// paid for by nobody.
func TestARefusedFileLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for name, spoiled := range map[string]string{
		"another account behind":  strings.Replace(file, "</CstmrCdtTrfInitn>", strings.Replace(file[strings.Index(file, "<PmtInf>"):strings.Index(file, "</CstmrCdtTrfInitn>")], account, "DE02120300000000202051", 1)+"</CstmrCdtTrfInitn>", 1),
		"another currency behind": strings.Replace(file, `<InstdAmt Ccy="EUR">79.50`, `<InstdAmt Ccy="PLN">79.50`, 1),
		"no amount behind":        strings.Replace(file, "79.50", "7,50", 1),
	} {
		bank := bankfake.New(account, "EUR", 0)
		if n, err := bank.Take(strings.NewReader(spoiled)); err == nil || n != 0 {
			t.Errorf("%s: %d payments were taken, %v", name, n, err)
		}
		var out bytes.Buffer
		if err := bank.Statement(&out, evening, func(string, int64) string { return "" }); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "<Ntry>") {
			t.Errorf("%s: something was paid", name)
		}
	}
}
