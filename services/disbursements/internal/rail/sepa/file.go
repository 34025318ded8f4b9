package sepa

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/pain"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Compose makes the sealed file of its sealed instructions. A file without
// instructions has no content.
func (r *Rail) Compose(ctx context.Context, c payment.FileContent) (payment.SealedFile, error) {
	file := payment.SealedFile{ID: c.ID, Lines: len(c.Lines)}
	if len(c.Lines) == 0 {
		return file, nil
	}
	payments := make([]pain.Payment, len(c.Lines))
	for i, l := range c.Lines {
		d, err := r.destination(ctx, c.ID, l)
		if err != nil {
			return file, err
		}
		payments[i] = r.line(payment.Attempt{EndToEndID: l.EndToEndID, Minor: l.Minor, Currency: l.Currency}, d)
		file.Total += l.Minor
	}
	var xml bytes.Buffer
	if err := r.write(&xml, c.Sender, c.MessageID, payments); err != nil {
		return file, err
	}
	sum := sha256.Sum256(xml.Bytes())
	sealed, err := r.keyring.Seal(ctx, fileAt(c.ID), xml.Bytes())
	file.SHA256, file.Sealed = sum[:], sealed
	return file, err
}

func (r *Rail) destination(ctx context.Context, fileID string, l payment.SealedLine) (d payment.Destination, err error) {
	plain, err := r.keyring.Open(ctx, lineAt(fileID, l.PaymentID, l.Number), l.Sealed)
	if err != nil {
		return d, fmt.Errorf("open instruction: %w", err)
	}
	if err := json.Unmarshal(plain, &d); err != nil {
		return d, fmt.Errorf("read instruction of payment %s", l.PaymentID) // the cause would quote it
	}
	return d, nil
}

// Open opens a sealed file.
func (r *Rail) Open(ctx context.Context, fileID string, sealed []byte) ([]byte, error) {
	return r.keyring.Open(ctx, fileAt(fileID), sealed)
}

// Destroy destroys a file's key, and with it every copy of the file that is still
// sealed.
func (r *Rail) Destroy(ctx context.Context, fileID string) error {
	return r.keyring.Destroy(ctx, seal.File(fileID))
}
