package provider_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/provider"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest/filetest"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// example is the one of docs/rails.md.
const example = `{"senders": [{
	"id": "payouts", "currency": "EUR", "exposureCap": 20, "forms": ["BANK_ACCOUNT"],
	"payments": {
		"separator": "semicolon", "encoding": "windows-1251", "decimal": "comma",
		"columns": [
			{"name": "Reference", "value": "endToEndId"}, {"name": "Amount", "value": "amount"}, {"name": "Currency", "value": "currency"},
			{"name": "Name", "value": "holder"}, {"name": "Account", "value": "iban"}, {"name": "BIC", "value": "bic", "optional": true},
			{"name": "Purpose", "text": "Transfer"}
		]
	},
	"results": {
		"separator": "semicolon", "encoding": "utf-8", "decimal": "point", "dayFormat": "DD.MM.YYYY",
		"endToEndId": "Reference", "amount": "Amount", "status": "Status", "day": "Date", "paid": ["PAID"], "failed": ["REJECTED"]
	}
}]}`

// mappings are those of the example, as changed.
func mappings(t testing.TB, replace ...string) []provider.Mapping {
	t.Helper()
	list, err := provider.Read([]byte(strings.NewReplacer(replace...).Replace(example)))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func byan() payment.Destination {
	return payment.Destination{BankAccount: &payment.BankAccount{
		Holder: "Янка \"Ян\"; Прыдуманы", IBAN: "BY20OLMP31350000001000000933", Country: "BY", Town: "Мінск",
	}}
}

// theProvider is the rail, and a provider outside who pays all.
func theProvider(t *testing.T) filetest.Outside {
	t.Helper()
	list := mappings(t, "windows-1251", "utf-8")
	return filetest.Outside{
		Rail: provider.ID, Sender: "payouts", Currency: "EUR", Destination: byan(), Read: readTable, Report: paid,
		New: func(lines rail.Lines, keys *seal.Keyring) rail.Filer { return provider.New(lines, keys, list) },
	}
}

// readTable reads what a table has the provider pay.
func readTable(plain []byte) (sent []railtest.Sent, err error) {
	r := csv.NewReader(strings.NewReader(string(plain)))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	for _, row := range rows[1:] {
		minor, err := money.ParseDecimal(strings.Replace(row[1], ",", ".", 1), row[2])
		if err != nil {
			return nil, err
		}
		sent = append(sent, railtest.Sent{EndToEndID: row[0], Minor: minor})
	}
	return sent, nil
}

// paid is the table of results of a provider who has paid all.
func paid(files [][]byte) ([]byte, error) {
	text := "Reference;Amount;Status;Date\n"
	for _, plain := range files {
		sent, err := readTable(plain)
		if err != nil {
			return nil, err
		}
		for _, s := range sent {
			text += s.EndToEndID + ";" + money.Amount{MinorUnits: s.Minor, Currency: "EUR"}.Decimal() + ";PAID;30.11.2026\n"
		}
	}
	return []byte(text), nil
}

func TestTablesOfProvidersKeepTheRulesOfRails(t *testing.T) {
	t.Parallel()
	railtest.Run(t, func(t *testing.T) railtest.Bench { return filetest.New(t, theProvider(t)) })
}
