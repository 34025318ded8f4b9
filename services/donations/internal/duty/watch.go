package duty

import "context"

// Watch stops a partner of whose payments too many are declined or disputed, and raises an
// alarm.
func (w *Worker) Watch(ctx context.Context, partnerID string) error {
	why, err := w.Store.StopByRule(ctx, partnerID)
	if err == nil && why != "" {
		w.Log.ErrorContext(ctx, "a partner may start no pledges until two people lift it", "alarm", true, "partner", partnerID, "reason", string(why))
	}
	return err
}
