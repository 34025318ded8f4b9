// Package sepafile is the rail of SEPA credit transfers: it gathers instructions
// sealed into files, which people bring to the bank.
package sepafile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Rail is the rail of files of SEPA credit transfers. Handing an attempt over is
// a row in this database, written together with the note that it was handed
// over, so that its outcome is never unknown; the bank gets the file later, from
// people.
type Rail struct {
	store      *store.Store
	keyring    *seal.Keyring
	senders    map[string]rail.Sender
	remittance string
	now        func() time.Time
}

// New returns the rail for the given senders; remittance is the neutral text
// that everybody's bank reads.
func New(s *store.Store, k *seal.Keyring, senders []rail.Sender, remittance string, now func() time.Time) *Rail {
	byID := make(map[string]rail.Sender, len(senders))
	for _, sender := range senders {
		byID[sender.ID] = sender
	}
	return &Rail{store: s, keyring: k, senders: byID, remittance: remittance, now: now}
}

var _ rail.Rail = (*Rail)(nil)

// Local says that Submit notes the hand-over itself.
func (r *Rail) Local() bool { return true }

// Submit seals the instruction into its file. A destination that no bank would
// accept is refused at once, since a file must not fail because of one line.
func (r *Rail) Submit(ctx context.Context, in payment.Instruction) error {
	a := in.Attempt
	if err := r.write(io.Discard, in.Sender, a.EndToEndID, []sepa.Payment{r.line(a, in.Destination)}); err != nil {
		return rail.Refusal(err)
	}
	plain, err := json.Marshal(in.Destination)
	if err != nil {
		return fmt.Errorf("write instruction: %w", err)
	}
	if err := r.keyring.Create(ctx, subject(a.FileID)); err != nil {
		return fmt.Errorf("make key of file %s: %w", a.FileID, err)
	}
	sealed, err := r.keyring.Seal(ctx, subject(a.FileID), lineRef(a.PaymentID, a.Number), plain)
	if err != nil {
		return fmt.Errorf("seal instruction: %w", err)
	}
	return r.store.AddLine(ctx, a, "sepa", sealed)
}

// Lookup tells whether an attempt is in its file. That it is not proves nothing
// where this database is an older copy of itself.
func (r *Rail) Lookup(ctx context.Context, a payment.Attempt) (payment.Finding, error) {
	has, err := r.store.HasLine(ctx, a)
	if err != nil || !has {
		return payment.NotKnown, err
	}
	return payment.Taken, nil
}

// Seal makes the file out of its instructions, once no payment is on its way
// into it any more.
func (r *Rail) Seal(ctx context.Context, fileID string) error {
	c, err := r.store.CompleteFile(ctx, fileID)
	if err != nil || c == nil {
		return err
	}
	done := store.Sealed{FileID: fileID, Lines: len(c.Lines)}
	if len(c.Lines) > 0 {
		if err := r.compose(ctx, c, &done); err != nil {
			return fmt.Errorf("compose file %s: %w", fileID, err)
		}
	}
	return r.store.SealFile(ctx, done)
}

func (r *Rail) compose(ctx context.Context, c *store.Content, done *store.Sealed) error {
	payments := make([]sepa.Payment, len(c.Lines))
	for i, l := range c.Lines {
		plain, err := r.keyring.Open(ctx, subject(c.File.ID), lineRef(l.PaymentID, l.Number), l.Sealed)
		if err != nil {
			return fmt.Errorf("open instruction: %w", err)
		}
		var d payment.Destination
		if err := json.Unmarshal(plain, &d); err != nil {
			return fmt.Errorf("read instruction of payment %s", l.PaymentID) // the cause would quote it
		}
		payments[i] = r.line(payment.Attempt{EndToEndID: l.EndToEndID, Minor: l.Minor, Currency: l.Currency}, d)
		done.Total += l.Minor
	}
	var xml bytes.Buffer
	if err := r.write(&xml, c.File.Sender, c.File.MessageID, payments); err != nil {
		return err
	}
	sum := sha256.Sum256(xml.Bytes())
	sealed, err := r.keyring.Seal(ctx, subject(c.File.ID), fileRef(c.File.ID), xml.Bytes())
	done.SHA256, done.Sealed = sum[:], sealed
	return err
}

// Open opens a sealed file.
func (r *Rail) Open(ctx context.Context, fileID string, sealed []byte) ([]byte, error) {
	return r.keyring.Open(ctx, subject(fileID), fileRef(fileID), sealed)
}

// Destroy destroys a file's key, and with it every copy of the file that is still
// sealed. It is asked for what OwedDestructions lists.
func (r *Rail) Destroy(ctx context.Context, fileID string) error {
	if err := r.keyring.Destroy(ctx, subject(fileID)); err != nil {
		return fmt.Errorf("destroy key of file %s: %w", fileID, err)
	}
	return r.store.NoteDestroyed(ctx, fileID)
}

func (r *Rail) line(a payment.Attempt, d payment.Destination) sepa.Payment {
	return sepa.Payment{
		EndToEndID: a.EndToEndID, Amount: money.Amount{MinorUnits: a.Minor, Currency: a.Currency},
		Creditor:   sepa.Creditor{Name: d.Holder, IBAN: d.IBAN, BIC: d.BIC, Country: d.Country, Town: d.Town},
		Remittance: r.remittance,
	}
}

func (r *Rail) write(w io.Writer, senderID, messageID string, payments []sepa.Payment) error {
	sender, known := r.senders[senderID]
	if !known {
		return fmt.Errorf("sender %s is not configured", senderID)
	}
	now := r.now().UTC()
	return sepa.Write(w, sepa.Batch{
		MessageID: messageID, Created: now, Execute: now.Format(time.DateOnly),
		Debtor: sepa.Debtor{Name: sender.Name, IBAN: sender.IBAN, BIC: sender.BIC}, Payments: payments,
	})
}

// subject names a file's own key.
func subject(fileID string) string { return "paymentFiles/" + fileID }

func lineRef(paymentID string, number int) seal.Ref {
	return seal.Ref{Table: "file_lines", Column: "sealed", Row: paymentID + "/" + strconv.Itoa(number), Version: 1}
}

func fileRef(fileID string) seal.Ref {
	return seal.Ref{Table: "payment_files", Column: "sealed", Row: fileID, Version: 1}
}
