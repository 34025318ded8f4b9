package rail

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Lines keeps the sealed instructions of payment files.
type Lines interface {
	// AddLine puts an attempt's instruction into its file and notes, in the same
	// transaction, that it was handed over.
	AddLine(ctx context.Context, a payment.Attempt, sealed []byte) error
	// Line is what is known of an attempt's instruction.
	Line(ctx context.Context, a payment.Attempt) (payment.FileLine, error)
	// Withdraw takes back a whole file that nobody fetched, and notes in the same
	// transaction that its attempts have failed.
	Withdraw(ctx context.Context, c payment.Cancellation) error
}

// Format is how a rail writes its files.
type Format interface {
	// Check checks that an instruction can stand in a file: a file must not fail
	// because of one line.
	Check(in payment.Instruction) error
	// MediaType is what its files are, as HTTP names it.
	MediaType() string
	// Write writes a whole file. Its error holds nothing of an instruction.
	Write(w io.Writer, b Batch) error
}

// Batch is what a file is made of.
type Batch struct {
	// MessageID is the file's name outside.
	MessageID string
	Sender    Sender
	Payments  []payment.Instruction
}

// Files is the part of a rail that all rails with files have in common: it seals each
// instruction into its file, makes the file once all are there, and people carry it. What
// is written into a file, and what comes back, is the rail's own business. To hand an
// attempt over is to write a row of this service's database, with the note that it was
// handed over, so that its outcome is never unknown.
type Files struct {
	can     Capabilities
	format  Format
	lines   Lines
	keyring *seal.Keyring
}

// NewFiles returns a rail that writes its files in a format; what it declares besides files is
// can's.
func NewFiles(can Capabilities, f Format, l Lines, k *seal.Keyring) *Files {
	can.Files, can.Local, can.LooksUp, can.Cancels, can.Proves = true, true, true, true, true
	return &Files{can: can, format: f, lines: l, keyring: k}
}

// Capabilities say what the rail is and can do.
func (r *Files) Capabilities() Capabilities { return r.can }

// MediaType is what its files are.
func (r *Files) MediaType() string { return r.format.MediaType() }

// Prepare checks that an instruction can stand in a file.
func (r *Files) Prepare(_ context.Context, in payment.Instruction) error {
	if err := r.can.Check(in); err != nil {
		return err
	}
	if err := r.format.Check(in); err != nil {
		return Refusal(err)
	}
	return nil
}

// order is what is sealed of an instruction.
type order struct {
	Minor       int64
	Currency    string
	Destination payment.Destination
}

// Submit seals an instruction into its file, where it waits until that is fetched.
func (r *Files) Submit(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
	if err := r.Prepare(ctx, in); err != nil {
		return payment.NotKnown, err
	}
	a := in.Attempt
	plain, err := json.Marshal(order{a.Minor, a.Currency, in.Destination})
	if err != nil {
		return payment.NotKnown, fmt.Errorf("write instruction of payment %s", a.PaymentID) // the cause might quote it
	}
	line, err := r.lines.Line(ctx, a)
	if err != nil {
		return payment.NotKnown, err
	}
	if line.Found {
		return r.again(ctx, a, line, plain)
	}
	if err := r.keyring.Create(ctx, seal.File(a.FileID)); err != nil {
		return payment.NotKnown, fmt.Errorf("make key of file %s: %w", a.FileID, err)
	}
	sealed, err := r.keyring.Seal(ctx, lineAt(a.FileID, a.PaymentID, a.Number), plain)
	if err != nil {
		return payment.NotKnown, fmt.Errorf("seal instruction: %w", err)
	}
	if err := r.lines.AddLine(ctx, a, sealed); err != nil {
		return payment.NotKnown, err
	}
	return payment.Waiting, nil
}

// again answers an instruction that was handed over before. Once the file is made of it
// the instruction is gone, and the attempt alone says that it is the same.
func (r *Files) again(ctx context.Context, a payment.Attempt, line payment.FileLine, plain []byte) (payment.Finding, error) {
	if line.Finding() == payment.Refused {
		return payment.NotKnown, Refusal(fmt.Errorf("attempt %s was withdrawn", a.EndToEndID))
	}
	if line.Sealed != nil {
		before, err := r.keyring.Open(ctx, lineAt(a.FileID, a.PaymentID, a.Number), line.Sealed)
		if err != nil {
			return payment.NotKnown, fmt.Errorf("open instruction: %w", err)
		}
		if !bytes.Equal(before, plain) {
			return payment.NotKnown, Conflict()
		}
	}
	return line.Finding(), nil
}

// Poll tells whether an attempt waits in its file, has left with it, or was withdrawn.
// That it is not in a file proves nothing where this database is an older copy of itself.
func (r *Files) Poll(ctx context.Context, a payment.Attempt) (payment.Finding, error) {
	line, err := r.lines.Line(ctx, a)
	if err != nil {
		return payment.NotKnown, err
	}
	return line.Finding(), nil
}

// Reconcile reads nothing: what comes back is the business of the rail's own package.
func (r *Files) Reconcile(context.Context, []byte) (Report, error) {
	return Report{}, Cannot()
}

// Cancel withdraws a whole file that nobody fetched.
func (r *Files) Cancel(ctx context.Context, c payment.Cancellation) error {
	return r.lines.Withdraw(ctx, c)
}
