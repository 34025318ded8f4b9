// Package bankfake plays the bank in demonstrations and tests: it takes
// pain.001.001.09 files and answers with the camt.053.001.08 statement of the
// day, in which each payment is booked and the chosen ones come back.
package bankfake

import (
	"encoding/xml"
	"fmt"
	"io"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Bank keeps the account that payments are made from.
type Bank struct {
	iban     string
	currency string
	balance  int64 // minor units
	sequence int
	payments []payment
	paid     map[string]int64 // minor units by the account that they went to
}

// payment is one credit transfer that the bank was told to make.
type payment struct {
	batch, endToEndID string
	creditor          string // the account that it goes to
	minor             int64
}

// New returns a bank that keeps one account with an opening balance in minor
// units.
func New(iban, currency string, balance int64) *Bank {
	return &Bank{iban: iban, currency: currency, balance: balance, paid: map[string]int64{}}
}

// instruction is the part of pain.001 that this bank reads.
type instruction struct {
	Batches []struct {
		ID       string `xml:"PmtInfId"`
		Debtor   string `xml:"DbtrAcct>Id>IBAN"`
		Payments []struct {
			EndToEndID string `xml:"PmtId>EndToEndId"`
			Creditor   string `xml:"CdtrAcct>Id>IBAN"`
			Amount     struct {
				Currency string `xml:"Ccy,attr"`
				Text     string `xml:",chardata"`
			} `xml:"Amt>InstdAmt"`
		} `xml:"CdtTrfTxInf"`
	} `xml:"CstmrCdtTrfInitn>PmtInf"`
}

// Take accepts a pain.001 file and returns the number of its payments. It
// refuses a file for another account or currency, as a whole.
func (b *Bank) Take(file io.Reader) (int, error) {
	var in instruction
	if err := xml.NewDecoder(file).Decode(&in); err != nil {
		return 0, fmt.Errorf("read pain.001: %w", err)
	}
	var taken []payment
	for _, batch := range in.Batches {
		if batch.Debtor != b.iban {
			return 0, fmt.Errorf("payment batch %s is for another account", batch.ID)
		}
		for _, p := range batch.Payments {
			minor, err := money.ParseDecimal(p.Amount.Text, p.Amount.Currency)
			if err != nil || p.Amount.Currency != b.currency {
				return 0, fmt.Errorf("payment %s: amount is not in %s", p.EndToEndID, b.currency)
			}
			taken = append(taken, payment{batch: batch.ID, endToEndID: p.EndToEndID, creditor: p.Creditor, minor: minor})
		}
	}
	b.payments = append(b.payments, taken...)
	for _, p := range taken {
		b.paid[p.creditor] += p.minor
	}
	return len(taken), nil
}

// Paid returns what went to an account, in minor units.
func (b *Bank) Paid(iban string) int64 { return b.paid[iban] }

// Credit tells the bank of money that came in, with the reference that its line
// will carry.
func (b *Bank) Credit(reference string, minor int64) {
	b.payments = append(b.payments, payment{endToEndID: reference, minor: -minor})
}

// Statement writes the statement of a day. Every payment taken since the last one
// is a debit, with a credit after it for those that returns picks. It gets
// end-to-end id and amount and answers an ISO 20022 reason such as "AC04", or "".
func (b *Bank) Statement(w io.Writer, now time.Time, returns func(endToEndID string, minor int64) string) error {
	b.sequence++
	s := statement{
		ID: fmt.Sprintf("STMT-%s-%03d", now.Format("20060102"), b.sequence), Sequence: b.sequence,
		Created: now.Format(time.RFC3339), IBAN: b.iban, Currency: b.currency,
	}
	day := now.Format(time.DateOnly)
	opening := b.balance
	for _, p := range b.payments {
		s.Entries = append(s.Entries, b.entry(p, day, ""))
		b.balance -= p.minor
		reason := ""
		if p.minor > 0 {
			reason = returns(p.endToEndID, p.minor)
		}
		if reason != "" {
			b.balance += p.minor
			back := p
			back.minor = -p.minor
			s.Entries = append(s.Entries, b.entry(back, day, reason))
		}
	}
	b.payments = nil
	s.Balances = []balance{b.bookBalance("OPBD", opening, day), b.bookBalance("CLBD", b.balance, day)}
	return s.write(w)
}

func (b *Bank) entry(p payment, day, reason string) entry {
	e := entry{
		Reference: fmt.Sprintf("E%03d-%s", b.sequence, p.endToEndID), Amount: b.amount(abs(p.minor)), Direction: "DBIT",
		Status: "BOOK", Booked: day, Value: day,
		Details: details{Batch: p.batch, EndToEndID: p.endToEndID, Amount: b.amount(abs(p.minor)), Direction: "DBIT"},
	}
	if p.minor > 0 && p.creditor != "" {
		e.Details.Creditor = &creditor{IBAN: p.creditor}
	}
	e.Code.Domain, e.Code.Family, e.Code.SubFamily = "PMNT", "ICDT", "ESCT"
	if p.minor < 0 {
		e.Direction, e.Details.Direction = "CRDT", "CRDT"
		e.Code.Family = "RCDT"
	}
	if reason != "" {
		e.Reference += "-R"
		e.Code.Family, e.Code.SubFamily = "ICDT", "RRTN"
		e.Details.Return = &returned{Reason: reason}
	}
	return e
}

func (b *Bank) amount(minor int64) amount {
	return amount{Currency: b.currency, Text: money.Amount{MinorUnits: minor, Currency: b.currency}.Decimal()}
}

func (b *Bank) bookBalance(code string, minor int64, day string) balance {
	direction := "CRDT"
	if minor < 0 {
		direction = "DBIT"
	}
	return balance{Code: code, Amount: b.amount(abs(minor)), Direction: direction, Day: day}
}

func abs(n int64) int64 { return max(n, -n) }
