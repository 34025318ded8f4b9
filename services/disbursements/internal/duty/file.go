package duty

import (
	"context"
	"fmt"
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
