package duty

import "context"

// Pause is the wait after the given attempt.
var Pause = pause

// Pages makes the sweeps of a runner smaller.
func (r *Runner) Pages(page, pages int) { r.page, r.pages = page, pages }

// SweepDue is what the runner does once a minute.
func (r *Runner) SweepDue(ctx context.Context) error {
	return r.sweepDue(ctx, r.now().Add(-sweepPause))
}

// SweepEvery is how often the runner sweeps.
const SweepEvery = sweepEvery
