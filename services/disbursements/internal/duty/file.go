package duty

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/fetched"
)

// Seal makes a file of its instructions, once no payment is on its way into it
// any more.
func (w *Worker) Seal(ctx context.Context, fileID string) error {
	content, err := w.Store.CompleteFile(ctx, fileID)
	if err != nil || content == nil {
		return err
	}
	files, err := w.Rails.Filer(content.Rail)
	if err != nil {
		return err
	}
	file, err := files.Compose(ctx, *content)
	if err != nil {
		return fmt.Errorf("compose file %s: %w", fileID, err)
	}
	return w.Store.SealFile(ctx, file)
}

// Withdraw takes a file back that nobody has fetched in time: its families wait for money
// that nobody carries to the bank. Its payments can be tried again.
func (w *Worker) Withdraw(ctx context.Context, fileID string) error {
	c, rail, due, err := w.Store.Unfetched(ctx, fileID)
	if err != nil || !due {
		return err
	}
	files, err := w.Rails.Filer(rail)
	if err != nil {
		return err
	}
	c.Unfetched = func(ctx context.Context) error { return fetched.Check(ctx, w.Posting, w.Log, c.Plan, c.File) }
	if err := files.Cancel(ctx, c); err != nil {
		return fmt.Errorf("withdraw file %s: %w", fileID, err)
	}
	w.Log.WarnContext(ctx, "a payment file is withdrawn: nobody fetched it in time", "file", fileID, "plan", c.Plan)
	return nil
}

// Destroy destroys a file's key, then drops what it sealed.
func (w *Worker) Destroy(ctx context.Context, fileID string) error {
	rail, err := w.Store.RailOfFile(ctx, fileID)
	if err != nil {
		return err
	}
	files, err := w.Rails.Filer(rail)
	if err != nil {
		return err
	}
	if err := files.Destroy(ctx, fileID); err != nil {
		return fmt.Errorf("destroy key of file %s: %w", fileID, err)
	}
	return w.Store.NoteDestroyed(ctx, fileID)
}
