package duty

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// frozenDays is how many days back what a frozen person approved is void: 72 hours.
const frozenDays = 3

// People is what of access is asked about people.
type People interface {
	ListFrozen(ctx context.Context, req *accessv1.ListFrozenRequest, opts ...grpc.CallOption) (*accessv1.ListFrozenResponse, error)
}

// Tasks lists what a runner does once a minute beside the duties.
func (w *Worker) Tasks() []duty.Task {
	return []duty.Task{
		{Name: "void what frozen people approved", Do: w.VoidFrozen},
		{Name: "tell what left and is not settled", Do: w.TellOverdue},
		{Name: "void plans whose families are paid elsewhere", Do: w.VoidMoved},
	}
}

// VoidFrozen opens again each plan that is not released and that somebody has approved
// in the last 72 hours who is frozen now: it is asked of others anew. The leaf follows.
func (w *Worker) VoidFrozen(ctx context.Context) error {
	since := w.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -frozenDays)
	plans, err := w.Store.DecidedSince(ctx, since)
	if err != nil || len(plans) == 0 {
		return err
	}
	var people []string
	for _, p := range plans {
		people = append(people, p.People...)
	}
	slices.Sort(people)
	for some := range slices.Chunk(slices.Compact(people), 1000) {
		resp, err := w.People.ListFrozen(ctx, &accessv1.ListFrozenRequest{People: some})
		if err != nil {
			return fmt.Errorf("ask who is frozen: %w", err)
		}
		for _, p := range plans {
			if !slices.ContainsFunc(p.People, func(person string) bool { return slices.Contains(resp.GetFrozen(), person) }) {
				continue
			}
			voided, err := w.Store.VoidDecided(ctx, p.PlanID, resp.GetFrozen(), since)
			if err != nil {
				return fmt.Errorf("void plan %s: %w", p.PlanID, err)
			}
			if voided {
				w.Log.WarnContext(ctx, "a plan is open again: somebody who approved it was frozen", "plan", p.PlanID)
			}
		}
	}
	return nil
}
