package duty

import (
	"context"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// OwedWeeks lists the weeks whose raw events must be gone.
func (w *Worker) OwedWeeks(ctx context.Context, before time.Time, after string, limit int) ([]string, error) {
	return w.Store.WeeksBefore(ctx, event.EndedBefore(before), after, limit)
}

// Forget destroys the key of a week and then what it had sealed.
func (w *Worker) Forget(ctx context.Context, week string) error {
	if err := w.Keys.Destroy(ctx, seal.Week(week)); err != nil {
		return fmt.Errorf("destroy key of week %s: %w", week, err)
	}
	return w.Store.ForgetWeek(ctx, week)
}
