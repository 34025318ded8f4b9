package duty

import (
	"context"
	"errors"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/donations/internal/mail"
	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Mailer hands messages over.
type Mailer interface {
	// Send hands one over; mail.ErrRefused is for good.
	Send(ctx context.Context, m mail.Message) error
}

// Mail tells a donor that the payment has come, and deletes the address: its key first, so
// that a copy of the row opens nothing. Where that ends in between, the message is sent
// again as the same one.
func (w *Worker) Mail(ctx context.Context, id string) error {
	m, err := w.Store.ClaimMail(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // sent, or being sent by another run
	}
	if err != nil {
		return err
	}
	if err := w.mail(ctx, m); err != nil {
		return err
	}
	if err := w.Keys.Destroy(ctx, seal.Donor(id)); err != nil {
		return fmt.Errorf("destroy key of the donor of %s: %w", id, err)
	}
	return w.Store.DropMail(ctx, id)
}

// mail sends a message, unless it is too late or the address is gone.
func (w *Worker) mail(ctx context.Context, m store.Mail) error {
	if m.Late {
		return nil
	}
	var to string
	err := w.Secrets.OpenJSON(ctx, store.Mails.At(seal.Donor(m.PledgeID), m.PledgeID, 1), m.Sealed, &to)
	if fault.Is(err, fault.ReasonErased) {
		return nil
	}
	if err != nil {
		return err
	}
	err = w.Mailer.Send(ctx, mail.Message{To: to, Language: sheet.Language(m.Language), Key: w.KeyOf("mail|" + m.PledgeID), At: w.now()})
	if errors.Is(err, mail.ErrRefused) {
		w.Log.WarnContext(ctx, "the mail server refuses a message to a donor", "pledge", m.PledgeID, "error", err)
		return nil
	}
	if err != nil {
		return fault.New(fault.Unavailable, fault.ReasonMailUnavailable, "The mail server did not take a message; it is tried again by itself.").With(err)
	}
	return nil
}
