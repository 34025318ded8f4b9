package journal

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// Column is one column of the table of entries.
type Column struct {
	Name    string `json:"name"`
	Meaning string `json:"meaning"`
}

// Manifest describes a table of entries.
type Manifest struct {
	// Format names the table's columns and their meaning.
	Format string `json:"format"`
	// File is the name of the table.
	File string `json:"file"`
	// SHA256 is over the bytes of the table, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Transactions and Rows count what is in it, without the heading.
	Transactions int64 `json:"transactions"`
	Rows         int64 `json:"rows"`
	// Columns holds the columns in their order.
	Columns []Column `json:"columns"`
}

// csvFormat names the table.
const csvFormat = "solidarity-ledger-csv/1"

// columns describes the table; row writes them in this order.
var columns = []Column{
	{"sequence", "index of the transaction's leaf in the ledger"},
	{"entry", "number of the entry in its transaction, from 1"},
	{"booking_date", "day on which it counts"},
	{"occurred_on", "UTC day of the fact"},
	{"kind", "kind of transaction"},
	{"reference", "unique reference of the transaction"},
	{"source", "resource that caused it"},
	{"reverses", "reference of the transaction that it reverses"},
	{"account", "path of the account"},
	{"currency", "ISO 4217 code"},
	{"debit", "amount in major units, empty for a credit"},
	{"credit", "amount in major units, empty for a debit"},
	{"balance", "credits less debits of the account after this entry, by sequence"},
}

// CSV writes one row for each entry as RFC 4180 has it, and returns what is to
// be said about the table. No text in it begins with a sign that a spreadsheet
// takes for a formula: the ledger's format has none.
func CSV(out io.Writer, transactions Transactions) (Manifest, error) {
	m := Manifest{Format: csvFormat, File: "entries.csv", Columns: columns}
	sum := sha256.New()
	w := csv.NewWriter(io.MultiWriter(out, sum))
	w.UseCRLF = true
	var heading []string
	for _, c := range columns {
		heading = append(heading, c.Name)
	}
	if err := w.Write(heading); err != nil {
		return Manifest{}, fmt.Errorf("write table: %w", err)
	}
	var last order
	for t, err := range transactions {
		if err != nil {
			return Manifest{}, fmt.Errorf("write table: %w", err)
		}
		if !last.before(t) {
			return Manifest{}, fmt.Errorf("write table: transaction %d: %w", t.Sequence, errOrder)
		}
		m.Transactions++
		for i := range t.Entries {
			if !money.Defined(t.Entries[i].Currency) {
				return Manifest{}, fmt.Errorf("write table: transaction %d: %w", t.Sequence, errCurrency)
			}
			m.Rows++
			if err := w.Write(row(t, i)); err != nil {
				return Manifest{}, fmt.Errorf("write table: %w", err)
			}
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return Manifest{}, fmt.Errorf("write table: %w", err)
	}
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return m, nil
}

func row(t *leaf.Transaction, i int) []string {
	e := t.Entries[i]
	decimal := func(minor int64) string {
		return money.Amount{MinorUnits: minor, Currency: e.Currency}.Decimal()
	}
	reverses, debit, credit := "", decimal(e.Amount), ""
	if e.Side == leaf.Credit {
		debit, credit = credit, debit
	}
	if t.Reverses != nil {
		reverses = t.Reverses.Reference
	}
	return []string{
		strconv.FormatInt(t.Sequence, 10), strconv.Itoa(i + 1), t.BookingDate.String(), t.OccurredOn.String(),
		t.Kind.String(), t.Reference, t.Source, reverses, e.Account, e.Currency, debit, credit, decimal(e.Balance),
	}
}

// CSVArchive writes a zip file with the table and its manifest.json.
func CSVArchive(out io.Writer, transactions Transactions) error {
	z := zip.NewWriter(out)
	table, err := z.Create("entries.csv")
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	m, err := CSV(table, transactions)
	if err != nil {
		return err
	}
	manifest, err := z.Create("manifest.json")
	if err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	enc := json.NewEncoder(manifest)
	enc.SetIndent("", " ")
	if err := enc.Encode(m); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write archive: %w", err)
	}
	return nil
}
