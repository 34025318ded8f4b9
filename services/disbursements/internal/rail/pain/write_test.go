package pain_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/pain"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// drawn is a batch of whatever people and programs write into it.
func drawn(t *rapid.T) pain.Batch {
	b := pain.Batch{
		MessageID: rapid.SampledFrom([]string{"FILE1", "", "a//b", "x y", strings.Repeat("M", 36)}).Draw(t, "message"),
		Created:   time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC), Execute: rapid.SampledFrom([]string{"2026-11-24", "24.11.2026"}).Draw(t, "day"),
		Debtor: pain.Debtor{Name: "Fund", IBAN: "LT121000011101001000"},
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "payments") {
		b.Payments = append(b.Payments, pain.Payment{
			EndToEndID: rapid.SampledFrom([]string{fmt.Sprintf("PAY%d", i), "PAY0"}).Draw(t, "id"),
			Amount: money.Amount{
				MinorUnits: rapid.SampledFrom([]int64{1, 12_345, 99_999_999_999, 0, -5, 100_000_000_000}).Draw(t, "minor"),
				Currency:   rapid.SampledFrom([]string{"EUR", "EUR", "PLN"}).Draw(t, "currency"),
			},
			Creditor: pain.Creditor{
				Name: rapid.String().Draw(t, "name"), Town: rapid.SampledFrom([]string{"Vilnius", "Łódź", "", "<&>"}).Draw(t, "town"),
				IBAN:    rapid.SampledFrom([]string{"PL61109010140000071219812874", "PL61 1090 1014 0000 0712 1981 2874", "BY13NBRB3600900000002Z00AB00", "x"}).Draw(t, "account"),
				Country: rapid.SampledFrom([]string{"PL", "pl", ""}).Draw(t, "country"),
			},
			Remittance: rapid.SampledFrom([]string{"", "Transfer", "Дапамога", "დახმარება"}).Draw(t, "text"),
		})
	}
	return b
}

// TestABatchGivesAWholeFileOrNone draws batches of good and bad parts.
func TestABatchGivesAWholeFileOrNone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := drawn(t)
		var out bytes.Buffer
		if err := pain.Write(&out, b); err != nil {
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || len(f.Violations) == 0 || out.Len() != 0 {
				t.Fatalf("refused with %v and %d bytes", err, out.Len())
			}
			return
		}
		var file content
		if err := xml.Unmarshal(out.Bytes(), &file); err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		var sum int64
		ids := map[string]bool{}
		for i, transfer := range file.Transfers {
			sum += b.Payments[i].Amount.MinorUnits
			ids[transfer.ID] = true
			if transfer.Name == "" || len(transfer.Name) > 70 || strings.Contains(transfer.IBAN, " ") || transfer.Town == "" {
				t.Fatalf("transfer %+v", transfer)
			}
		}
		want := money.Amount{MinorUnits: sum, Currency: "EUR"}.Decimal()
		if file.Count != len(b.Payments) || file.BatchCount != len(b.Payments) || file.Sum != want || file.BatchSum != want || len(ids) != len(b.Payments) {
			t.Fatalf("file %+v of %d payments, sum %s", file, len(b.Payments), want)
		}
	})
}

// full is a writer without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, fmt.Errorf("no room") }

func TestAFileThatCannotBeWrittenIsNoFault(t *testing.T) {
	t.Parallel()
	if err := pain.Write(full{}, batch()); err == nil || fault.As(err) != nil {
		t.Errorf("written without room: %v", err)
	}
}
