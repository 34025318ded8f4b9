package duty

import (
	"context"
	"fmt"
)

// Expire opens a plan again that nobody has released in time, so that its families do
// not wait for somebody who forgot it. The leaf follows.
func (w *Worker) Expire(ctx context.Context, id string) error {
	opened, err := w.Store.ExpirePlan(ctx, id)
	if err != nil {
		return fmt.Errorf("open plan %s: %w", id, err)
	}
	if opened {
		w.Log.WarnContext(ctx, "a plan is open again: nobody released it in time", "plan", id)
	}
	return nil
}
