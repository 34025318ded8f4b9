package provider

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// table writes the tables of providers.
type table struct{ mappings []Mapping }

// MediaType is that of tables.
func (table) MediaType() string { return "text/csv" }

// Check writes a table of one payment to nowhere.
func (t table) Check(in payment.Instruction) error {
	b := rail.Batch{MessageID: in.Attempt.EndToEndID, Sender: rail.Sender{ID: in.Sender, Currency: in.Attempt.Currency}, Payments: []payment.Instruction{in}}
	return t.Write(io.Discard, b)
}

// Write writes a table: the names of its columns, and a row for each payment.
func (t table) Write(w io.Writer, b rail.Batch) error {
	i := slices.IndexFunc(t.mappings, func(m Mapping) bool { return m.ID == b.Sender.ID })
	if i < 0 {
		return fmt.Errorf("sender %s is not configured", b.Sender.ID)
	}
	if b.MessageID == "" || len(b.Payments) == 0 {
		return errors.New("a table needs a name and a payment")
	}
	m, seen := t.mappings[i], map[string]bool{}
	var text strings.Builder
	rows := csv.NewWriter(&text)
	rows.Comma, rows.UseCRLF = separators[m.Payments.Separator], true
	var names []string
	for _, c := range m.Payments.Columns {
		names = append(names, c.Name)
	}
	if err := rows.Write(names); err != nil {
		return err
	}
	for _, in := range b.Payments {
		a := in.Attempt
		if a.EndToEndID == "" || seen[a.EndToEndID] || a.Minor <= 0 || a.Currency != m.Currency {
			return errors.New("a payment needs an id of its own and an amount in the sender's currency")
		}
		seen[a.EndToEndID] = true
		row, err := m.row(in)
		if err != nil {
			return err
		}
		if err := rows.Write(row); err != nil {
			return errors.New("write a row") // the cause might quote it
		}
	}
	rows.Flush()
	encoded, err := encodings[m.Payments.Encoding].NewEncoder().String(text.String())
	if err != nil {
		return fmt.Errorf("a payment has letters that %s has not", m.Payments.Encoding)
	}
	_, err = io.WriteString(w, encoded)
	return err
}

// row is what stands in the columns about a payment.
func (m Mapping) row(in payment.Instruction) (row []string, err error) {
	if !slices.Contains(m.Forms, string(in.Destination.Form())) {
		return nil, errors.New("the form does not leave from this sender")
	}
	has := m.valuesOf(in)
	for _, c := range m.Payments.Columns {
		if c.Text != "" {
			row = append(row, c.Text)
			continue
		}
		value := has[c.Value]
		switch {
		case value == "" && !c.Optional:
			return nil, fmt.Errorf("the column %s is empty", c.Name)
		case formula(value):
			return nil, fmt.Errorf("the column %s begins as a formula does", c.Name)
		case strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsGraphic(r) || r == '\uFFFD' }):
			return nil, fmt.Errorf("the column %s has characters that cannot be seen", c.Name)
		}
		row = append(row, value)
	}
	return row, nil
}

func (m Mapping) valuesOf(in payment.Instruction) map[string]string {
	a := in.Attempt
	amount := money.Amount{MinorUnits: a.Minor, Currency: a.Currency}.Decimal()
	has := map[string]string{
		"endToEndId": a.EndToEndID, "currency": a.Currency, "amount": strings.Replace(amount, ".", decimals[m.Payments.Decimal], 1),
	}
	switch d := in.Destination; {
	case d.BankAccount != nil:
		b := d.BankAccount
		has["holder"], has["iban"], has["bic"], has["country"], has["town"] = b.Holder, b.IBAN, b.BIC, b.Country, b.Town
		if b.Local != nil {
			has["bank"], has["number"] = b.Local.Bank, b.Local.Number
		}
	case d.Wallet != nil:
		has["network"], has["address"] = d.Wallet.Network, d.Wallet.Address
	case d.Collector != nil:
		has["collector"], has["country"], has["town"] = d.Collector.FullName, d.Collector.Country, d.Collector.Town
	}
	return has
}
