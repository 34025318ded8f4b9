package camt_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/pain"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// TestWhatTheBankAnswersToOurOwnFile goes the whole way: a payment file, the
// bank's statement of it, the parser.
func TestWhatTheBankAnswersToOurOwnFile(t *testing.T) {
	t.Parallel()
	const account = "LT121000011101001000"
	now := time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC)
	order := pain.Batch{MessageID: "FILE1", Created: now, Execute: "2026-11-24", Debtor: pain.Debtor{Name: "Fund", IBAN: account}}
	for i, id := range []string{"PAY1", "PAY2", "PAY3"} {
		order.Payments = append(order.Payments, pain.Payment{
			EndToEndID: id, Amount: money.Amount{MinorUnits: int64(1000 * (i + 1)), Currency: "EUR"}, Remittance: "Support",
			Creditor: pain.Creditor{Name: "Янка Купала", IBAN: "PL61109010140000071219812874", Country: "PL", Town: "Warszawa"},
		})
	}
	var file, answer bytes.Buffer
	if err := pain.Write(&file, order); err != nil {
		t.Fatal(err)
	}
	bank := bankfake.New(account, "EUR", 5000)
	if n, err := bank.Take(&file); err != nil || n != 3 {
		t.Fatalf("the bank took %d: %v", n, err)
	}
	if err := bank.Statement(&answer, now, func(id string, _ int64) string { return map[string]string{"PAY2": "AC04"}[id] }); err != nil {
		t.Fatal(err)
	}
	f, err := camt.Parse(&answer)
	if err != nil {
		t.Fatal(err)
	}
	s := f.Statements[0]
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	if s.Account != account || s.Opening.Minor != 5000 || s.Closing.Minor != 5000-1000-3000 {
		t.Errorf("statement %+v", s)
	}
	var got []string
	for _, e := range s.Entries {
		d := e.Details[0]
		got = append(got, d.EndToEndID+" "+e.Amount.Decimal()+" "+d.ReturnReason)
	}
	if diff := cmp.Diff([]string{"PAY1 10.00 ", "PAY2 20.00 ", "PAY2 20.00 AC04", "PAY3 30.00 "}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPublicStatementsAreJudgedAsExpected(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SOLIDARITY_DATA")
	if dir == "" {
		t.Skip("SOLIDARITY_DATA is not set: public statements are missing")
	}
	files, err := filepath.Glob(filepath.Join(dir, "iso20022", "camt*.xml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no statements in SOLIDARITY_DATA: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := camt.Parse(bytes.NewReader(data))
			if bad := strings.Contains(file, "wrong"); bad != (err != nil) {
				t.Fatalf("got %v", err)
			} else if bad {
				return
			}
			s := f.Statements[0]
			if s.Account == "" || s.Currency == "" || len(s.Entries) == 0 || s.Notification != strings.Contains(file, "camt054") {
				t.Errorf("got %+v", s)
			}
		})
	}
}
