package duty

import (
	"context"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/destination"
)

// movedEvery is how often all plans are looked through for families that are paid elsewhere:
// each step of a plan looks by itself.
const movedEvery = 10 * time.Minute

// VoidMoved opens again each plan that is not released and pays an account which its family
// has no more: any change voids what was decided. The leaf follows.
func (w *Worker) VoidMoved(ctx context.Context) error {
	now := w.Now()
	if last := w.movedAt.Load(); last != nil && now.Sub(*last) < movedEvery && !now.Before(*last) {
		return nil
	}
	plans, err := w.Store.Undecided(ctx)
	if err != nil {
		return err
	}
	for _, id := range plans {
		if err := w.voidMoved(ctx, id); err != nil {
			return fmt.Errorf("look where plan %s pays: %w", id, err)
		}
	}
	w.movedAt.Store(&now)
	return nil
}

func (w *Worker) voidMoved(ctx context.Context, id string) error {
	p, err := w.Store.Plan(ctx, id)
	if err != nil {
		return err
	}
	held, err := w.Store.Accounts(ctx, p)
	if err != nil {
		return err
	}
	r, err := w.Rails.Find(p.Rail)
	if err != nil {
		return err
	}
	moved, err := destination.Moved(ctx, w.Release, r.Capabilities().FormsOf(p.Sender), held)
	if err != nil || !moved {
		return err
	}
	opened, err := w.Store.OpenMoved(ctx, p)
	if opened {
		w.Log.WarnContext(ctx, "a plan is open again: a family is paid elsewhere since it was locked", "plan", id)
	}
	return err
}
