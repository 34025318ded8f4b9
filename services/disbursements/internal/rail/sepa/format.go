package sepa

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/pain"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// format writes files of credit transfers.
type format struct {
	senders    []rail.Sender
	remittance string
	now        func() time.Time
}

// MediaType is that of XML.
func (f format) MediaType() string { return "application/xml" }

// Check writes a file of one transfer to nowhere: what a bank would refuse is refused.
func (f format) Check(in payment.Instruction) error {
	i := slices.IndexFunc(f.senders, func(s rail.Sender) bool { return s.ID == in.Sender })
	if i < 0 {
		return fmt.Errorf("sender %s is not configured", in.Sender)
	}
	return f.Write(io.Discard, rail.Batch{MessageID: in.Attempt.EndToEndID, Sender: f.senders[i], Payments: []payment.Instruction{in}})
}

// Write writes a file.
func (f format) Write(w io.Writer, b rail.Batch) error {
	now := f.now().UTC()
	batch := pain.Batch{
		MessageID: b.MessageID, Version: pain.Version(b.Sender.Format), Created: now, Execute: now.Format(time.DateOnly),
		Debtor: pain.Debtor{Name: b.Sender.Name, IBAN: b.Sender.IBAN, BIC: b.Sender.BIC},
	}
	for _, in := range b.Payments {
		to := in.Destination.BankAccount
		if to == nil {
			return errors.New("a transfer goes to an account only")
		}
		batch.Payments = append(batch.Payments, pain.Payment{
			EndToEndID: in.Attempt.EndToEndID, Amount: money.Amount{MinorUnits: in.Attempt.Minor, Currency: in.Attempt.Currency},
			Creditor:   pain.Creditor{Name: to.Holder, IBAN: to.IBAN, BIC: to.BIC, Country: to.Country, Town: to.Town},
			Remittance: f.remittance,
		})
	}
	return pain.Write(w, batch)
}
