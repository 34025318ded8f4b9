// Package pain writes SEPA credit transfers as a file that a bank takes: ISO
// 20022 pain.001.001.09 under the rules of the European Payments Council, or the older
// version 03 that many banks still ask for. It is
// pure: the same batch gives the same bytes, and a batch that a bank would
// refuse gives none.
package pain

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Version is one of the message.
type Version string

// A bank takes one of these; the zero Version is V09.
const (
	V03 Version = "pain.001.001.03"
	V09 Version = "pain.001.001.09"
)

// namespace comes before the version in the namespace of the message.
const namespace = "urn:iso:std:iso:20022:tech:xsd:"

// version is that of the file.
func (b Batch) version() Version {
	if b.Version == "" {
		return V09
	}
	return b.Version
}

// Batch is one file: one debtor, one day, one booking on the debtor's account.
type Batch struct {
	// MessageID names the file, and its only batch in the bank's statement: 1 to
	// 35 characters of the SEPA set, never used before.
	MessageID string
	// Created is when the file was made, UTC, to the second.
	Created time.Time
	// Version is what the bank takes.
	Version Version
	// Execute is the day on which the bank is to pay, "2026-11-24".
	Execute string
	// Debtor pays.
	Debtor Debtor
	// Payments are one or more, each with another EndToEndID.
	Payments []Payment
}

// Debtor is the account that pays.
type Debtor struct {
	// Name is of at most 70 characters after transliteration, longer ones are cut.
	Name string
	// IBAN is an account in a SEPA country.
	IBAN string
	// BIC may be empty: banks find it by the IBAN.
	BIC string
}

// Payment is one transfer.
type Payment struct {
	// EndToEndID comes back in statements and returns: 1 to 35 characters of the
	// SEPA set.
	EndToEndID string
	// Amount is in EUR, from 0.01 to 999,999,999.99.
	Amount money.Amount
	// Creditor is paid.
	Creditor Creditor
	// Remittance is what the creditor reads, at most 140 characters after
	// transliteration. It has to be neutral: banks on both sides read it too.
	Remittance string
}

// Creditor is the account that is paid. Name and town may be in any alphabet
// that Text can write in Latin letters.
type Creditor struct {
	// Name is the account holder's, cut after 70 characters.
	Name string
	// IBAN is an account in a SEPA country.
	IBAN string
	// BIC may be empty.
	BIC string
	// Country is the creditor's, ISO 3166 of two letters, which need not be the
	// account's.
	Country string
	// Town is the creditor's, cut after 35 characters. There is no street.
	Town string
}

// Write checks the whole batch and writes its file. On a fault, which names
// every wrong field, nothing is written.
func Write(w io.Writer, b Batch) error {
	if err := check(b); err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString(xml.Header)
	encoder := xml.NewEncoder(&out)
	encoder.Indent("", "  ")
	if err := encoder.Encode(newDocument(b)); err != nil {
		return fmt.Errorf("encode pain.001: %w", err)
	}
	out.WriteByte('\n')
	if _, err := w.Write(out.Bytes()); err != nil {
		return fmt.Errorf("write pain.001: %w", err)
	}
	return nil
}

// total adds up the payments; check has seen that they fit.
func (b Batch) total() money.Amount {
	sum := money.Amount{Currency: currency}
	for _, p := range b.Payments {
		sum.MinorUnits += p.Amount.MinorUnits
	}
	return sum
}
