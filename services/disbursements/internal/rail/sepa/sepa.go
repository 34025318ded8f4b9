// Package sepa is the rail of SEPA credit transfers: it seals instructions, makes
// payment files of them, and people bring the files to the bank.
package sepa

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/pain"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// ID is the rail's id.
const ID = "sepa"

// Lines keeps the sealed instructions of payment files.
type Lines interface {
	// AddLine puts an attempt's instruction into its file and notes, in the same
	// transaction, that it was handed over.
	AddLine(ctx context.Context, a payment.Attempt, sealed []byte) error
	// HasLine reports whether an attempt's instruction is in its file.
	HasLine(ctx context.Context, a payment.Attempt) (bool, error)
}

// Rail is the rail of files of SEPA credit transfers. To hand an attempt over is
// to write a row of this service's database, with the note that it was handed
// over, so that its outcome is never unknown.
type Rail struct {
	lines      Lines
	keyring    *seal.Keyring
	senders    map[string]rail.Sender
	remittance string
	now        func() time.Time
}

var _ rail.Rail = (*Rail)(nil)

// New returns the rail for the given senders; remittance is the neutral text
// that everybody's bank reads.
func New(lines Lines, k *seal.Keyring, senders []rail.Sender, remittance string, now func() time.Time) *Rail {
	byID := make(map[string]rail.Sender, len(senders))
	for _, sender := range senders {
		byID[sender.ID] = sender
	}
	return &Rail{lines: lines, keyring: k, senders: byID, remittance: remittance, now: now}
}

// Local says that Submit notes the hand-over itself.
func (r *Rail) Local() bool { return true }

// Submit seals the instruction into its file. A destination that no bank would
// accept is refused at once, since a file must not fail because of one line.
func (r *Rail) Submit(ctx context.Context, in payment.Instruction) error {
	a := in.Attempt
	if err := r.write(io.Discard, in.Sender, a.EndToEndID, []pain.Payment{r.line(a, in.Destination)}); err != nil {
		return rail.Refusal(err)
	}
	plain, err := json.Marshal(in.Destination)
	if err != nil {
		return fmt.Errorf("write instruction: %w", err)
	}
	if err := r.keyring.Create(ctx, seal.File(a.FileID)); err != nil {
		return fmt.Errorf("make key of file %s: %w", a.FileID, err)
	}
	sealed, err := r.keyring.Seal(ctx, lineAt(a.FileID, a.PaymentID, a.Number), plain)
	if err != nil {
		return fmt.Errorf("seal instruction: %w", err)
	}
	return r.lines.AddLine(ctx, a, sealed)
}

// Lookup tells whether an attempt is in its file. That it is not proves nothing
// where this database is an older copy of itself.
func (r *Rail) Lookup(ctx context.Context, a payment.Attempt) (payment.Finding, error) {
	has, err := r.lines.HasLine(ctx, a)
	if err != nil || !has {
		return payment.NotKnown, err
	}
	return payment.Taken, nil
}

func (r *Rail) line(a payment.Attempt, d payment.Destination) pain.Payment {
	return pain.Payment{
		EndToEndID: a.EndToEndID, Amount: money.Amount{MinorUnits: a.Minor, Currency: a.Currency},
		Creditor:   pain.Creditor{Name: d.Holder, IBAN: d.IBAN, BIC: d.BIC, Country: d.Country, Town: d.Town},
		Remittance: r.remittance,
	}
}

func (r *Rail) write(w io.Writer, senderID, messageID string, payments []pain.Payment) error {
	sender, known := r.senders[senderID]
	if !known {
		return fmt.Errorf("sender %s is not configured", senderID)
	}
	now := r.now().UTC()
	return pain.Write(w, pain.Batch{
		MessageID: messageID, Created: now, Execute: now.Format(time.DateOnly),
		Debtor: pain.Debtor{Name: sender.Name, IBAN: sender.IBAN, BIC: sender.BIC}, Payments: payments,
	})
}

// The rail's sealed columns: instructions, and the files made of them.
var (
	lineColumn = seal.Column{Table: "file_lines", Name: "sealed", Subject: seal.OfFile}
	fileColumn = seal.Column{Table: "payment_files", Name: "sealed", Subject: seal.OfFile}
)

// Sealed are the rail's sealed columns.
func Sealed() []seal.Column { return []seal.Column{lineColumn, fileColumn} }

func lineAt(fileID, paymentID string, number int) seal.Place {
	return lineColumn.At(seal.File(fileID), paymentID+"/"+strconv.Itoa(number), 1)
}

func fileAt(fileID string) seal.Place { return fileColumn.At(seal.File(fileID), fileID, 1) }
