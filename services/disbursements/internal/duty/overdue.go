package duty

import (
	"context"
	"fmt"
	"time"
)

// TellOverdue notes which payments left longer ago than their rail takes, while no
// statement shows them, and tells the log once a day how many there are.
func (w *Worker) TellOverdue(ctx context.Context) error {
	for _, r := range w.Rails {
		can := r.Capabilities()
		left := w.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -can.Patience())
		n, err := w.Store.NoteOverdue(ctx, can.ID, left)
		if err != nil {
			return fmt.Errorf("look for what is overdue over %s: %w", can.ID, err)
		}
		if n > 0 {
			w.Log.ErrorContext(ctx, "payments left and are not settled", "alarm", true, "rail", can.ID, "count", n, "days", can.Patience())
		}
	}
	return nil
}
