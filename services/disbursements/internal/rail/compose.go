package rail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Compose makes the sealed file of its sealed instructions. A file without
// instructions has no content.
func (r *Files) Compose(ctx context.Context, c payment.FileContent) (payment.SealedFile, error) {
	file := payment.SealedFile{ID: c.ID, Lines: len(c.Lines)}
	if len(c.Lines) == 0 {
		return file, nil
	}
	sender, known := r.can.Sender(c.Sender)
	if !known {
		return file, fmt.Errorf("sender %s is not configured", c.Sender)
	}
	b := Batch{MessageID: c.MessageID, Sender: sender}
	for _, l := range c.Lines {
		in, err := r.instruction(ctx, c.ID, l)
		if err != nil {
			return file, err
		}
		b.Payments = append(b.Payments, in)
		file.Total += l.Minor
	}
	var content bytes.Buffer
	if err := r.format.Write(&content, b); err != nil {
		return file, err
	}
	sum := sha256.Sum256(content.Bytes())
	sealed, err := r.keyring.Seal(ctx, fileAt(c.ID), content.Bytes())
	file.SHA256, file.Sealed = sum[:], sealed
	return file, err
}

// instruction opens a line. What it says must be what the attempt says.
func (r *Files) instruction(ctx context.Context, fileID string, l payment.SealedLine) (in payment.Instruction, err error) {
	plain, err := r.keyring.Open(ctx, lineAt(fileID, l.PaymentID, l.Number), l.Sealed)
	if err != nil {
		return in, fmt.Errorf("open instruction: %w", err)
	}
	var o order
	if err := json.Unmarshal(plain, &o); err != nil {
		return in, fmt.Errorf("read instruction of payment %s", l.PaymentID) // the cause would quote it
	}
	if o.Minor != l.Minor || o.Currency != l.Currency {
		return in, fmt.Errorf("instruction of payment %s is of another amount", l.PaymentID)
	}
	in.Attempt = payment.Attempt{PaymentID: l.PaymentID, Number: l.Number, EndToEndID: l.EndToEndID, Minor: l.Minor, Currency: l.Currency}
	in.Destination = o.Destination
	return in, nil
}

// Open opens a sealed file.
func (r *Files) Open(ctx context.Context, fileID string, sealed []byte) ([]byte, error) {
	return r.keyring.Open(ctx, fileAt(fileID), sealed)
}

// Destroy destroys a file's key, and with it every copy of the file that is still
// sealed.
func (r *Files) Destroy(ctx context.Context, fileID string) error {
	return r.keyring.Destroy(ctx, seal.File(fileID))
}

// The sealed columns of rails with files: instructions, and the files made of them.
var (
	lineColumn = seal.Column{Table: "file_lines", Name: "sealed", Subject: seal.OfFile}
	fileColumn = seal.Column{Table: "payment_files", Name: "sealed", Subject: seal.OfFile}
)

// Sealed are the sealed columns of rails with files.
func Sealed() []seal.Column { return []seal.Column{lineColumn, fileColumn} }

func lineAt(fileID, paymentID string, number int) seal.Place {
	return lineColumn.At(seal.File(fileID), paymentID+"/"+strconv.Itoa(number), 1)
}

func fileAt(fileID string) seal.Place { return fileColumn.At(seal.File(fileID), fileID, 1) }
